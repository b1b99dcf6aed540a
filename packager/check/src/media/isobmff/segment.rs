//! Media segments of one track, read in order: box structure, decode times, sync samples, sizes.

use super::fragment::{self, Moof, Traf};
use super::init::{Init, TrackInit};
use super::sample_entry::{EntryKind, VideoConfig};
use super::top::{Stop, TO_THE_END, box_length, in_memory, next_header, skip};
use super::{FourCc, Malformed};
use crate::fetch::Input;
use crate::report::rule::Rule;
use crate::report::rules::media as rules;
use crate::report::{Findings, Place};

/// NAL units that are looked at before the first slice.
const MAX_NALS: u32 = 64;
/// Boxes that one segment may have at the top.
const MAX_BOXES: u32 = 100_000;

/// A movie fragment, measured. Times are ticks of the track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fragment {
    /// Byte of its `moof` in the file.
    pub(crate) offset: u64,
    /// Byte behind its first sample.
    pub(crate) first_sample_end: u64,
    /// `tfdt`.
    pub(crate) time: u64,
    pub(crate) duration: u64,
    pub(crate) samples: u32,
    /// The first sample is a sync sample, by its flags.
    pub(crate) sync: bool,
    /// Earliest presentation time, before any edit list.
    pub(crate) earliest: i64,
    /// End of what is presented last, before any edit list.
    pub(crate) latest: i64,
}

/// A stretch between two sync samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Ticks.
    pub(crate) ticks: u64,
    /// Index of the segment in which it ends.
    pub(crate) segment: usize,
}

/// State carried from one segment of a track to the next.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    init: &'a Init,
    track: &'a TrackInit,
    /// Where the next fragment must start; unknown after a discontinuity or a segment that could not be read.
    next: Option<u64>,
    sequence: Option<u32>,
    last_sync: Option<u64>,
    /// The longest stretch between two sync samples.
    pub(crate) longest: Option<Stretch>,
}

/// One segment while it is read.
struct Reading<'f> {
    input: Input,
    place: Place,
    findings: &'f mut Findings,
    fragments: Vec<Fragment>,
    /// The `moof` whose `mdat` has not come yet.
    pending: Option<(u64, Moof)>,
}

impl Reading<'_> {
    fn add(&mut self, rule: &'static Rule, byte: u64, message: impl Into<String>) {
        self.findings.add(rule, self.place.clone().at(byte), message);
    }
}

impl<'a> Scanner<'a> {
    /// `None` when `init` has no track.
    pub(crate) fn new(init: &'a Init) -> Option<Self> {
        let track = init.track()?;
        Some(Self { init, track, next: None, sequence: None, last_sync: None, longest: None })
    }

    /// Forgets what was before: the timeline may start anew.
    pub(crate) fn discontinuity(&mut self) {
        (self.next, self.sequence, self.last_sync) = (None, None, None);
    }

    /// Reads segment `index` (at `place`), whose first bytes `head` were taken off `input` already.
    pub(crate) fn segment(
        &mut self,
        index: usize,
        head: [u8; 8],
        input: Input,
        place: Place,
        findings: &mut Findings,
    ) -> (Vec<Fragment>, Option<u64>) {
        let mut reading = Reading { input, place, findings, fragments: Vec::new(), pending: None };
        let outcome = self.boxes(index, head, &mut reading);
        match outcome {
            Err(Stop::Malformed(rule, error)) => {
                self.discontinuity();
                reading.add(rule, error.byte, error.what);
            }
            Err(Stop::Fetch(error)) => {
                self.discontinuity();
                let place = reading.place.clone();
                reading.findings.add(&rules::READABLE, place, error.to_string());
            }
            Ok(()) if reading.fragments.is_empty() => {
                let place = reading.place.clone();
                reading.findings.add(&rules::NO_FRAGMENT, place, "holds no movie fragment, expected at least one");
            }
            Ok(()) => {}
        }
        let bytes = reading.input.finish().ok();
        (reading.fragments, bytes)
    }

