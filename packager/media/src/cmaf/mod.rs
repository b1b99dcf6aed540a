//! ffmpeg's fragmented MP4 becomes CMAF: init segments and media segments of our own writing around its samples.
//!
//! ffmpeg's bytes are read as they come. Of each fragment only the header is held; sample data goes through in blocks.
//! Decode times and sequence numbers follow from the title's grid, not from what ffmpeg wrote, so that chunks made in
//! any order, on any machine, join without being rewritten. On the way everything that the grid promises is proved on
//! the samples themselves: see [`video`] and [`audio`].
//!
//! Box layouts are those of ISO/IEC 14496-12; what is written follows CMAF, ISO/IEC 23000-19.

pub mod audio;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod gop;
pub mod provisional;
mod read;
mod sink;
pub mod video;
mod write;

pub use error::{CmafError, Fault};
pub use sink::Sink;
pub use write::in_language;

#[cfg(test)]
mod tests;
