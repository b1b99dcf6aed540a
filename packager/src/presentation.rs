//! The media presentation: what was made, measured. HLS and DASH are two renderings of it, and compute no fact.

use serde::{Deserialize, Serialize};

use crate::time::{FrameRate, Span};

/// A whole title as it lies in its revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaPresentation {
    /// Length of the title.
    pub duration: Span,
    /// Video tracks, lowest rate first; one switching set.
    pub video: Vec<VideoTrack>,
    /// Audio tracks.
    pub audio: Vec<AudioTrack>,
}

/// A track's files and what was measured on them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Folder below the revision, such as `video/1080p-6000`.
    pub path: String,
    /// RFC 6381.
    pub codecs: String,
    /// Ticks a second.
    pub timescale: u32,
    /// Bytes of the init segment.
    pub init_bytes: u64,
    /// Media segments, in order, without gap.
    pub segments: Vec<Segment>,
}

/// A media segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Presentation time of its first sample from the start of the title, ticks of its track.
    pub start: u64,
    /// Ticks.
    pub duration: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// The fragments (`moof` and `mdat`) in it.
    pub fragments: Vec<Fragment>,
}

/// A fragment: one GOP of video, or one segment's worth of audio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// Byte of its `moof` in the segment's file.
    pub offset: u64,
    /// Bytes from the start of `moof` to the end of the first sample: what an I-frame playlist points at.
    pub first_sample_end: u64,
    /// Ticks.
    pub duration: u64,
}

/// A video track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoTrack {
    /// Files and measures.
    pub track: Track,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames a second.
    pub rate: FrameRate,
}

/// An audio track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioTrack {
    /// Files and measures.
    pub track: Track,
    /// BCP 47.
    pub language: String,
    /// For people; unique among the tracks of as many channels.
    pub label: String,
    /// Channels.
    pub channels: u32,
    /// Hertz.
    pub sample_rate: u32,
    /// The one that plays when nobody chose.
    pub default: bool,
}