    fn boxes(&mut self, index: usize, head: [u8; 8], reading: &mut Reading<'_>) -> Result<(), Stop> {
        let mut head = Some(head);
        for _ in 0..MAX_BOXES {
            let at = reading.input.at() - if head.is_some() { 8 } else { 0 };
            let Some(header) = head.take().map_or_else(|| next_header(&mut reading.input), |h| Ok(Some(h)))? else {
                self.unfed(reading);
                return Ok(());
            };
            let (kind, length) = box_length(&mut reading.input, header, at)?;
            match &kind.0 {
                b"moof" => {
                    let body = in_memory(&mut reading.input, length, at, kind)?;
                    let body_at = reading.input.at() - body.len() as u64;
                    self.unfed(reading);
                    reading.pending = Some((at, fragment::parse(&body, body_at, &self.init.tracks)?));
                }
                b"mdat" => self.media_data(index, at, length, reading)?,
                _ if kind.0.iter().all(|b| b.is_ascii_graphic() || *b == b' ' || *b == 0xa9) => {
                    skip(&mut reading.input, length, at, kind)?;
                }
                _ => return Err(Malformed { byte: at, what: format!("is no box: its type reads '{kind}'") }.into()),
            }
        }
        Err(Malformed { byte: reading.input.at(), what: format!("has more than {MAX_BOXES} boxes") }.into())
    }

    /// A `moof` after which no `mdat` came.
    fn unfed(&mut self, reading: &mut Reading<'_>) {
        if let Some((at, _)) = reading.pending.take() {
            reading.add(&rules::TRUNCATED, at, "'moof' has no 'mdat' after it");
        }
    }

    fn media_data(&mut self, index: usize, at: u64, length: u64, reading: &mut Reading<'_>) -> Result<(), Stop> {
        let start = reading.input.at();
        let end = start.saturating_add(length);
        if reading.input.left().is_some_and(|left| left < length) {
            let what = format!("'mdat' claims {length} bytes, {} are there", reading.input.left().unwrap_or(0));
            return Err(Stop::Malformed(&rules::TRUNCATED, Malformed { byte: at, what }));
        }
        let Some((moof_at, moof)) = reading.pending.take() else {
            reading.add(&rules::BOXES, at, "'mdat' without a 'moof' before it");
            return skip(&mut reading.input, length, at, FourCc(*b"mdat"));
        };
        if let Some((first, fragment)) = self.fragment(index, (moof_at, moof), start..end, reading) {
            if fragment.sync && first == start {
                // The sample may claim more than there is.
                self.prove_sync(fragment.first_sample_end.min(end), reading)?;
            }
            reading.fragments.push(fragment);
        }
        let rest = if end == TO_THE_END { end } else { end.saturating_sub(reading.input.at()) };
        skip(&mut reading.input, rest, at, FourCc(*b"mdat"))
    }

    /// Judges a fragment whose media data is `data`; gives the byte of its first sample, and its facts.
    fn fragment(
        &mut self,
        index: usize,
        (at, moof): (u64, Moof),
        data: std::ops::Range<u64>,
        reading: &mut Reading<'_>,
    ) -> Option<(u64, Fragment)> {
        self.sequence(at, &moof, reading);
        let cmaf = self.init.has_brand(b"cmfc") || self.init.has_brand(b"cmf2");
        if cmaf && moof.trafs.len() != 1 {
            reading.add(&rules::ONE_TRAF, at, format!("{} 'traf' in a 'moof', expected 1", moof.trafs.len()));
        }
        let Some(traf) = moof.trafs.iter().find(|t| t.track == self.track.id) else {
            let found: Vec<u32> = moof.trafs.iter().map(|t| t.track).collect();
            reading.add(&rules::TRACK_ID, at, format!("tracks {found:?}, the init segment has {}", self.track.id));
            return None;
        };
        self.structure(at, traf, cmaf, reading);
        let first_bytes = traf.runs.first().map_or(0, |r| r.first_bytes);
        let first_start = data_ranges(at, traf, data, moof.trafs.len() == 1, reading);
        let Some(time) = traf.time else {
            reading.add(&rules::TFDT, at, "'traf' has no 'tfdt', expected one");
            return None;
        };
        let fragment = self.times(index, at, time, traf, first_start.saturating_add(first_bytes), reading);
        Some((first_start, fragment))
    }

