//! Sync of audio with the source, measured by correlation of samples, whatever its time stamps say.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::thread;

use super::argv::Line;
use super::decoder::{Decoder, Told};
use super::kind::{Kind, RATE};
use super::run::Input;
use super::{Context, Member};
use crate::report::rules::agreement::source as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show};

/// Largest permitted offset between audio and video, samples: 5 ms.
const APART: u64 = RATE as u64 / 200;
/// Largest offset that is searched for, samples: a quarter of a second.
const REACH: i64 = RATE as i64 / 4;
/// Length of the stretch that is compared, samples: two seconds.
const WINDOW: usize = 2 * RATE as usize;
/// Length kept of the start and of the end, samples: twenty seconds.
pub(crate) const KEPT: usize = 20 * RATE as usize;
/// Least mean square of what can be compared: about −50 dB.
const AUDIBLE: i64 = 100 * 100;
/// Thousandths of the squared correlation from which two sounds are the same: 0.8.
const SAME: i128 = 640;

/// Sound, and where it begins: samples from the start of the presentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clip {
    pub(crate) start: i64,
    pub(crate) samples: Vec<i16>,
}

impl Clip {
    fn end(&self) -> i64 {
        self.start.saturating_add_unsigned(self.samples.len() as u64)
    }

    /// The samples of a window that begins at `at`.
    fn window(&self, at: i64) -> Option<&[i16]> {
        let from = usize::try_from(at.checked_sub(self.start)?).ok()?;
        self.samples.get(from..)?.get(..WINDOW)
    }
}

