//! Sound beside sound: where one is silent and the other is not, and by how much it is late.

use std::collections::VecDeque;

use crate::decode::kind::RATE;
use crate::decode::sync::{self, Clip, KEPT};
use crate::syntax::decimal::SECOND;

/// Samples of a window: 50 ms.
const WINDOW: i64 = RATE as i64 / 20;
/// Root mean square of what is heard for sure: −40 dB.
const LOUD: u16 = 330;
/// The same of what is silent for sure: −62 dB.
const SILENT: u16 = 26;
/// Windows on each side in which a sound may be, that is in this one elsewhere.
const AROUND: i64 = 2;
/// The same where the source is laid end to end: each join may add or take a little.
const AROUND_JOINS: i64 = 8;
/// Windows in a row that make a finding: one may be an edge.
const RUN: usize = 2;
/// Windows at the start and end of a title that are not judged.
const EDGE: i64 = 4;
const SECOND_I: i64 = SECOND as i64;

/// A track's loudness, and its start and end in full.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loudness {
    /// Root mean square of each window.
    windows: Vec<u16>,
    squares: i64,
    held: i64,
    samples: i64,
    head: Vec<i16>,
    tail: VecDeque<i16>,
}

/// A track, and when it begins on its own clock, nanoseconds; `None` where nothing came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    pub(crate) first: Option<i64>,
    pub(crate) loudness: Loudness,
}

/// Sound on the title's timeline.
#[derive(Debug, Clone)]
pub(crate) struct Placed<'a> {
    loudness: &'a Loudness,
    /// Samples from the title's start to its first.
    start: i64,
}

/// A stretch of time, nanoseconds.
pub(crate) type Stretch = (i64, i64);

impl Loudness {
    pub(crate) fn hear(&mut self, samples: impl Iterator<Item = i16>) {
        for sample in samples {
            if self.head.len() < KEPT {
                self.head.push(sample);
            }
            self.tail.push_back(sample);
            if self.tail.len() > KEPT {
                self.tail.pop_front();
            }
            self.squares += i64::from(sample).pow(2);
            self.samples += 1;
            self.held += 1;
            if self.held == WINDOW {
                let mean = u64::try_from(self.squares / WINDOW).unwrap_or(0);
                self.windows.push(u16::try_from(mean.isqrt()).unwrap_or(u16::MAX));
                (self.squares, self.held) = (0, 0);
            }
        }
    }

    /// True if anything is heard.
    pub(crate) fn is_loud(&self) -> bool {
        self.windows.iter().any(|&window| window >= LOUD)
    }
}

/// Sizes of mixes whose channels may be tracks of their own: stereo, 5.0, 5.1 and 7.1.
const MIXES: [usize; 4] = [2, 5, 6, 8];

/// Mixes of tracks of one channel that follow each other and begin together. The flag is true for a track of one
/// channel.
pub(super) fn mixes(tracks: &[(bool, &Heard)]) -> Vec<Heard> {
    let together = |size: usize| {
        tracks.windows(size).filter_map(|members| {
            let first = members.first()?.1.first;
            let all = members.iter().all(|(mono, heard)| *mono && heard.first == first);
            all.then(|| Heard { first, loudness: Loudness::together(members.iter().map(|(_, heard)| &heard.loudness)) })
        })
    };
    MIXES.into_iter().flat_map(together).collect()
}

impl Loudness {
    /// The loudest of several tracks at each time; their starts and ends are mixed.
    fn together<'a>(members: impl Iterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        for own in members {
            let (samples, windows) = (all.samples.max(own.samples), all.windows.len().max(own.windows.len()));
            all.windows.resize(windows, 0);
            all.windows.iter_mut().zip(&own.windows).for_each(|(all, own)| *all = (*all).max(*own));
            all.head.resize(all.head.len().max(own.head.len()), 0);
            all.head.iter_mut().zip(&own.head).for_each(|(all, own)| *all = all.saturating_add(*own / 2));
            if own.samples != all.samples {
                // Another end: the longer one's counts.
                all.tail = if own.samples > all.samples { own.tail.clone() } else { all.tail };
            } else {
                all.tail.iter_mut().zip(&own.tail).for_each(|(all, own)| *all = all.saturating_add(*own / 2));
            }
            all.samples = samples;
        }
        all
    }
}

