//! Detects renditions that show their pictures some frames earlier or later than the best one.

use std::collections::VecDeque;

use super::picture::{HEIGHT, Luma, WIDTH, distance};

/// Frames by which a shift is looked for, in both directions.
pub(super) const REACH: usize = 8;
/// Votes that decide together.
const VOTES: usize = 24;
/// Five in six of them must agree.
const AGREE: usize = VOTES * 5 / 6;
/// Votes that decide at the end of a short title.
const FEW: usize = 6;
/// Distance that is no more than encoders' noise: half a level a cell.
const NOISE: u32 = WIDTH * HEIGHT / 2;

/// A rendition against the best one.
#[derive(Debug, Default)]
pub(super) struct Shift {
    votes: VecDeque<(i64, i32)>,
    found: i32,
}

/// From when on a rendition is how many frames late; 0 is on time again, below it is early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Late {
    /// Nanoseconds.
    pub(super) from: i64,
    pub(super) frames: i32,
}

impl Shift {
    /// Sees the picture shown at `at`; `near` are the best rendition's pictures around that time, of which the one at
    /// `now` is shown then.
    pub(super) fn see(&mut self, at: i64, luma: &Luma, near: &[&Luma], now: usize) -> Option<Late> {
        let vote = vote(luma, near, now)?;
        self.votes.push_back((at, vote));
        if self.votes.len() > VOTES {
            self.votes.pop_front();
        }
        self.decide(if self.votes.len() == VOTES { AGREE } else { usize::MAX })
    }

    /// At the end, what few votes there are decide.
    pub(super) fn finish(&mut self) -> Option<Late> {
        let all = self.votes.len();
        self.decide(if all >= FEW { all * AGREE / VOTES } else { usize::MAX })
    }

    fn decide(&mut self, needed: usize) -> Option<Late> {
        let (_, frames) = *self.votes.back()?;
        let mut agreeing = self.votes.iter().filter(|(_, vote)| *vote == frames);
        let (from, _) = *agreeing.next()?;
        if frames == self.found || agreeing.count() + 1 < needed {
            return None;
        }
        self.found = frames;
        Some(Late { from, frames })
    }
}

/// By how many frames `luma` is late; `None` where nothing moves, or it can't be told. Being on time needs the least
/// proof, and a small shift less than a large one.
fn vote(luma: &Luma, near: &[&Luma], now: usize) -> Option<i32> {
    let on_time = distance(luma, near.get(now)?);
    let others = near.iter().enumerate().filter(|(index, _)| *index != now);
    let mut others: Vec<(usize, u32)> = others.map(|(index, other)| (index, distance(luma, other))).collect();
    others.sort_by_key(|(index, _)| index.abs_diff(now));
    let best = others.iter().map(|(_, distance)| *distance).min()?;
    let (index, _) = others.iter().find(|(_, distance)| *distance <= best + best / 4 + NOISE)?;
    let clearly = |small: u32, large: u32| small.saturating_mul(2).saturating_add(NOISE) < large;
    if clearly(best, on_time) {
        return Some(i32::try_from(now).ok()? - i32::try_from(*index).ok()?);
    }
    // The pictures beside it are told from it: something moves.
    let beside = others.iter().filter(|(index, _)| index.abs_diff(now) == 1);
    beside.map(|(_, distance)| *distance).min().filter(|beside| clearly(on_time, *beside)).map(|_| 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = super::WIDTH as usize;

    /// A bright bar that moves by a cell each `slow` frames over a slope, with noise of up to `noise` levels.
    fn frame(number: i64, slow: i64, noise: u64) -> Box<Luma> {
        let bar = usize::try_from(number.max(0) / slow).unwrap() % WIDTH;
        let mut state = 88_172_645_463_325_252u64 ^ number.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Box::new(std::array::from_fn(|at| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let level = if (at % WIDTH).abs_diff(bar) < 3 { 200 } else { 40 + at / WIDTH };
            u8::try_from(level as u64 + state % (noise + 1)).unwrap()
        }))
    }

    /// Shifts found when a rendition of `frames` frames is `late(n)` frames late at frame `n`.
    fn found(frames: i64, slow: i64, noise: u64, late: impl Fn(i64) -> i64) -> Vec<(i64, i32)> {
        let mut shift = Shift::default();
        let mut all = Vec::new();
        for number in 0..frames {
            let near: Vec<_> = (number - 8..=number + 8).filter(|n| (0..frames).contains(n)).collect();
            let now = near.iter().position(|n| *n == number).unwrap();
            let near: Vec<_> = near.iter().map(|n| frame(*n, slow, 0)).collect();
            let near: Vec<&Luma> = near.iter().map(|luma| &**luma).collect();
            all.extend(shift.see(number, &frame(number - late(number), slow, noise), &near, now));
        }
        all.extend(shift.finish());
        all.iter().map(|late| (late.from, late.frames)).collect()
    }

    #[test]
    fn a_shift_is_found_with_its_size_and_its_start() {
        assert_eq!(found(60, 1, 0, |_| 0), []);
        assert_eq!(found(60, 1, 4, |_| 0), [], "noise is no shift");
        assert_eq!(found(60, 1, 4, |_| 1), [(1, 1)]);
        assert_eq!(found(60, 1, 4, |_| -3), [(0, -3)]);
        assert_eq!(found(10, 1, 0, |_| 1), [(1, 1)], "a short title");
        assert_eq!(found(160, 1, 4, |n| i64::from((50..100).contains(&n))), [(50, 1), (100, 0)]);
    }

    #[test]
    fn what_stands_still_tells_nothing() {
        assert_eq!(found(60, 1000, 4, |_| 1), []);
        assert_eq!(found(60, 30, 4, |_| 1), [], "one step in a second is no proof");
        assert_eq!(found(200, 2, 2, |_| 1), [(2, 1)], "frames that are shown twice tell at each second one");
    }
}
