//! Where packets of a broadcast are missing: decoders don't complain of what never came.

use super::scan::{Track, Tracks, microseconds, time_base};
use crate::probe::declared::json::{Answer, Stream};
use crate::probe::pictures::damage;

/// Holes of a track that are told of. With more, its rate varies.
const MOST: usize = 16;

/// The longest steps from packet to packet of a track, the longest first, each with where it begins. Ticks.
#[derive(Debug, Default)]
pub(in crate::probe) struct Holes {
    longest: Vec<(i64, i64)>,
}

impl Holes {
    /// Takes a step that begins at `at`.
    pub(in crate::probe) fn note(&mut self, step: i64, at: i64) {
        let place = self.longest.partition_point(|(known, _)| *known >= step);
        if place <= MOST {
            self.longest.insert(place, (step, at));
            self.longest.truncate(MOST + 1);
        }
    }

    /// Where steps begin that are clearly longer than the usual one; nothing where there are too many of them.
    fn beyond(&self, usual: i64) -> Vec<i64> {
        let clearly = |(step, _): &&(i64, i64)| usual > 0 && *step > usual.saturating_add(usual / 2);
        let mut begin: Vec<i64> = self.longest.iter().filter(clearly).map(|(_, at)| *at).collect();
        begin.sort_unstable();
        if begin.len() > MOST { Vec::new() } else { begin }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_long_steps_are_holes_and_many_are_a_rate_that_varies() {
        let mut holes = Holes::default();
        (0..1000).for_each(|n| holes.note(3600, 3600 * n));
        holes.note(7200, 500);
        holes.note(90_000, 400);
        assert_eq!(holes.beyond(3600), [400, 500]);
        assert_eq!(holes.beyond(90_000), [0; 0]);
        (0..MOST).for_each(|_| holes.note(7200, 900));
        assert_eq!(holes.beyond(3600), [0; 0]);
        assert_eq!(Holes::default().beyond(1), [0; 0]);
    }
}
