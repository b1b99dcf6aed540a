//! Where packets of a broadcast are missing: decoders don't complain of what never came.

use super::scan::{Track, Tracks};
use super::time::{microseconds, time_base};
use crate::probe::declared::json::{Answer, Stream};
use crate::probe::pictures::damage;

/// A line for each of the tracks `streams` that has holes, with their times from the first packet of all on.
pub(in crate::probe) fn told(answer: &Answer, tracks: &Tracks, streams: &[u32]) -> Vec<String> {
    let all = || answer.streams.iter().filter(|stream| streams.contains(&stream.index));
    let found =
        |stream: &Stream| tracks.get(&stream.index).map(|track| (track, time_base(stream.time_base.as_deref())));
    let starts =
        all().filter_map(|stream| found(stream).and_then(|(track, base)| Some(microseconds(track.first?, base))));
    let start = starts.min().unwrap_or(0);
    let line = |stream: &Stream| {
        let (track, base) = found(stream)?;
        let (kind, done, usual) = kind(stream, track)?;
        let begin = track.holes.beyond(usual).into_iter().map(|at| microseconds(at, base).saturating_sub(start));
        let places = damage::places(begin)?;
        // The proof knows these by how they begin: a hole does not account for a track.
        Some(format!("the source has holes near {places} in {kind} track {}: {done}", stream.index))
    };
    all().filter_map(line).collect()
}

/// The kind of a track, what is done in its holes, and the step that is usual in it.
fn kind(stream: &Stream, track: &Track) -> Option<(&'static str, &'static str, i64)> {
    if stream.is("video") {
        Some(("video", "the picture before is held", track.intervals.usual()?))
    } else {
        Some(("audio", "they are silent", track.usual_duration))
    }
}
