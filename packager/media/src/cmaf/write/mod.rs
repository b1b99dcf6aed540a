//! Writing files of our own: init segments, and the fragments of media segments.

mod fragment;
pub(crate) mod init;
mod language;

pub(crate) use fragment::{Fragment, segment_type};
pub use language::in_language;
