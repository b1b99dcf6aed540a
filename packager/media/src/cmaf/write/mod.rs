//! Writing boxes of our own: init segments, and the fragments of media segments.

mod boxes;
mod fragment;
pub(crate) mod init;
mod language;

pub(crate) use boxes::Boxes;
pub(crate) use fragment::{Fragment, segment_type};
pub use language::in_language;
