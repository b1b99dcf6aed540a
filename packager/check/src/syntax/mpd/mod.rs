//! MPDs (ISO/IEC 23009-1), read into a bounded tree and from there into Representations with their segments.

pub(crate) mod addressing;
pub(crate) mod model;
pub(crate) mod schema;
pub(crate) mod template;
pub(crate) mod xml;
