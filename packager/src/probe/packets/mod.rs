//! Facts from a source's packets: their times, and the clock that they come by.

pub(in crate::probe) mod captions;
pub(in crate::probe) mod copy;
pub(in crate::probe) mod decoded;
mod holes;
mod lines;
pub(in crate::probe) mod measure;
pub(in crate::probe) mod missing;
pub(in crate::probe) mod rate;
pub(in crate::probe) mod scan;
pub(in crate::probe) mod time;
