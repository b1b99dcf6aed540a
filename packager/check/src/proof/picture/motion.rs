//! Frames that follow each other, at a few places of the best rendition: are they whole, and is each one new?

use std::sync::atomic::AtomicU64;

use super::eye::Wanted;
use super::frames::pulldown::{self, Cadence, cadence};
use super::frames::torn::Lines;
use super::frames::{Glass, Grey};
use crate::decode::run::Run;
use crate::fetch::parallel;
use crate::media::track::Track;
use crate::proof::compare::Compare;
use crate::proof::facts::Source;
use crate::report::rules::agreement::proof as rules;
use crate::report::{Findings, Place};

/// Places that are looked at, at most.
const PLACES: usize = 5;
/// Places that agree before a pattern is believed, where there are as many.
const AGREE: usize = 3;
/// Frames a second that film is brought to by repeating, thousandths.
const VIDEO_RATES: [std::ops::RangeInclusive<u64>; 2] = [29_960..=30_010, 59_930..=60_010];

impl Compare<'_> {
    /// Judges frames of the rendition `track`, where the source may have fields.
    pub(crate) fn motion(&self, source: &Source<'_>, (index, track): (usize, &Track), findings: &mut Findings) {
        let Some((run, (width, height))) = self.run(index).zip(crate::hls::shown_size(track)) else { return };
        let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else { return };
        if self.proof.asked.fields || !source.video.may_have_fields(height) {
            return;
        }
        let glass = Glass { ffmpeg: &self.proof.ffmpeg, bounds: &self.proof.bounds, size: (width, height) };
        let lines = Lines::new(height, source.video.lines());
        let places = places(run.segments.len());
        let looked = parallel::map(&places, self.proof.jobs, |&segment| self.frames(glass, &run, segment));
        let mut cadences = Vec::new();
        for (&segment, frames) in places.iter().zip(looked) {
            let place = Place::segment(&track.name, run.first + segment);
            match frames {
                Ok(frames) => {
                    if let Some(count) = lines.torn(&frames) {
                        let text = format!("{count} of {} frames show two moments at once", frames.len());
                        findings.add(&rules::TORN, place, text);
                    }
                    cadences.push(cadence(&frames));
                }
                Err(error) => findings.add(&rules::READ, place, error),
            }
        }
        let rate = crate::agreement::source::frame(track).map_or(0, |frame| 1_000_000_000_000 / frame.max(1));
        if VIDEO_RATES.iter().any(|usual| usual.contains(&rate)) && is_film(&cadences) {
            let text = "of each five frames one repeats another: this is film, of 23.976 frames a second";
            findings.add(&rules::REPEATED, Place::file(&track.name), text);
        }
    }

    /// The first frames of a segment.
    fn frames(&self, glass: Glass<'_>, run: &Run, segment: usize) -> Result<Vec<Grey>, String> {
        let (fed, run) = (AtomicU64::new(0), run.only(segment));
        let count = u32::try_from(pulldown::FRAMES).unwrap_or(u32::MAX);
        glass.frames(Wanted::From { first: i64::MIN / 2, count }, |to| run.feed(self.title.store, &(), &fed, to))
    }
}

/// Segments in the middles of equal parts of so many.
fn places(segments: usize) -> Vec<usize> {
    let count = segments.min(PLACES);
    (0..count).map(|place| segments * (2 * place + 1) / (2 * count)).collect()
}

/// True if all that moves shows the pattern.
fn is_film(cadences: &[Cadence]) -> bool {
    let repeats = cadences.iter().filter(|cadence| **cadence == Cadence::Repeats).count();
    repeats >= AGREE.min(cadences.len()) && repeats > 0 && !cadences.contains(&Cadence::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spread_over_all_segments() {
        assert!(places(0).is_empty());
        assert_eq!(places(2), [0, 1]);
        assert_eq!(places(5), [0, 1, 2, 3, 4]);
        assert_eq!(places(100), [10, 30, 50, 70, 90]);
    }

    #[test]
    fn film_is_film_wherever_it_moves() {
        use Cadence::{Nothing, Other, Repeats};
        assert!(is_film(&[Repeats, Nothing, Repeats, Repeats, Nothing]) && is_film(&[Repeats]));
        assert!(!is_film(&[Repeats, Repeats, Repeats, Other, Repeats]) && !is_film(&[Nothing, Repeats, Nothing]));
        assert!(!is_film(&[]) && !is_film(&[Nothing]));
    }
}