/// Compares the run of `member` with the source's sound track `stream`; `source` is the time of the source that is shown
/// at `shown`, nanoseconds. Whether they sound the same at all.
pub(super) fn judge(
    context: &Context<'_>,
    member: &Member<'_>,
    source: (Input<'_>, i64),
    shown: i64,
    findings: &mut Findings,
) -> bool {
    let fed = [AtomicU64::new(0), AtomicU64::new(0)];
    let (theirs, own) = thread::scope(|scope| {
        let start = |input, fed| Decoder::start(scope, context, input, Kind::Samples, fed);
        let (theirs, own) = (start(source.0, &fed[0]), start(member.input, &fed[1]));
        let theirs = scope.spawn(move || ends(theirs, source.1));
        let own = ends(own, shown.saturating_add(member.run.shift));
        (theirs.join().ok().flatten(), own)
    });
    let (Some(theirs), Some(own)) = (theirs, own) else { return false };
    let mut same = false;
    for (rule, theirs, own) in [(&rules::START, theirs.0, own.0), (&rules::END, theirs.1, own.1)] {
        let Some(late) = late(&theirs, &own) else { continue };
        same = true;
        if late.unsigned_abs() > APART {
            let by = show(late.unsigned_abs() * SECOND / u64::from(RATE));
            let way = if late > 0 { "later" } else { "earlier" };
            let text = format!("is heard {by} {way} than in the source");
            findings.add(rule, Place::file(&member.track.name), text);
        }
    }
    same
}

/// The start and the end of what `decoder` hears, counted from the time `zero`; `None` when it hears nothing.
fn ends(mut decoder: Decoder<'_>, zero: i64) -> Option<(Clip, Clip)> {
    let (mut head, mut tail, mut count) = (Vec::new(), VecDeque::new(), 0i64);
    let mut first = None;
    while let Some(told) = decoder.next() {
        match told {
            Told::Sound(Line::Frame(at)) => first = first.or(at),
            Told::Samples(samples) => {
                count += i64::try_from(samples.len()).unwrap_or(0);
                head.extend(samples.iter().take(KEPT - head.len()));
                tail.extend(samples);
                tail.drain(..tail.len().saturating_sub(KEPT));
            }
            _ => {}
        }
    }
    // The decoder's end is judged where all of the track is decoded.
    drop(decoder.finish());
    let since = i128::from(first?.saturating_sub(zero)) * i128::from(RATE) * 2 / i128::from(SECOND);
    let start = i64::try_from((since + 1).div_euclid(2)).ok()?;
    let tail = Clip { start: start + count - i64::try_from(tail.len()).ok()?, samples: tail.into() };
    Some((Clip { start, samples: head }, tail))
}

/// By how many samples `own` is later than `theirs`; `None` where nothing is heard, or not the same.
pub(crate) fn late(theirs: &Clip, own: &Clip) -> Option<i64> {
    let at = loudest(theirs, own)?;
    let window = theirs.window(at)?;
    let scored = (-REACH..=REACH).filter_map(|lag| Some((likeness(window, own.window(at + lag)?), lag)));
    let scored: Vec<(i128, i64)> = scored.collect();
    let best = scored.iter().map(|(score, _)| *score).max().filter(|best| *best >= SAME)?;
    let like = |score: i128, percent: i128| score * 100 >= best * percent;
    // A tone that goes on is about as like in each of its waves, before and behind: it says nothing of when it is heard.
    if scored.iter().filter(|(score, _)| like(*score, 50)).count() * 8 >= scored.len() {
        return Some(0);
    }
    // A lag that scores nearly as high may be a tone's next wave: the least one explains it.
    scored.iter().filter(|(score, _)| like(*score, 98)).map(|(_, lag)| *lag).min_by_key(|lag| lag.abs())
}

/// Where the loudest stretch begins that both have with room on each side.
fn loudest(theirs: &Clip, own: &Clip) -> Option<i64> {
    let window = i64::try_from(WINDOW).ok()?;
    let start = theirs.start.max(own.start) + REACH;
    let end = theirs.end().min(own.end()) - REACH - window;
    let power = |at: i64| Some(theirs.window(at)?.iter().map(|&s| i64::from(s).pow(2)).sum::<i64>() / window);
    let loud = (start..=end).step_by(WINDOW / 4).filter_map(|at| Some((power(at)?, at)));
    loud.max().filter(|(power, _)| *power >= AUDIBLE).map(|(_, at)| at)
}

/// Thousandths of the squared correlation; 0 where one is the other's opposite.
fn likeness(a: &[i16], b: &[i16]) -> i128 {
    let (mut both, mut left, mut right) = (0i64, 0i64, 0i64);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (i64::from(a), i64::from(b));
        (both, left, right) = (both + a * b, left + a * a, right + b * b);
    }
    let (both, energy) = (i128::from(both.max(0)), i128::from(left) * i128::from(right));
    (both * both * 1000).checked_div(energy).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise that is the same at each call, from sample `start` on.
    fn noise(start: i64, count: i64, loud: i64) -> Clip {
        let sample = |at: i64| {
            let mixed = (at.unsigned_abs() + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            i16::try_from(i64::from((mixed >> 40).to_le_bytes()[1].cast_signed()) * loud).unwrap()
        };
        Clip { start, samples: (start..start + count).map(sample).collect() }
    }

    fn moved(clip: &Clip, by: usize) -> Clip {
        Clip { start: clip.start, samples: [&vec![0; by], clip.samples.as_slice()].concat() }
    }

    #[test]
    fn a_steady_tone_is_in_step() {
        let tone = |first: f64| {
            let sample = |at: u32| ((f64::from(at) + first) * 440.0 / 4000.0 * std::f64::consts::TAU).sin() * 8000.0;
            #[expect(clippy::cast_possible_truncation, reason = "at most 8000")]
            let samples = (0..16_000).map(|at| sample(at) as i16).collect();
            Clip { start: 0, samples }
        };
        for first in [0.0, 0.4, 2.2, 4.5] {
            assert_eq!(late(&tone(0.0), &tone(first)), Some(0));
        }
    }

    #[test]
    fn sound_is_found_where_it_is() {
        let theirs = noise(0, 16_000, 100);
        assert_eq!(late(&theirs, &theirs), Some(0));
        assert_eq!(late(&theirs, &moved(&theirs, 80)), Some(80));
        assert_eq!(late(&moved(&theirs, 80), &theirs), Some(-80));
        let (tail, longer) = (noise(100_000, 16_000, 100), noise(96_000, 20_000, 90));
        assert_eq!(late(&tail, &longer), Some(0), "where both begin does not matter");
        assert_eq!(late(&tail, &noise(100_000, 16_000, 0)), None, "silence");
        assert_eq!(late(&tail, &Clip { start: 100_000, ..theirs }), None, "other sound");
        assert_eq!(late(&noise(0, 9_000, 100), &noise(0, 9_000, 100)), None, "too short");
    }
}
