//! The parser of ffmpeg's `moov` and `moof`.

use crate::bmff::{Fields, FourCc, Parsed};

/// More samples than any GOP or audio fragment has.
const MAX_SAMPLES: u32 = 1 << 16;
/// `sample_is_non_sync_sample` (ISO/IEC 14496-12 §8.8.3.1).
const NON_SYNC: u32 = 0x0001_0000;

/// The sample entry of the codec that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The kinds of a VisualSampleEntry and of the box in it that configures a decoder.
    Video([u8; 4], [u8; 4]),
    /// The same of an AudioSampleEntry.
    Audio([u8; 4], [u8; 4]),
}

/// The one track of ffmpeg's `moov`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Movie {
    /// Ticks a second.
    pub timescale: u32,
    /// Where presentation begins in the media, ticks: the edit list's only entry, if there is one.
    pub media_time: Option<u64>,
    /// Body of the sample entry's decoder configuration box.
    pub config: Vec<u8>,
    /// Sample defaults from `trex`.
    defaults: Defaults,
}

/// Values of samples that say nothing of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Defaults {
    duration: u32,
    size: u32,
    flags: u32,
}

/// One fragment as ffmpeg describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moof {
    /// Decode time of the first sample, ticks.
    pub decode_time: u64,
    /// From the start of `moof` to the first sample.
    pub data_offset: i32,
    pub samples: Vec<Sample>,
}

/// One sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample {
    pub duration: u32,
    pub size: u32,
    pub sync: bool,
    /// Presentation time less decode time.
    pub composition_offset: i64,
}

impl Movie {
    /// Reads the body of a `moov` whose track has this sample entry.
    pub(crate) fn parse(body: &[u8], entry: Entry) -> Parsed<Self> {
        let moov = Fields(body);
        let trak = moov.only(b"trak")?;
        let mdia = trak.need(b"mdia")?;
        Ok(Self {
            timescale: timescale(mdia.need(b"mdhd")?)?,
            media_time: trak.find(b"edts")?.map(|edts| edit(edts.need(b"elst")?)).transpose()?.flatten(),
            config: configuration(mdia.need(b"minf")?.need(b"stbl")?.need(b"stsd")?, entry)?,
            defaults: Defaults::trex(moov.need(b"mvex")?.only(b"trex")?)?,
        })
    }

    /// Reads the body of a `moof`.
    pub(crate) fn fragment(&self, body: &[u8]) -> Parsed<Moof> {
        let traf = Fields(body).only(b"traf")?;
        let defaults = self.defaults.overridden(traf.need(b"tfhd")?)?;
        let mut tfdt = traf.need(b"tfdt")?;
        let (version, _) = tfdt.version_and_flags()?;
        let decode_time = tfdt.sized(version)?;
        let (data_offset, samples) = run(traf.only(b"trun")?, defaults)?;
        Ok(Moof { decode_time, data_offset, samples })
    }
}

fn timescale(mut mdhd: Fields<'_>) -> Parsed<u32> {
    let (version, _) = mdhd.version_and_flags()?;
    mdhd.sized(version)?;
    mdhd.sized(version)?;
    match mdhd.u32()? {
        0 => Err("has a timescale of 0".into()),
        timescale => Ok(timescale),
    }
}

/// `media_time` of the only edit (ISO/IEC 14496-12 §8.6.6). ffmpeg writes an empty edit where a track starts late, and
/// we ask for tracks that start at 0.
fn edit(mut elst: Fields<'_>) -> Parsed<Option<u64>> {
    let (version, _) = elst.version_and_flags()?;
    match elst.u32()? {
        0 => return Ok(None),
        1 => {}
        count => return Err(format!("has {count} edits: the track does not start at 0")),
    }
    elst.sized(version)?;
    let media_time = if version == 0 { i64::from(elst.i32()?) } else { elst.u64()?.cast_signed() };
    u64::try_from(media_time).map(Some).map_err(|_| "has an empty edit: the track does not start at 0".into())
}

/// Decoder configuration in the only sample entry.
fn configuration(mut stsd: Fields<'_>, entry: Entry) -> Parsed<Vec<u8>> {
    stsd.version_and_flags()?;
    let count = stsd.u32()?;
    if count != 1 {
        return Err(format!("has {count} sample entries instead of one"));
    }
    stsd.u32()?;
    // A VisualSampleEntry has 78 bytes before its children, an AudioSampleEntry 28 (ISO/IEC 14496-12 §12.1.3, §12.2.3).
    let (kind, fixed, config) = match entry {
        Entry::Video(kind, config) => (kind, 78, config),
        Entry::Audio(kind, config) => (kind, 28, config),
    };
    let format = stsd.four_cc()?;
    if format.0 != kind {
        return Err(format!("describes '{format}' samples; '{}' was asked for", FourCc(kind)));
    }
    stsd.bytes(fixed)?;
    Ok(stsd.need(&config)?.0.to_vec())
}

impl Defaults {
    fn trex(mut trex: Fields<'_>) -> Parsed<Self> {
        trex.bytes(12)?;
        Ok(Self { duration: trex.u32()?, size: trex.u32()?, flags: trex.u32()? })
    }

    /// `tfhd` takes precedence (ISO/IEC 14496-12 §8.8.7).
    fn overridden(mut self, mut tfhd: Fields<'_>) -> Parsed<Self> {
        const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
        let (_, flags) = tfhd.version_and_flags()?;
        if flags & DEFAULT_BASE_IS_MOOF == 0 || flags & 1 != 0 {
            return Err("counts its data offset from elsewhere than the fragment (no default-base-is-moof)".into());
        }
        tfhd.u32()?;
        if flags & 0x02 != 0 {
            tfhd.u32()?;
        }
        for (bit, value) in [(0x08, &mut self.duration), (0x10, &mut self.size), (0x20, &mut self.flags)] {
            if flags & bit != 0 {
                *value = tfhd.u32()?;
            }
        }
        Ok(self)
    }
}

/// Data offset and samples of a `trun` (ISO/IEC 14496-12 §8.8.8).
fn run(mut trun: Fields<'_>, defaults: Defaults) -> Parsed<(i32, Vec<Sample>)> {
    let (version, flags) = trun.version_and_flags()?;
    let count = trun.u32()?;
    if count == 0 || count > MAX_SAMPLES {
        return Err(format!("has {count} samples; from 1 to {MAX_SAMPLES} are possible"));
    }
    if flags & 0x01 == 0 {
        return Err("has no data offset".into());
    }
    let data_offset = trun.i32()?;
    let first_flags = (flags & 0x04 != 0).then(|| trun.u32()).transpose()?;
    let mut optional = |bit: u32| (flags & bit != 0).then(|| trun.u32()).transpose();
    let mut samples = Vec::new();
    for index in 0..count {
        let duration = optional(0x100)?.unwrap_or(defaults.duration);
        let size = optional(0x200)?.unwrap_or(defaults.size);
        let own_flags = optional(0x400)?.or(first_flags.filter(|_| index == 0)).unwrap_or(defaults.flags);
        let offset = optional(0x800)?.unwrap_or(0);
        // Version 0 has unsigned offsets, version 1 signed ones.
        let composition_offset = if version == 0 { i64::from(offset) } else { i64::from(offset.cast_signed()) };
        samples.push(Sample { duration, size, sync: own_flags & NON_SYNC == 0, composition_offset });
    }
    Ok((data_offset, samples))
}
