//! The copy that can be entered in the middle, of a source that can't, and the tracks' times in it.

use std::path::Path;

use super::scan::Tracks;
use super::time::{microseconds, time_base};
use crate::clock::Clock;
use crate::probe::declared::answer::declared;
use crate::probe::declared::json::Answer;
use crate::probe::error::ProbeError;
use crate::probe::run::Ffprobe;
use crate::source::{AudioSource, Copy, CopyTrack, SyncPoint, VideoSource};

/// The copy's index counts whole milliseconds: a key frame is found by the time that follows its own.
const INDEX_TICK_US: i64 = 1000;

/// Describes the copy of a source, and moves the tracks' times to its clock; `None` where packets have no times to copy.
pub(in crate::probe) fn of(
    answer: &Answer,
    tracks: &Tracks,
    clock: Option<Clock>,
    video: Option<&mut VideoSource>,
    audio: &mut [AudioSource],
    path: &Path,
) -> Result<Option<Copy>, ProbeError> {
    let order: Vec<u32> = video.iter().map(|video| video.index).chain(audio.iter().map(|track| track.index)).collect();
    let copied: Option<Vec<CopyTrack>> = order.iter().map(|index| track(*index, answer, tracks)).collect();
    let Some(mut copied) = copied else {
        return if clock.is_some() { Err(ProbeError::Clock(path.into())) } else { Ok(None) };
    };
    let mut clock = clock.unwrap_or_else(|| Clock::unmoved(copied.iter().map(|track| (track.stream, track.source_us))));
    // Matroska has no times below zero.
    let below = copied.iter().map(|track| track.first_us).min().map_or(0, |first| first.min(0));
    let shift_us = -(below / INDEX_TICK_US) * INDEX_TICK_US + if below < 0 { INDEX_TICK_US } else { 0 };
    clock.shift(shift_us);
    audio.iter_mut().for_each(|track| track.shift(shift_us));
    let by_display =
        |point: &SyncPoint| SyncPoint { shown_us: point.shown_us, seek_us: point.shown_us + INDEX_TICK_US };
    if let Some(video) = video {
        video.shift(shift_us);
        video.sync = video.sync.iter().map(by_display).collect();
    }
    for track in &mut copied {
        track.first_us = track.first_us.saturating_add(shift_us);
        track.last_us = track.last_us.saturating_add(shift_us);
    }
    Ok(Some(Copy { tracks: copied, clock, wraps: answer.is_broadcast(), generated: false, pixels_change: false }))
}

/// A track's share of the copy; `None` where packets have no times.
fn track(stream: u32, answer: &Answer, tracks: &Tracks) -> Option<CopyTrack> {
    let track = tracks.get(&stream).filter(|track| track.no_pts == 0)?;
    let declared = answer.streams.iter().find(|declared| declared.index == stream)?;
    let base = time_base(declared.time_base.as_deref());
    let (first_us, last_us) = (microseconds(track.lowest?, base), microseconds(track.last?, base));
    let source_us = track.source_us?;
    let reordered = track.reordered && answer.has_no_decode_times();
    Some(CopyTrack { stream, packets: track.read, source_us, first_us, last_us, reordered })
}

/// Compares a finished copy with what it was to be: as many packets in each track, from the same time to the same time.
///
/// # Errors
/// When ffprobe can't read it.
pub fn same_packets(ffprobe: Ffprobe<'_>, path: &Path, copy: &Copy) -> Result<Result<(), String>, ProbeError> {
    let answer = declared(ffprobe, path)?;
    let tracks = super::measure::copied(ffprobe, path, &answer)?;
    for (at, wanted) in (0u32..).zip(&copy.tracks) {
        let near = |a: i64, b: i64| a.abs_diff(b) <= COPY_TOLERANCE_US;
        let found = track(at, &answer, &tracks).filter(|found| {
            let times = near(found.first_us, wanted.first_us) && near(found.last_us, wanted.last_us);
            times && found.packets == wanted.packets
        });
        if found.is_none() {
            return Ok(Err(format!("track {} comes out with other packets or times", wanted.stream)));
        }
    }
    Ok(Ok(()))
}

/// Times are rounded to the copy's ticks twice.
const COPY_TOLERANCE_US: u64 = 2 * INDEX_TICK_US.unsigned_abs();
