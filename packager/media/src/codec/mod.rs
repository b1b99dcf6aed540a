//! The table of codecs: what depends on the one that a track is encoded with is a row here, written in the codec's own
//! file. A new codec is a file, a variant and its row.

mod aac;
mod avc;

use serde::{Deserialize, Serialize};

use crate::bmff::{Boxes, Parsed};
use crate::time::FrameRate;

pub use avc::build as x264_build;

/// A codec that video is encoded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VideoCodec {
    /// H.264 (ISO/IEC 14496-10).
    H264,
}

/// A codec that audio is encoded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AudioCodec {
    /// AAC-LC (ISO/IEC 14496-3).
    Aac,
}

/// Capped constant quality: the encoder holds a quality as far as the decoder's buffer (VBV) allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateControl {
    /// The encoder's constant rate factor, tenths: lower is better.
    pub crf_tenths: u32,
    /// The rate that fills the buffer, bits a second.
    pub max_rate: u32,
    /// The buffer, bits.
    pub buffer: u32,
}

/// ffmpeg's encoders of all codecs.
#[must_use]
pub fn encoders() -> Vec<&'static str> {
    VideoCodec::ALL
        .iter()
        .map(|codec| codec.row().encoder)
        .chain(AudioCodec::ALL.iter().map(|c| c.row().encoder))
        .collect()
}

/// A video codec, as it is packaged and encoded.
pub(crate) struct Video {
    /// The sample entry's kind.
    pub entry: &'static [u8; 4],
    /// The kind of the box in it that configures a decoder.
    pub config: &'static [u8; 4],
    /// Reads the body of that box.
    pub read: fn(&[u8]) -> Parsed<Box<dyn VideoConfig>>,
    /// Frames between the decoding and the presentation of a first picture, in every chunk and track.
    pub delay_frames: u32,
    /// The kind of picture that a segment begins with, for people.
    pub sync: &'static str,
    /// The codec string (RFC 6381) that a track has as a rule.
    pub usual: &'static str,
    /// The encoder's build, where a track's first picture names it.
    pub build: fn(&[u8]) -> Option<String>,
    /// ffmpeg's encoder.
    pub encoder: &'static str,
    /// ffmpeg's arguments for GOPs of so many frames at this rate, with the encoder's preset.
    pub arguments: fn(&RateControl, u32, &str) -> Vec<String>,
}

/// A video decoder's configuration.
pub(crate) trait VideoConfig {
    /// The codec string (RFC 6381).
    fn codecs(&self) -> String;
    /// True if decoding can begin with a picture, of which `start` is known.
    fn is_sync(&self, start: &[u8]) -> bool;
    /// The brands of all media profiles that a track of this width and height keeps (ISO/IEC 23000-19 annex A.2), so that the rungs of a ladder
    /// share one.
    fn brands(&self, size: (u32, u32), rate: FrameRate) -> Vec<&'static [u8; 4]>;
}

/// An audio codec, as it is packaged and encoded.
pub(crate) struct Audio {
    /// The sample entry's kind.
    pub entry: &'static [u8; 4],
    /// The kind of the box in it that configures a decoder.
    pub config: &'static [u8; 4],
    /// Reads the body of that box.
    pub read: fn(&[u8]) -> Parsed<Box<dyn AudioConfig>>,
    /// Samples of a frame.
    pub frame: u32,
    /// Bytes of the longest frame.
    pub longest: u32,
    /// Samples that ffmpeg's encoder puts before the first one heard, in outputs without an edit list.
    pub priming: u32,
    /// The brand of the media profile (ISO/IEC 23000-19 annex A.3).
    pub brand: &'static [u8; 4],
    /// The codec string (RFC 6381) that a track has as a rule.
    pub usual: &'static str,
    /// ffmpeg's encoder.
    pub encoder: &'static str,
}

/// An audio decoder's configuration.
pub(crate) trait AudioConfig {
    /// The codec string (RFC 6381).
    fn codecs(&self) -> String;
    /// Hertz.
    fn sample_rate(&self) -> u32;
    /// Channels; `None` where something else says.
    fn channels(&self) -> Option<u32>;
    /// Writes the box that configures a decoder.
    fn write(&self, out: &mut Boxes);
}

impl VideoCodec {
    /// All that there are.
    pub(crate) const ALL: [Self; 1] = [Self::H264];

    pub(crate) const fn row(self) -> &'static Video {
        match self {
            Self::H264 => &avc::H264,
        }
    }

    /// ffmpeg's arguments for GOPs of `gop` frames, with the encoder's preset.
    #[must_use]
    pub fn arguments(self, rate: &RateControl, gop: u32, preset: &str) -> Vec<String> {
        (self.row().arguments)(rate, gop, preset)
    }
}

impl AudioCodec {
    /// All that there are.
    pub(crate) const ALL: [Self; 1] = [Self::Aac];

    pub(crate) const fn row(self) -> &'static Audio {
        match self {
            Self::Aac => &aac::AAC,
        }
    }

    /// ffmpeg's arguments for so many bits a second.
    #[must_use]
    pub fn arguments(self, bit_rate: u32) -> Vec<String> {
        ["-c:a", self.row().encoder, "-b:a", &bit_rate.to_string()].map(Into::into).into()
    }
}
