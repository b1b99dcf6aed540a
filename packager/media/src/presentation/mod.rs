//! The media presentation: what was made, measured. HLS and DASH are two renderings of it, and compute no fact.
//!
//! A presentation is switching sets of tracks. Every figure in a manifest is a method here, computed from the sizes and
//! times of the files that were written.

mod describe;
mod join;
pub mod measure;
mod part;
#[cfg(test)]
pub(crate) mod samples;
mod variant;

use config::title::TextKind;
use serde::{Deserialize, Serialize};

pub use join::JoinError;
pub use part::{Part, TextPart};
pub use variant::{AudioGroup, Member, Variant};

use self::measure::Piece;
use crate::role::AudioRole;
use crate::time::{FrameRate, Span};

/// A whole title as it lies in its revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaPresentation {
    /// Length of the title.
    pub duration: Span,
    /// Video first; audio sets of one programme together.
    pub sets: Vec<SwitchingSet>,
}

/// Tracks of one content that a player may switch between at any segment (ISO/IEC 23000-19 §3.3.15).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SwitchingSet {
    /// Video.
    Video(VideoSet),
    /// Audio.
    Audio(AudioSet),
    /// Text.
    Text(TextSet),
}

/// Video tracks on one timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoSet {
    /// The tracks, lowest rate first.
    pub tracks: Vec<VideoTrack>,
}

/// Audio tracks of one programme with as many channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioSet {
    /// The programme, from 0: what a viewer chooses. Sets of one programme differ in their channels alone.
    pub programme: u32,
    /// BCP 47.
    pub language: String,
    /// For people; unique among programmes.
    pub label: String,
    /// Its purpose.
    pub role: AudioRole,
    /// The programme that plays when nobody chose.
    pub default: bool,
    /// Channels.
    pub channels: u32,
    /// The file beside the source that it was made from, as in `title.json`.
    pub sidecar: Option<String>,
    /// The tracks, lowest rate first.
    pub tracks: Vec<AudioTrack>,
}

/// A text track, and what it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextSet {
    /// BCP 47.
    pub language: String,
    /// For people; unique among text sets.
    pub label: String,
    /// Its purpose.
    pub kind: TextKind,
    /// The file beside the source that it was made from, as in `title.json`.
    pub sidecar: Option<String>,
    /// Segments and measures; without an init segment and a codec string.
    pub track: Track,
    /// Bytes of the file of all cues.
    pub whole_bytes: u64,
    /// Cues.
    pub cues: u32,
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
    /// Hertz.
    pub sample_rate: u32,
}

impl MediaPresentation {
    /// `EXT-X-TARGETDURATION` of every track, seconds: no segment's duration, rounded, is above it (RFC 8216bis
    /// §4.4.3.1), and it is the same for picture and sound (HLS Authoring Specification, 8.2).
    #[must_use]
    pub fn target_duration(&self) -> u32 {
        self.tracks().map(|track| measure::target_duration(&track.pieces(), track.timescale)).max().unwrap_or(1)
    }

    /// DASH's `minBufferTime`, seconds; each track's [`Track::sustained_bandwidth`] is for this.
    #[must_use]
    pub fn min_buffer_time(&self) -> u32 {
        self.target_duration()
    }

    /// The video sets.
    pub fn video(&self) -> impl Iterator<Item = &VideoSet> {
        self.sets.iter().filter_map(|set| match set {
            SwitchingSet::Video(video) => Some(video),
            SwitchingSet::Audio(_) | SwitchingSet::Text(_) => None,
        })
    }

    /// The audio sets.
    pub fn audio(&self) -> impl Iterator<Item = &AudioSet> {
        self.sets.iter().filter_map(|set| match set {
            SwitchingSet::Audio(audio) => Some(audio),
            SwitchingSet::Video(_) | SwitchingSet::Text(_) => None,
        })
    }

    /// The text sets.
    pub fn text(&self) -> impl Iterator<Item = &TextSet> {
        self.sets.iter().filter_map(|set| match set {
            SwitchingSet::Text(text) => Some(text),
            SwitchingSet::Video(_) | SwitchingSet::Audio(_) => None,
        })
    }

    /// The video tracks of all sets.
    pub fn video_tracks(&self) -> impl Iterator<Item = &VideoTrack> {
        self.video().flat_map(|set| &set.tracks)
    }

    /// The tracks of all sets.
    pub fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.sets.iter().flat_map(SwitchingSet::tracks)
    }
}

impl SwitchingSet {
    /// Its tracks, lowest rate first.
    #[must_use]
    pub fn tracks(&self) -> Vec<&Track> {
        match self {
            Self::Video(video) => video.tracks.iter().map(|video| &video.track).collect(),
            Self::Audio(audio) => audio.tracks.iter().map(|audio| &audio.track).collect(),
            Self::Text(text) => vec![&text.track],
        }
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

impl TextSet {
    /// DASH's `@bandwidth` of the file of all cues, for a `@minBufferTime` in seconds: it is one segment, as long as the title.
    #[must_use]
    pub fn whole_bandwidth(&self, min_buffer_time: u32) -> u64 {
        let Span { ticks, timescale } = self.track.duration();
        measure::sustained(&[Piece { bytes: self.whole_bytes, ticks }], timescale, min_buffer_time)
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
