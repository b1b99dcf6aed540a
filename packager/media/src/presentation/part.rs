//! A run of a track's segments, as packaging leaves it.

use serde::{Deserialize, Serialize};

use super::Segment;

/// The packaged form of one ffmpeg output: a run of media segments, already in their sink, and the init segment
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

/// The files of a text track: its segments, and all of it in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPart {
    /// Bytes of each segment.
    pub segments: Vec<u64>,
    /// Bytes of the file of all cues.
    pub whole: u64,
    /// Cues.
    pub cues: u32,
}
