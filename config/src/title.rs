//! `title.json`: what was packaged, from what, with what, and the figures measured on the result.
//!
//! It holds no clock and nothing of the machine, so that the same source and settings give the same bytes.

use serde::{Deserialize, Serialize};

/// The whole document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Title {
    /// The title's name in the library.
    pub title: String,
    /// The name that the source gives itself, else its file's, without the ending; `None` in documents of before this was
    /// kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The revision that the small files refer to.
    pub revision: String,
    /// Length of the presentation.
    pub duration: Duration,
    /// Path of the poster, relative to this document.
    pub poster: Option<String>,
    /// The source that it was made from.
    pub source: Source,
    /// The programs that made it.
    pub made_with: MadeWith,
    /// Video renditions, best last.
    pub video: Vec<VideoRendition>,
    /// Audio renditions.
    pub audio: Vec<AudioRendition>,
    /// Text renditions: subtitles and captions; empty in documents of before there were any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<TextRendition>,
    /// Warnings about the source, for the operator: damage that was bridged, tracks that were left out.
    pub warnings: Vec<String>,
}

/// An exact length of time: `ticks / timescale` seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duration {
    /// Ticks.
    pub ticks: u64,
    /// Ticks a second; never 0.
    pub timescale: u32,
}

/// The source file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Its path below the ingest folder, or its file name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// BLAKE3 of its content, hexadecimal.
    pub blake3: String,
    /// Demuxer's name, as ffprobe gives it.
    pub format: String,
    /// The tracks that are packaged; `None` in documents of before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracks: Option<SourceTracks>,
}

/// The tracks of a source that are packaged, as they were measured. Times are microseconds on the source's own clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTracks {
    /// The video; `None` where there is audio alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<SourceVideo>,
    /// The sound, in the source's order.
    pub audio: Vec<SourceAudio>,
}

/// The picture of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceVideo {
    /// Pixels as displayed: square ones, after rotation.
    pub width: u32,
    /// Pixels as displayed.
    pub height: u32,
    /// Frames a second, as a fraction `p/q`.
    pub frame_rate: String,
    /// Its frames are of two fields each, which may be shown one after the other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interlaced: bool,
    /// When the first frame is shown.
    pub start_us: i64,
    /// When the last frame's time is over.
    pub end_us: i64,
}

/// One sound track of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceAudio {
    /// BCP 47 language tag.
    pub language: String,
    /// When the first sample is heard.
    pub start_us: i64,
    /// When the last sample's time is over.
    pub end_us: i64,
}

/// The programs that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeWith {
    /// Version of `pack`.
    pub pack: String,
    /// Version line of ffmpeg.
    pub ffmpeg: String,
}

/// One video rendition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoRendition {
    /// Its folder below `<revision>/video`.
    pub name: String,
    /// Codec string (RFC 6381).
    pub codecs: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames a second, as a fraction `p/q`.
    pub frame_rate: String,
    /// Measured average, bits a second, media segments without the init segment.
    pub average_bandwidth: u64,
    /// Measured peak (RFC 8216bis §4.1), bits a second.
    pub peak_bandwidth: u64,
    /// Bytes of all its segments.
    pub bytes: u64,
    /// Number of media segments.
    pub segments: u32,
}

/// One audio rendition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioRendition {
    /// Its folder below `<revision>/audio`.
    pub name: String,
    /// Codec string (RFC 6381).
    pub codecs: String,
    /// BCP 47 language tag.
    pub language: String,
    /// The file beside the source that it was made from, by what its name has after the source's, such as `fr.m4a`; `None`
    /// where it was within the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidecar: Option<String>,
    /// Channels.
    pub channels: u32,
    /// Hertz.
    pub sample_rate: u32,
    /// Measured average, bits a second.
    pub average_bandwidth: u64,
    /// Measured peak, bits a second.
    pub peak_bandwidth: u64,
    /// Bytes of all its segments.
    pub bytes: u64,
    /// Number of media segments.
    pub segments: u32,
}

/// One text rendition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextRendition {
    /// Its folder below `<revision>/text`.
    pub name: String,
    /// BCP 47 language tag.
    pub language: String,
    /// For people: its name in players.
    pub label: String,
    /// Its purpose.
    pub kind: TextKind,
    /// The file beside the source that it was made from, by what its name has after the source's, such as
    /// `en.forced.vtt`; `None` where it was within the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidecar: Option<String>,
    /// Cues.
    pub cues: u32,
    /// Measured average, bits a second.
    pub average_bandwidth: u64,
    /// Measured peak, bits a second.
    pub peak_bandwidth: u64,
    /// Bytes of all its segments.
    pub bytes: u64,
    /// Number of segments.
    pub segments: u32,
}

/// The purpose of a text rendition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// What is said, for those who do not understand it.
    #[default]
    Subtitles,
    /// What alone has to be read by everybody: signs, and speech in another language than the title's.
    Forced,
    /// What is said and heard, for people who hear badly (SDH).
    Captions,
}
