//! Sample entries: a track's coding (ISO/IEC 14496-12 §12, 14496-14, 14496-15).

use super::h264::{Sps, parse_sps};
use super::{BoxRef, Cursor, FourCc, Malformed, boxes};

/// One entry of `stsd`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SampleEntry {
    /// As written: `avc1`, `encv`, `mp4a`, …
    pub(crate) format: FourCc,
    /// Format below encryption; the same as `format` where there is none.
    pub(crate) coding: FourCc,
    pub(crate) kind: EntryKind,
}

/// The part that depends on the kind of media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Video(VideoEntry),
    Audio(AudioEntry),
    Other,
}

/// Fields of a visual sample entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct VideoEntry {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Code points of `colr` of type `nclx`: primaries, transfer, matrix.
    pub(crate) colr: Option<(u16, u16, u16)>,
    /// Sample aspect ratio.
    pub(crate) pasp: Option<(u32, u32)>,
    pub(crate) config: VideoConfig,
}

/// The decoder's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum VideoConfig {
    #[default]
    Missing,
    Avc {
        profile: u8,
        constraints: u8,
        level: u8,
        /// Bytes of the lengths before NAL units.
        length_size: u8,
        sps: Option<Sps>,
    },
    Hevc {
        /// The twelve bytes of general profile, tier and level (ISO/IEC 14496-15 §8.3.3.1.2).
        profile: [u8; 12],
        length_size: u8,
    },
    Av1 {
        profile: u8,
        level: u8,
        tier: u8,
        bit_depth: u8,
    },
    Other,
}

/// Fields of an audio sample entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AudioEntry {
    pub(crate) channels: u16,
    pub(crate) rate: u32,
    pub(crate) config: AudioConfig,
}

/// The decoder's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum AudioConfig {
    #[default]
    Missing,
    Aac(Aac),
    /// MPEG-4 systems' object type other than AAC (ISO/IEC 14496-1 table 5).
    Esds(u8),
    Other,
}

/// AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aac {
    /// As signalled: 2 is AAC-LC, 5 HE-AAC, 29 HE-AAC v2.
    pub(crate) object_type: u8,
    /// Hertz of the core coder.
    pub(crate) rate: u32,
    pub(crate) channels: u8,
}

/// Reads one entry of `stsd`.
pub(super) fn parse(entry: &BoxRef<'_>) -> Result<SampleEntry, Malformed> {
    let mut coding = entry.kind;
    let kind = match &entry.kind.0 {
        b"avc1" | b"avc3" | b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" | b"av01" | b"vp08" | b"vp09" | b"encv" | b"mp4v"
        | b"vvc1" | b"vvi1" => EntryKind::Video(video(entry, &mut coding)?),
        b"mp4a" | b"ac-3" | b"ec-3" | b"ac-4" | b"Opus" | b"fLaC" | b"alac" | b"enca" | b"mhm1" | b".mp3" | b"dtsc"
        | b"dtse" | b"dtsx" => EntryKind::Audio(audio(entry, &mut coding)?),
        _ => EntryKind::Other,
    };
    Ok(SampleEntry { format: entry.kind, coding, kind })
}

fn video(entry: &BoxRef<'_>, coding: &mut FourCc) -> Result<VideoEntry, Malformed> {
    let mut at = entry.cursor();
    at.bytes(24)?;
    let (width, height) = (at.u16()?, at.u16()?);
    at.bytes(50)?;
    let mut found = VideoEntry { width, height, ..VideoEntry::default() };
    for child in boxes(at.data, at.at, entry.kind)? {
        let mut body = child.cursor();
        match &child.kind.0 {
            b"avcC" => found.config = avc(body)?,
            b"hvcC" => found.config = hevc(body)?,
            b"av1C" => found.config = av1(body)?,
            b"vpcC" => found.config = VideoConfig::Other,
            b"pasp" => found.pasp = Some((body.u32()?, body.u32()?)),
            b"colr" if FourCc(body.array()?).is(b"nclx") => found.colr = Some((body.u16()?, body.u16()?, body.u16()?)),
            b"sinf" => *coding = original(&child)?.unwrap_or(*coding),
            _ => {}
        }
    }
    Ok(found)
}

fn original(sinf: &BoxRef<'_>) -> Result<Option<FourCc>, Malformed> {
    let frma = sinf.children()?.into_iter().find(|b| b.kind.is(b"frma"));
    frma.map(|b| b.cursor().array().map(FourCc)).transpose()
}

