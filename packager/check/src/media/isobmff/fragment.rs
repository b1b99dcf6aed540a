//! A movie fragment: `moof` and what its track runs say of the samples (ISO/IEC 14496-12 §8.8).

use super::init::{Defaults, TrackInit};
use super::{BoxRef, FourCc, Malformed, boxes};

/// More samples in one fragment are refused: an hour of AAC has 170 000. A run may claim samples without a byte for any.
const MAX_SAMPLES: u32 = 1 << 20;
/// `sample_is_non_sync_sample` (§8.8.3.1).
const NON_SYNC: u32 = 0x0001_0000;

/// A parsed `moof`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Moof {
    pub(crate) sequence: Option<u32>,
    pub(crate) trafs: Vec<Traf>,
}

/// A track fragment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Traf {
    pub(crate) track: u32,
    pub(crate) base_is_moof: bool,
    pub(crate) base_data_offset: Option<u64>,
    /// `tfhd` gives the default duration, size and flags that its runs leave out.
    pub(crate) self_contained: bool,
    /// `tfdt`.
    pub(crate) time: Option<u64>,
    pub(crate) runs: Vec<Run>,
}

/// A track run, summed up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Run {
    pub(crate) version: u8,
    pub(crate) data_offset: Option<i32>,
    pub(crate) count: u32,
    /// Ticks of all samples.
    pub(crate) duration: u64,
    /// Bytes of all samples.
    pub(crate) bytes: u64,
    pub(crate) first_bytes: u64,
    pub(crate) first_sync: bool,
    /// Decode times of sync samples from the run's start.
    pub(crate) syncs: Vec<u64>,
    /// Presentation times from the run's start, earliest and last end.
    pub(crate) presented: Option<(i64, i64)>,
    /// Two samples are presented at this time from the run's start.
    pub(crate) collision: Option<i64>,
}

/// Reads the `moof` whose content is `body`.
pub(crate) fn parse(body: &[u8], at: u64, tracks: &[TrackInit]) -> Result<Moof, Malformed> {
    let (mut moof, mut samples) = (Moof::default(), 0);
    for child in boxes(body, at, FourCc(*b"moof"))? {
        match &child.kind.0 {
            b"mfhd" => {
                let mut at = child.cursor();
                at.full()?;
                moof.sequence = Some(at.u32()?);
            }
            b"traf" => moof.trafs.push(traf(&child, tracks, &mut samples)?),
            _ => {}
        }
    }
    Ok(moof)
}

/// Reads a `traf`; `samples` are those of the fragment so far.
fn traf(traf: &BoxRef<'_>, tracks: &[TrackInit], samples: &mut u32) -> Result<Traf, Malformed> {
    let mut found = Traf::default();
    let mut defaults = Defaults::default();
    let mut given = 0;
    for child in traf.children()? {
        let mut at = child.cursor();
        match &child.kind.0 {
            b"tfhd" => {
                let (_, flags) = at.full()?;
                given = flags;
                found.track = at.u32()?;
                found.base_is_moof = flags & 0x02_0000 != 0;
                defaults = tracks.iter().find(|t| t.id == found.track).and_then(|t| t.trex).unwrap_or_default();
                found.base_data_offset = (flags & 1 != 0).then(|| at.u64()).transpose()?;
                if flags & 2 != 0 {
                    at.u32()?;
                }
                for (bit, field) in
                    [(8, &mut defaults.duration), (0x10, &mut defaults.size), (0x20, &mut defaults.flags)]
                {
                    if flags & bit != 0 {
                        *field = at.u32()?;
                    }
                }
            }
            b"tfdt" => {
                let (version, _) = at.full()?;
                found.time = Some(at.sized(version)?);
            }
            b"trun" => {
                let (run, flags) = run(&child, defaults, MAX_SAMPLES.saturating_sub(*samples))?;
                *samples += run.count;
                // Each of duration, size and flags is in the run (0x100, 0x200, 0x400, or 4 for the first's flags)
                // or in tfhd (8, 0x10, 0x20).
                let missing = [(0x100, 8), (0x200, 0x10), (0x404, 0x20)];
                found.self_contained = missing.iter().all(|(own, default)| flags & own != 0 || given & default != 0);
                found.runs.push(run);
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Reads a `trun` of at most `most` samples.
fn run(trun: &BoxRef<'_>, defaults: Defaults, most: u32) -> Result<(Run, u32), Malformed> {
    let mut at = trun.cursor();
    let (version, flags) = at.full()?;
    let count = at.u32()?;
    if count > most {
        return Err(Malformed { byte: trun.at, what: format!("'trun' claims {count} samples") });
    }
    let data_offset = (flags & 1 != 0).then(|| at.i32()).transpose()?;
    let first_flags = (flags & 4 != 0).then(|| at.u32()).transpose()?;
    let mut run = Run { version, data_offset, count, ..Run::default() };
    let mut times = Vec::new();
    for index in 0..count {
        let mut field = |bit: u32, default: u32| if flags & bit != 0 { at.u32() } else { Ok(default) };
        let duration = field(0x100, defaults.duration)?;
        let size = field(0x200, defaults.size)?;
        let default_flags = if index == 0 { first_flags.unwrap_or(defaults.flags) } else { defaults.flags };
        let sample_flags = field(0x400, default_flags)?;
        let raw = field(0x800, 0)?;
        // Version 1 makes the composition offset signed (§8.8.8.1).
        let offset = if version == 0 { i64::from(raw) } else { i64::from(raw.cast_signed()) };
        let sync = sample_flags & NON_SYNC == 0;
        if index == 0 {
            (run.first_bytes, run.first_sync) = (u64::from(size), sync);
        }
        if sync {
            run.syncs.push(run.duration);
        }
        times.push((run.duration.cast_signed() + offset, i64::from(duration)));
        run.duration += u64::from(duration);
        run.bytes += u64::from(size);
    }
    times.sort_unstable();
    run.presented = times.first().zip(times.last()).map(|(first, last)| (first.0, last.0 + last.1));
    run.collision = times.windows(2).find(|pair| pair[0].0 == pair[1].0 && pair[0].1 > 0).map(|pair| pair[0].0);
    Ok((run, flags))
}
