//! Texts: files beside the source, and the job that makes renditions of these and of the source's own tracks.

mod beside;
mod job;

pub(super) use beside::found;
pub(super) use job::of_source;
