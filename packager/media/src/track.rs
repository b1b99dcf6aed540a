//! Tracks as they are planned: what each one is made to be.

use config::title::TextKind;
use config::tree;
use serde::{Deserialize, Serialize};

use crate::codec::{AudioCodec, RateControl, VideoCodec};
use crate::role::AudioRole;
use crate::text::Format;

/// One rung of the ladder. Rates are bits a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Folder below `video/`, such as `1080p-6000`.
    pub name: String,
    /// The codec.
    pub codec: VideoCodec,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The ladder's rate for it, the most that it should average.
    pub bit_rate: u32,
    /// The encoder's rate control.
    #[serde(flatten)]
    pub rate: RateControl,
}

impl Rung {
    /// Its folder below the revision.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{}/{}", tree::VIDEO, self.name)
    }
}

/// The tracks of the source that a rendition is made of, by ffmpeg's stream index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AudioInput {
    /// One, mixed by its layout.
    Track(u32),
    /// Mono ones, each a channel of one mix.
    Channels {
        /// The tracks, in the order of the layout's channels.
        tracks: Vec<u32>,
        /// ffmpeg's name of the mix's layout.
        layout: String,
    },
    /// One with so many channels that nothing says the places of: they are mixed to the left and to the right in turn.
    Discrete {
        /// The track.
        track: u32,
        /// Channels.
        channels: u32,
    },
}

impl AudioInput {
    /// The first track of it.
    #[must_use]
    pub fn first(&self) -> u32 {
        self.tracks().first().copied().unwrap_or_default()
    }

    /// All tracks of it.
    #[must_use]
    pub fn tracks(&self) -> &[u32] {
        match self {
            Self::Track(track) | Self::Discrete { track, .. } => std::slice::from_ref(track),
            Self::Channels { tracks, .. } => tracks,
        }
    }
}

/// A file of audio beside the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioFile {
    /// What its name has after the source's, such as `fr.m4a`.
    pub ending: String,
    /// BLAKE3 of its content, hexadecimal.
    pub blake3: String,
}

/// One audio rendition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioPlan {
    /// Folder below `audio/`, such as `en-2ch` (`en-2ch-2` for a second track in the same language).
    pub name: String,
    /// The programme, from 0: renditions of one differ in their channels alone.
    pub programme: u32,
    /// The tracks that it is made of.
    pub input: AudioInput,
    /// The file beside the source whose tracks these are; `None` where they are the source's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<AudioFile>,
    /// BCP 47.
    pub language: String,
    /// For people: NAME in HLS, Label in DASH; unique among programmes.
    pub label: String,
    /// Its purpose.
    pub role: AudioRole,
    /// The codec.
    pub codec: AudioCodec,
    /// ffmpeg's channel layout of the result: `stereo`, `5.1`, …
    pub layout: String,
    /// Channels of the result.
    pub channels: u32,
    /// Hertz of the result.
    pub sample_rate: u32,
    /// Bits a second.
    pub bit_rate: u32,
    /// The track that plays when nobody chose.
    pub default: bool,
}

impl AudioPlan {
    /// Its folder below the revision.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{}/{}", tree::AUDIO, self.name)
    }
}

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextInput {
    /// A track of the source, by ffmpeg's stream index.
    Track(u32),
    /// A file beside it.
    File(TextFile),
}

/// A file of text beside the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFile {
    /// What its name has after the source's, such as `en.forced.vtt`.
    pub ending: String,
    /// Its format.
    pub format: Format,
    /// BLAKE3 of its content, hexadecimal.
    pub blake3: String,
}

/// One text rendition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPlan {
    /// Folder below `text/`, such as `en` or `en-forced`.
    pub name: String,
    /// The text that it is made of.
    pub input: TextInput,
    /// Forced ones of its language, whose cues it has as well.
    pub forced: Vec<TextInput>,
    /// BCP 47.
    pub language: String,
    /// For people: NAME in HLS, Label in DASH; unique.
    pub label: String,
    /// Its purpose.
    pub kind: TextKind,
}

impl TextPlan {
    /// Its folder below the revision.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{}/{}", tree::TEXT, self.name)
    }

    /// The texts that its cues come from.
    pub fn inputs(&self) -> impl Iterator<Item = &TextInput> {
        std::iter::once(&self.input).chain(&self.forced)
    }
}
