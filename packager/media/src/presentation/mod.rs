//! The media presentation: what was made, measured. HLS and DASH are two renderings of it, and compute no fact.
//!
//! Every figure in a manifest is a method here, computed from the sizes and times of the files that were written.

mod describe;
mod join;
pub mod measure;
#[cfg(test)]
pub(crate) mod samples;

use serde::{Deserialize, Serialize};

pub use join::JoinError;

use self::measure::Piece;
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
    /// The ladder's rate for it, bits a second: what was asked, and so fit for choosing between tracks, not for stating.
    pub ladder_rate: u32,
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

impl MediaPresentation {
    /// `EXT-X-TARGETDURATION` of every track, seconds: no segment's duration, rounded, is above it (RFC 8216bis
    /// §4.4.3.1), and it is the same for picture and sound (HLS Authoring Specification, 8.2).
    #[must_use]
    pub fn target_duration(&self) -> u32 {
        self.tracks().map(|track| measure::target_duration(&track.pieces(), track.timescale)).max().unwrap_or(1)
    }

    /// What a DASH player buffers before it plays, seconds; each track's [`Track::sustained_bandwidth`] is for this.
    #[must_use]
    pub fn min_buffer_time(&self) -> u32 {
        self.target_duration()
    }

    fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.video.iter().map(|video| &video.track).chain(self.audio.iter().map(|audio| &audio.track))
    }
}

impl Track {
    /// Bytes of all media segments.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Length as presented.
    #[must_use]
    pub fn duration(&self) -> Span {
        Span { ticks: self.segments.iter().map(|segment| segment.duration).sum(), timescale: self.timescale }
    }

    /// Bits a second over the whole track (RFC 8216bis §4.1).
    #[must_use]
    pub fn average_bandwidth(&self) -> u64 {
        measure::average(&self.pieces(), self.timescale)
    }

    /// The peak segment bit rate, for a target duration in seconds (RFC 8216bis §4.1).
    #[must_use]
    pub fn peak_bandwidth(&self, target_duration: u32) -> u64 {
        measure::peak(&self.pieces(), self.timescale, target_duration)
    }

    /// DASH's `@bandwidth` for a `@minBufferTime` in seconds (ISO/IEC 23009-1 §5.3.5.2).
    #[must_use]
    pub fn sustained_bandwidth(&self, min_buffer_time: u32) -> u64 {
        measure::sustained(&self.pieces(), self.timescale, min_buffer_time)
    }

    fn pieces(&self) -> Vec<Piece> {
        self.segments.iter().map(|segment| Piece { bytes: segment.bytes, ticks: segment.duration }).collect()
    }
}

impl VideoTrack {
    /// `EXT-X-TARGETDURATION` of the I-frame playlist, seconds.
    #[must_use]
    pub fn iframe_target_duration(&self) -> u32 {
        measure::target_duration(&self.iframes(), self.track.timescale)
    }

    /// Bits a second over the whole I-frame playlist.
    #[must_use]
    pub fn iframe_average_bandwidth(&self) -> u64 {
        measure::average(&self.iframes(), self.track.timescale)
    }

    /// The peak segment bit rate of the I-frame playlist.
    #[must_use]
    pub fn iframe_peak_bandwidth(&self) -> u64 {
        measure::peak(&self.iframes(), self.track.timescale, self.iframe_target_duration())
    }

    fn iframes(&self) -> Vec<Piece> {
        let fragments = self.track.segments.iter().flat_map(|segment| &segment.fragments);
        fragments.map(|fragment| Piece { bytes: fragment.first_sample_end, ticks: fragment.duration }).collect()
    }
}
