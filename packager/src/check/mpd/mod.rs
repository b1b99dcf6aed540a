//! MPDs (ISO/IEC 23009-1), read into a bounded tree and from there into Representations with their segments.

pub(super) mod addressing;
pub(super) mod model;
pub(super) mod schema;
pub(super) mod template;
pub(super) mod xml;
