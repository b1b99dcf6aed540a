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
pub mod provisional;
pub(crate) mod read;
mod sink;
pub mod video;
pub(crate) mod write;

use serde::{Deserialize, Serialize};

pub use error::{CmafError, Fault};
pub use sink::Sink;
pub use write::in_language;

use crate::presentation::Segment;

/// What packaging made of one ffmpeg output: a run of media segments, already in their sink, and the init segment
/// that they need, which the caller writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The init segment's bytes.
    pub init: Vec<u8>,
    /// RFC 6381.
    pub codecs: String,
    /// Ticks a second.
    pub timescale: u32,
    /// The encoder's build, where the stream names it.
    pub encoder: Option<String>,
    /// The run's first segment, counted from the title's first (0). Its file is `segment_name(first_segment + 1)`.
    pub first_segment: u32,
    /// The run, in order, without gap.
    pub segments: Vec<Segment>,
}

#[cfg(test)]
mod tests;