fn avc(mut at: Cursor<'_>) -> Result<VideoConfig, Malformed> {
    let [_, profile, constraints, level, length, count] = at.array()?;
    let mut sps = None;
    for _ in 0..count & 0x1f {
        let length = usize::from(at.u16()?);
        let nal = at.bytes(length)?;
        sps = sps.or_else(|| parse_sps(nal));
    }
    Ok(VideoConfig::Avc { profile, constraints, level, length_size: (length & 3) + 1, sps })
}

fn hevc(mut at: Cursor<'_>) -> Result<VideoConfig, Malformed> {
    at.u8()?;
    let profile = at.array()?;
    at.bytes(8)?;
    Ok(VideoConfig::Hevc { profile, length_size: (at.u8()? & 3) + 1 })
}

fn av1(mut at: Cursor<'_>) -> Result<VideoConfig, Malformed> {
    let [_, profile_level, flags, _] = at.array()?;
    let bit_depth = match (flags & 0x40 != 0, flags & 0x20 != 0) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    Ok(VideoConfig::Av1 { profile: profile_level >> 5, level: profile_level & 0x1f, tier: flags >> 7, bit_depth })
}

fn audio(entry: &BoxRef<'_>, coding: &mut FourCc) -> Result<AudioEntry, Malformed> {
    let mut at = entry.cursor();
    at.bytes(16)?;
    let channels = at.u16()?;
    at.bytes(6)?;
    let rate = at.u32()? >> 16;
    let mut found = AudioEntry { channels, rate, config: AudioConfig::Missing };
    for child in boxes(at.data, at.at, entry.kind)? {
        match &child.kind.0 {
            b"esds" => found.config = esds(child.cursor())?,
            b"dac3" | b"dec3" | b"dac4" | b"dOps" | b"dfLa" | b"alac" | b"mhaC" => found.config = AudioConfig::Other,
            b"sinf" => *coding = original(&child)?.unwrap_or(*coding),
            _ => {}
        }
    }
    Ok(found)
}

/// ISO/IEC 14496-1 §7.2.6: descriptors within descriptors, each a tag and a length of up to four bytes.
fn esds(mut at: Cursor<'_>) -> Result<AudioConfig, Malformed> {
    at.full()?;
    let mut object = 0;
    for _ in 0..8 {
        if at.data.is_empty() {
            break;
        }
        let tag = at.u8()?;
        let length = descriptor_length(&mut at)?;
        match tag {
            // ES_Descriptor: its own fields, then more descriptors.
            3 => {
                at.u16()?;
                let flags = at.u8()?;
                let skip = if flags & 0x80 != 0 { 2 } else { 0 } + if flags & 0x20 != 0 { 2 } else { 0 };
                at.bytes(skip)?;
            }
            // DecoderConfigDescriptor.
            4 => {
                object = at.u8()?;
                at.bytes(12)?;
            }
            // DecoderSpecificInfo.
            5 => {
                let config = at.bytes(length)?;
                let is_aac = matches!(object, 0x40 | 0x66 | 0x67 | 0x68);
                return Ok(match aac(config) {
                    Some(aac) if is_aac => AudioConfig::Aac(aac),
                    _ => AudioConfig::Esds(object),
                });
            }
            _ => {
                at.bytes(length)?;
            }
        }
    }
    Ok(if object == 0 { AudioConfig::Missing } else { AudioConfig::Esds(object) })
}

fn descriptor_length(at: &mut Cursor<'_>) -> Result<usize, Malformed> {
    let mut length = 0usize;
    for _ in 0..4 {
        let byte = at.u8()?;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(length)
}

fn aac(config: &[u8]) -> Option<Aac> {
    const RATES: [u32; 13] =
        [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
    let mut bits = super::bits::Bits::new(config);
    let mut object_type = bits.u8(5)?;
    if object_type == 31 {
        object_type = 32 + bits.u8(6)?;
    }
    let index = bits.u(4)? as usize;
    let rate = if index == 15 { bits.u(24)? } else { *RATES.get(index)? };
    // ISO/IEC 14496-3 §1.6.3.5.
    let channels = match bits.u8(4)? {
        7 | 12 | 14 => 8,
        11 => 7,
        count => count,
    };
    Some(Aac { object_type, rate, channels })
}
