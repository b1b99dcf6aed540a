//! AAC-LC (ISO/IEC 14496-3), as ffmpeg's own encoder makes it.

use super::{Audio, AudioConfig};
use crate::bmff::{Boxes, Fields, Parsed};

/// The table's row.
pub(super) const AAC: Audio = Audio {
    entry: b"mp4a",
    config: b"esds",
    read: |body| AacConfig::from_esds(body).map(|config| -> Box<dyn AudioConfig> { Box::new(config) }),
    // ISO/IEC 14496-3 §4.5.2.1.1, `frameLengthFlag` 0.
    frame: 1024,
    // 6144 bits a channel, 8 channels and what ADTS can count (13 bits) agree on this bound.
    longest: 8191,
    priming: 1024,
    brand: b"caac",
    usual: "mp4a.40.2",
    encoder: "aac",
};

/// AAC-LC as an audio object type (ISO/IEC 14496-3 §1.5.1).
const LOW_COMPLEXITY: u8 = 2;
/// The longest `AudioSpecificConfig` that is taken: ffmpeg's have 2 to 5 bytes, more where a program config element is.
const MAX_CONFIG: usize = 64;
/// Sampling frequencies by index (ISO/IEC 14496-3 §1.6.3.3).
const FREQUENCIES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
/// Descriptor tags (ISO/IEC 14496-1 §7.2.2.1).
const ES: u8 = 3;
const DECODER_CONFIG: u8 = 4;
const DECODER_SPECIFIC: u8 = 5;
const SL_CONFIG: u8 = 6;

/// The channel configuration that 7.1 with side and back is written with. Its own is 12, which Chromium refuses (seen with
/// version 156); this one is that of wide fronts, whose elements are the same in the same order, and browsers and ffmpeg
/// take it for the usual 7.1 (ISO/IEC 14496-3 §1.6.3.5).
const SURROUND_7_1: u8 = 7;

/// The parsed fields of an `AudioSpecificConfig` (ISO/IEC 14496-3 §1.6.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
struct AacConfig {
    /// Its bytes.
    bytes: Vec<u8>,
    sample_rate: u32,
    /// `None` where a program config element says.
    channels: Option<u32>,
}

impl AacConfig {
    /// Takes the configuration out of an `esds` body.
    fn from_esds(esds: &[u8]) -> Parsed<Self> {
        let mut fields = Fields(esds);
        fields.version_and_flags()?;
        let mut es = descriptor(fields, ES)?;
        es.bytes(3)?;
        let mut decoder = descriptor(es, DECODER_CONFIG)?;
        decoder.bytes(13)?;
        Self::parse(descriptor(decoder, DECODER_SPECIFIC)?.0)
    }

    fn parse(bytes: &[u8]) -> Parsed<Self> {
        if bytes.len() > MAX_CONFIG {
            return Err(format!("has an AudioSpecificConfig of {} bytes", bytes.len()));
        }
        let word = Fields(bytes).u16()?;
        let [high, low] = word.to_be_bytes();
        let object_type = high >> 3;
        if object_type != LOW_COMPLEXITY {
            return Err(format!("has the audio object type {object_type} instead of {LOW_COMPLEXITY} (AAC-LC)"));
        }
        let frequency = usize::from((word >> 7) & 0xf);
        let configuration = low >> 3 & 0xf;
        let sample_rate = FREQUENCIES.get(frequency).copied();
        let sample_rate = sample_rate.ok_or_else(|| format!("has the unknown sampling frequency index {frequency}"))?;
        if low & 4 != 0 {
            return Err("has AAC frames of 960 samples instead of 1024".into());
        }
        let channels = match configuration {
            0 => None,
            7 | 12 => Some(8),
            11 => Some(7),
            count => Some(count.into()),
        };
        let mut bytes = bytes.to_vec();
        if let Some(second) = bytes.get_mut(1).filter(|_| configuration == 12) {
            *second = *second & !0x78 | SURROUND_7_1 << 3;
        }
        Ok(Self { bytes, sample_rate, channels })
    }
}

impl AudioConfig for AacConfig {
    /// RFC 6381 §3.3.
    fn codecs(&self) -> String {
        format!("mp4a.40.{LOW_COMPLEXITY}")
    }

    fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    fn channels(&self) -> Option<u32> {
        self.channels
    }

    /// Writes an `esds` (ISO/IEC 14496-14 §6.7.2). Rates are left out: manifests give the measured ones.
    fn write(&self, out: &mut Boxes) {
        out.full(b"esds", 0, 0, |b| {
            let specific = self.bytes.len();
            let decoder = 13 + 2 + specific;
            write_descriptor(b, ES, 3 + 2 + decoder + 2 + 1);
            b.u16(0); // ES_ID: 0 in files (§4.1.2)
            b.u8(0);
            write_descriptor(b, DECODER_CONFIG, decoder);
            b.u8(0x40); // objectTypeIndication: ISO/IEC 14496-3 audio
            b.u8(0x15); // streamType 5, audio; the reserved bit is 1
            b.zeros(3 + 4 + 4); // bufferSizeDB, maxBitrate, avgBitrate
            write_descriptor(b, DECODER_SPECIFIC, specific);
            b.bytes(&self.bytes);
            write_descriptor(b, SL_CONFIG, 1);
            b.u8(2); // predefined: MP4 file
        });
    }
}

/// The body of the descriptor that comes next, which must have `tag`.
fn descriptor(mut fields: Fields<'_>, tag: u8) -> Parsed<Fields<'_>> {
    let found = fields.u8()?;
    if found != tag {
        return Err(format!("has the descriptor {found} where {tag} should be"));
    }
    let mut length = 0;
    for _ in 0..4 {
        let byte = fields.u8()?;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    fields.bytes(length).map(Fields)
}

/// One byte of length is enough, see [`MAX_CONFIG`].
fn write_descriptor(out: &mut Boxes, tag: u8, length: usize) {
    out.u8(tag);
    out.u8(u8::try_from(length).unwrap_or(0x7f));
}
