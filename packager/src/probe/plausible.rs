//! Checks of declared values against measured ones: files that were cut short, times that packets don't explain, and
//! whether the middle can be entered.

use std::path::Path;

use super::declared::container;
use super::declared::json::Answer;
use super::error::ProbeError;
use super::packets::scan::{Track, Tracks};
use super::packets::time::{microseconds, time_base};
use crate::source::{AudioSource, VideoSource};

/// Longer recordings are mistaken times.
const MOST_HOURS: u64 = 100;

/// Refuses a file whose header promises more than is there. Only headers that are written last are believed: others
/// are guesses from the bit rate.
pub(super) fn refuse_cut_short(answer: &Answer, tracks: &Tracks, path: &Path) -> Result<(), ProbeError> {
    let Some(declared) = answer.format.duration.as_deref().and_then(decimal_microseconds) else { return Ok(()) };
    let base =
        |index: &u32| answer.streams.iter().find(|s| s.index == *index).map(|s| time_base(s.time_base.as_deref()));
    let times = || tracks.iter().filter_map(|(index, track)| base(index).map(|base| (base, track)));
    let end = times().filter_map(|(base, track)| track.end.map(|end| microseconds(end, base))).max().unwrap_or(0);
    let start = times().filter_map(|(base, track)| track.first.map(|first| microseconds(first, base))).min();
    let there = end.saturating_sub(start.unwrap_or(0).min(0));
    let missing = declared.saturating_sub(there);
    if indexed(&answer.format.format_name) && missing > 1_000_000 && missing > declared / 20 {
        let seconds = |us: i64| us / 1_000_000;
        let detail =
            format!("its header promises {} s, but its last packet ends at {} s", seconds(declared), seconds(there));
        return Err(ProbeError::CutShort { path: path.into(), detail });
    }
    Ok(())
}

/// `12.345678` seconds as microseconds.
fn decimal_microseconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let (whole, fraction) = (whole.parse::<u32>().ok()?, digits.parse::<u32>().ok()?);
    Some(i64::from(whole) * 1_000_000 + i64::from(fraction))
}

/// Containers with an index at a known place.
fn indexed(format: &str) -> bool {
    format.split(',').any(|name| matches!(name, "mov" | "mp4" | "matroska" | "webm"))
}

/// True if a decode that begins in the middle finds exactly the frames of one that begins at the start.
///
/// # Errors
/// When the file can't be read.
pub(super) fn seekable(answer: &Answer, track: Option<&Track>, path: &Path) -> Result<bool, ProbeError> {
    let sane = track.is_some_and(|t| t.timeless == 0 && t.backward == 0 && !t.hidden_inside);
    let format = &answer.format;
    // A live recording's Matroska has neither duration nor cues.
    if !sane || !indexed(&format.format_name) || format.duration.is_none() {
        return Ok(false);
    }
    container::fragmented(path).map(|fragmented| !fragmented).map_err(|error| ProbeError::io(path, error))
}

pub(super) fn refuse_endless(
    video: Option<&VideoSource>,
    audio: &[AudioSource],
    lasting_us: i64,
    path: &Path,
) -> Result<(), ProbeError> {
    let starts = audio.iter().map(|track| track.start_us).chain(video.map(|video| video.start_us));
    let ends = audio.iter().map(|track| track.end_us).chain(video.map(|video| video.end_us));
    let span = starts.min().zip(ends.max()).map_or(0, |(start, end)| end.saturating_sub(start));
    // Tracks may begin apart by this.
    if span > lasting_us.saturating_add(60_000_000) {
        let (span_s, packets_s) = (span / 1_000_000, lasting_us / 1_000_000);
        return Err(ProbeError::Unexplained { path: path.into(), span_s, packets_s });
    }
    let hours = u64::try_from(span).unwrap_or(0) / 3_600_000_000;
    if hours > MOST_HOURS { Err(ProbeError::Duration { path: path.into(), hours }) } else { Ok(()) }
}