    fn sequence(&mut self, at: u64, moof: &Moof, reading: &mut Reading<'_>) {
        match (moof.sequence, self.sequence) {
            (None, _) => reading.add(&rules::BOXES, at, "'moof' has no 'mfhd'"),
            (Some(now), Some(before)) if now <= before => {
                reading.add(&rules::SEQUENCE, at, format!("sequence number {now} after {before}, expected more"));
            }
            _ => {}
        }
        self.sequence = moof.sequence.or(self.sequence);
    }

    fn structure(&self, at: u64, traf: &Traf, cmaf: bool, reading: &mut Reading<'_>) {
        if !traf.base_is_moof {
            reading.add(&rules::BASE_IS_MOOF, at, "'tfhd' lacks the flag default-base-is-moof");
        }
        if traf.base_data_offset.is_some() {
            reading.add(&rules::BASE_IS_MOOF, at, "'tfhd' has a base-data-offset, expected none");
        }
        if cmaf && traf.runs.len() != 1 {
            reading.add(&rules::ONE_TRUN, at, format!("{} 'trun' in a 'traf', expected 1", traf.runs.len()));
        }
        if traf.runs.iter().all(|r| r.count == 0) {
            reading.add(&rules::NO_SAMPLES, at, "the fragment has no sample, expected at least one");
        }
        if self.init.has_brand(b"cmf2") {
            if let Some(run) = traf.runs.iter().find(|r| r.version != 1) {
                reading.add(&rules::CMF2_TRUN, at, format!("'trun' version {}, brand cmf2 wants 1", run.version));
            }
            if !traf.self_contained {
                reading.add(&rules::CMF2_DEFAULTS, at, "'tfhd' leaves defaults to 'trex', brand cmf2 wants them here");
            }
        }
    }

    /// Judges decode and presentation times; gives the fragment's facts.
    fn times(
        &mut self,
        index: usize,
        at: u64,
        time: u64,
        traf: &Traf,
        first_sample_end: u64,
        reading: &mut Reading<'_>,
    ) -> Fragment {
        if let Some(next) = self.next.filter(|&next| next != time) {
            let (what, by) = if time > next { ("gap", time - next) } else { ("overlap", next - time) };
            let scale = self.track.timescale;
            let text = format!("tfdt {time}, expected {next}: a {what} of {by} ticks of 1/{scale} s");
            reading.add(&rules::DECODE_TIMES, at, text);
        }
        let start = i64::try_from(time).unwrap_or(i64::MAX);
        let (mut elapsed, mut earliest, mut latest) = (0u64, i64::MAX, i64::MIN);
        for run in &traf.runs {
            let run_start = start.saturating_add(i64::try_from(elapsed).unwrap_or(i64::MAX));
            if let Some((first, last)) = run.presented {
                earliest = earliest.min(run_start.saturating_add(first));
                latest = latest.max(run_start.saturating_add(last));
            }
            if let Some(twice) = run.collision {
                let text = format!("two samples are presented at tick {}", run_start.saturating_add(twice));
                reading.add(&rules::PRESENTATION_TWICE, at, text);
            }
            for sync in &run.syncs {
                self.sync(index, time.saturating_add(elapsed).saturating_add(*sync));
            }
            elapsed = elapsed.saturating_add(run.duration);
        }
        self.next = time.checked_add(elapsed);
        let sync = traf.runs.first().is_some_and(|r| r.first_sync && r.count > 0);
        if reading.fragments.is_empty() && !sync {
            reading.add(&rules::STARTS_WITH_SYNC, at, "the first sample is no sync sample, expected one");
        }
        let samples = traf.runs.iter().map(|r| r.count).sum();
        let offset = at;
        let (earliest, latest) = (earliest.min(latest), latest.max(earliest.min(latest)));
        Fragment { offset, first_sample_end, time, duration: elapsed, samples, sync, earliest, latest }
    }

