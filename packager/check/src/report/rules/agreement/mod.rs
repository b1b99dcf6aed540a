//! Rules on several documents at once, and on a title beside its source.

pub(crate) mod compare;
pub(crate) mod proof;
pub(crate) mod source;