impl<'a> Placed<'a> {
    /// `heard`, whose time `zero` is the title's start; `None` where nothing came.
    pub(crate) fn new(heard: &'a Heard, zero: i64) -> Option<Self> {
        let since = i128::from(heard.first?.saturating_sub(zero)) * i128::from(RATE) * 2 / i128::from(SECOND_I);
        Some(Self { loudness: &heard.loudness, start: i64::try_from((since + 1).div_euclid(2)).ok()? })
    }

    fn end(&self) -> i64 {
        self.start + self.loudness.samples
    }

    /// The loudness of the windows that lie at the samples `from` to `to`: least and most; `None` where there are none.
    fn around(&self, from: i64, to: i64) -> Option<(u16, u16)> {
        let index = |at: i64| usize::try_from((at - self.start).div_euclid(WINDOW).max(0)).unwrap_or(usize::MAX);
        if to <= self.start {
            return None;
        }
        let windows = self.loudness.windows.get(index(from)..)?;
        let windows = windows.get(..=index(to - 1).saturating_sub(index(from))).unwrap_or(windows);
        Some((windows.iter().min().copied()?, windows.iter().max().copied()?))
    }

    fn clips(&self) -> (Clip, Clip) {
        let tail: Vec<i16> = self.loudness.tail.iter().copied().collect();
        let start = self.end() - i64::try_from(tail.len()).unwrap_or(0);
        (Clip { start: self.start, samples: self.loudness.head.clone() }, Clip { start, samples: tail })
    }

    /// Where this is loud, and `other` silent at about that time, between the samples 0 and `length`.
    fn lost(&self, other: &Self, length: i64, around: i64) -> Vec<Stretch> {
        let mut lost: Vec<Stretch> = Vec::new();
        let (mut run, mut began) = (0, 0);
        let last = length / WINDOW - EDGE;
        for window in EDGE..=last.max(EDGE) {
            let at = window * WINDOW;
            let loud = window < last && self.around(at, at + WINDOW).is_some_and(|(least, _)| least >= LOUD);
            let (from, to) = (at - around * WINDOW, at + (around + 1) * WINDOW);
            if loud && other.around(from, to).is_none_or(|(_, most)| most <= SILENT) {
                began = if run == 0 { at } else { began };
                run += 1;
                continue;
            }
            if run >= RUN {
                lost.push((time(began), time(at)));
            }
            run = 0;
        }
        lost
    }

    fn loud_time(&self) -> i64 {
        let loud = self.loudness.windows.iter().filter(|&&window| window >= LOUD).count();
        time(i64::try_from(loud).unwrap_or(0) * WINDOW)
    }
}

/// Comparison of a rendition with a track of the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// Where the source is heard and it is silent.
    pub(crate) silent: Vec<Stretch>,
    /// Where it is heard and the source is silent.
    pub(crate) strange: Vec<Stretch>,
    /// It holds at least four fifths of what is heard of the source.
    pub(crate) holds: bool,
}

impl Compared {
    /// Of `own` beside `theirs`, in a title of `length` nanoseconds, whose source is of one stretch where it is `steady`.
    pub(crate) fn of(theirs: &Placed<'_>, own: &Placed<'_>, length: i64, steady: bool) -> Self {
        let samples = i64::try_from(i128::from(length) * i128::from(RATE) / i128::from(SECOND_I)).unwrap_or(0);
        let around = if steady { AROUND } else { AROUND_JOINS };
        let (silent, strange) = (theirs.lost(own, samples, around), own.lost(theirs, samples, around));
        let holds = sum(&silent) * 5 <= theirs.loud_time();
        Self { silent, strange, holds }
    }

