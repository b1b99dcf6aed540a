//! Tracks as they are planned: what each one is made to be.

use serde::{Deserialize, Serialize};

/// One rung of the ladder. Rates are bits a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Folder below `video/`, such as `1080p-6000`.
    pub name: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The ladder's rate for it, the most that it should average.
    pub bit_rate: u32,
    /// VBV's bound on the rate.
    pub max_rate: u32,
    /// VBV's buffer, bits.
    pub buffer: u32,
    /// x264's constant rate factor, tenths.
    pub crf_tenths: u32,
}

/// One audio rendition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioPlan {
    /// Folder below `audio/`, such as `en-2ch` (`en-2ch-2` for a second track in the same language).
    pub name: String,
    /// ffmpeg's stream index.
    pub stream: u32,
    /// BCP 47.
    pub language: String,
    /// For people: NAME in HLS, Label in DASH; unique among renditions of as many channels.
    pub label: String,
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