    fn sync(&mut self, segment: usize, time: u64) {
        if let Some(ticks) = self.last_sync.and_then(|last| time.checked_sub(last))
            && self.longest.is_none_or(|l| ticks > l.ticks)
        {
            self.longest = Some(Stretch { ticks, segment });
        }
        self.last_sync = Some(time);
    }

    /// Proves by its NAL units that a sample whose flags say so is a sync sample (ITU-T H.264 table 7-1, H.265 table 7-1).
    fn prove_sync(&self, end: u64, reading: &mut Reading<'_>) -> Result<(), Stop> {
        let Some(entry) = self.track.entry() else { return Ok(()) };
        let EntryKind::Video(video) = &entry.kind else { return Ok(()) };
        let (length_size, hevc) = match video.config {
            VideoConfig::Avc { length_size, .. } if entry.format == entry.coding => (length_size, false),
            VideoConfig::Hevc { length_size, .. } if entry.format == entry.coding => (length_size, true),
            _ => return Ok(()),
        };
        for _ in 0..MAX_NALS {
            let at = reading.input.at();
            let mut header = [0u8; 5];
            let wanted = usize::from(length_size) + 1;
            let Some(header) = header.get_mut(..wanted) else { return Ok(()) };
            if at.saturating_add(wanted as u64) > end || reading.input.fill(header)? < wanted {
                break;
            }
            let (lengths, first) = header.split_at(wanted - 1);
            let length = lengths.iter().fold(0u64, |n, &b| n << 8 | u64::from(b));
            let kind = if hevc { first[0] >> 1 & 0x3f } else { first[0] & 0x1f };
            if length == 0 || at.saturating_add(wanted as u64 - 1).saturating_add(length) > end {
                let text = format!("a NAL unit of {length} bytes does not fit into its sample, which ends at {end}");
                reading.add(&rules::NAL_LENGTHS, at, text);
                return Ok(());
            }
            let (slice, random_access) =
                if hevc { (kind < 32, (16..=21).contains(&kind)) } else { ((1..=5).contains(&kind), kind == 5) };
            if slice {
                if !random_access {
                    let text = format!("flags say sync sample, its first slice has NAL unit type {kind}");
                    reading.add(&rules::SYNC_TRUE, at, text);
                }
                return Ok(());
            }
            reading.input.skip(length - 1)?;
        }
        Ok(())
    }
}

/// Checks that the runs' data is exactly the media data; gives the byte at which the first sample starts.
fn data_ranges(at: u64, traf: &Traf, data: std::ops::Range<u64>, alone: bool, reading: &mut Reading<'_>) -> u64 {
    let base = traf.base_data_offset.unwrap_or(at);
    let mut next = base;
    let mut first = None;
    let mut used = 0u64;
    for run in &traf.runs {
        let start = run.data_offset.map_or(next, |offset| base.saturating_add_signed(i64::from(offset)));
        next = start.saturating_add(run.bytes);
        used = used.saturating_add(run.bytes);
        first = first.or(Some(start));
        if start < data.start || next > data.end {
            let text = format!("samples at bytes {start} to {next}, 'mdat' holds {} to {}", data.start, data.end);
            reading.add(&rules::DATA_RANGE, at, text);
        }
    }
    let held = data.end - data.start;
    if alone && used < held && data.end != TO_THE_END {
        reading.add(&rules::DATA_UNUSED, at, format!("samples use {used} of the {held} bytes of 'mdat'"));
    }
    first.unwrap_or(data.start)
}