    /// Total length of the differences: the track with the least was packaged, if it sounds like it.
    pub(crate) fn distance(&self) -> i64 {
        sum(&self.silent) + sum(&self.strange)
    }
}

/// By how much `own` is later than `theirs` at its start and at its end, nanoseconds; `None` where that can't be told.
pub(crate) fn late(theirs: &Placed<'_>, own: &Placed<'_>) -> [Option<i64>; 2] {
    let (theirs, own) = (theirs.clips(), own.clips());
    [sync::late(&theirs.0, &own.0), sync::late(&theirs.1, &own.1)].map(|late| late.map(time))
}

fn sum(stretches: &[Stretch]) -> i64 {
    stretches.iter().map(|(from, to)| to - from).sum()
}

fn time(samples: i64) -> i64 {
    samples * (SECOND_I / i64::from(RATE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise of 0.2 s at each of `at` milliseconds, in `length` of silence.
    fn beeps(at: &[i64], length: i64) -> Heard {
        let sample = |n: i64| {
            let ms = n * 1000 / i64::from(RATE);
            let noise = (n.unsigned_abs() + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 51;
            let loud = at.iter().any(|&at| (at..at + 200).contains(&ms));
            if loud { i16::try_from(noise).unwrap() - 4096 } else { 0 }
        };
        let mut loudness = Loudness::default();
        loudness.hear((0..length * i64::from(RATE) / 1000).map(sample));
        Heard { first: Some(0), loudness }
    }

    fn compared(theirs: &Heard, own: &Heard) -> (Compared, [Option<i64>; 2]) {
        let (theirs, own) = (Placed::new(theirs, 0).unwrap(), Placed::new(own, 0).unwrap());
        (Compared::of(&theirs, &own, 8 * SECOND_I, true), late(&theirs, &own))
    }

    #[test]
    fn what_is_lost_or_strange_is_told_with_its_time() {
        let good = beeps(&[1000, 3000, 5000, 7000], 8000);
        let (same, late) = compared(&good, &good);
        assert_eq!((&same.silent[..], &same.strange[..], late, same.holds), (&[][..], &[][..], [Some(0); 2], true));
        let (fewer, _) = compared(&good, &beeps(&[1000, 3000, 7000], 8000));
        assert_eq!((fewer.silent, fewer.strange), (vec![(5 * SECOND_I, 5 * SECOND_I + SECOND_I / 5)], vec![]));
        let (none, late) = compared(&good, &beeps(&[], 8000));
        assert_eq!((none.silent.len(), none.holds, late), (4, false, [None, None]));
        let (elsewhere, _) = compared(&good, &beeps(&[1500, 3500, 5500, 7500], 8000));
        assert_eq!((elsewhere.silent.len(), elsewhere.strange.len()), (4, 4));
        assert!(same.distance() < elsewhere.distance());
        assert!(!beeps(&[], 1000).loudness.is_loud() && good.loudness.is_loud());
    }

    #[test]
    fn tracks_of_one_channel_are_heard_together() {
        let (left, right) = (beeps(&[1000, 5000], 8000), beeps(&[3000, 7000], 8000));
        let both = beeps(&[1000, 3000, 5000, 7000], 8000);
        assert!(!compared(&left, &both).0.strange.is_empty());
        let mixed = mixes(&[(true, &left), (true, &right), (false, &left)]);
        assert_eq!(mixed.len(), 1);
        assert_eq!(compared(&mixed[0], &both), compared(&both, &both));
    }

    #[test]
    fn sound_that_is_late_is_told_by_how_much() {
        let mut moved = beeps(&[1000, 3000, 5000, 7000], 8000);
        moved.first = Some(45_000_000);
        let (compared, late) = compared(&beeps(&[1000, 3000, 5000, 7000], 8000), &moved);
        assert_eq!(late, [Some(45_000_000); 2]);
        assert!(compared.silent.is_empty(), "told as late, not as lost");
    }
}
