//! The intervals between frames, and how evenly they come.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Distinct intervals that are told apart; more than any constant or slightly disturbed rate has.
const DISTINCT: usize = 4096;

/// Where one frame of so many comes clearly faster than the median says, the rate is that of the faster ones.
const FASTER_PART: u64 = 7;

/// A histogram of the intervals between frames, in ticks.
#[derive(Debug, Default)]
pub(in crate::probe) struct Intervals {
    counts: BTreeMap<i64, u64>,
    pub(super) total: u64,
}

impl Intervals {
    pub(in crate::probe) fn add(&mut self, ticks: i64) {
        if self.counts.len() < DISTINCT || self.counts.contains_key(&ticks) {
            *self.counts.entry(ticks).or_default() += 1;
            self.total += 1;
        }
    }

    /// The median of the intervals below `limit`.
    fn median_below(&self, limit: i64) -> Option<i64> {
        let mut left = self.counts.range(..limit).map(|(_, count)| count).sum::<u64>() / 2;
        for (ticks, count) in self.counts.range(..limit) {
            if left < *count {
                return Some(*ticks);
            }
            left -= count;
        }
        None
    }

    /// The median; where a good part of the frames come clearly faster than that, the median of those. A camera that
    /// falls from 30 to 15 frames a second in the dark has to be shown at 30.
    pub(in crate::probe) fn usual(&self) -> Option<i64> {
        let median = self.median_below(i64::MAX)?;
        let clearly_faster = median - median / 5;
        let faster = self.counts.range(..clearly_faster).map(|(_, count)| count).sum::<u64>();
        if faster.saturating_mul(FASTER_PART) >= self.total { self.median_below(clearly_faster) } else { Some(median) }
    }

    /// The mean of the intervals around the usual one, as `(sum, count)`: coarse time bases round 33.37 ms to 33 and 34,
    /// and only their mean tells 29.97 from 30 frames a second.
    pub(super) fn typical(&self) -> Option<(u64, u64)> {
        let median = self.usual()?;
        // Rounding may add or take a tick, but where a tick is a frame that would be a frame that is missing.
        let off = median / 10 + i64::from(median > 1);
        let around = (median - off)..=(median + off);
        let (mut sum, mut count) = (0i64, 0u64);
        for (ticks, times) in self.counts.range(around) {
            sum = sum.saturating_add(ticks.saturating_mul(i64::try_from(*times).unwrap_or(i64::MAX)));
            count += times;
        }
        u64::try_from(sum).ok().filter(|sum| *sum > 0).map(|sum| (sum, count))
    }

    /// The fields that all frames last together, where they last two and three in turn.
    pub(super) fn fields(&self) -> Option<u64> {
        let ((first, _), (last, _)) = self.counts.first_key_value().zip(self.counts.last_key_value())?;
        let sum = |ticks: RangeInclusive<i64>| self.counts.range(ticks).map(|(_, count)| count).sum::<u64>();
        let (two, three) = (sum(*first..=first + first / 8 + 1), sum(last - last / 8 - 1..=*last));
        let in_turn = two.abs_diff(three) * 10 <= self.total && two + three == self.total;
        (in_turn && last.saturating_mul(10) >= first.saturating_mul(14)).then_some(2 * two + 3 * three)
    }

    /// Classifies the spread of the intervals.
    pub(super) fn pace(&self) -> Pace {
        let Some(((first, _), (last, _))) = self.counts.first_key_value().zip(self.counts.last_key_value()) else {
            return Pace::Constant;
        };
        let differ = last.saturating_sub(*first);
        // Where a tick is a frame, one tick more is a frame that is missing.
        if differ <= 2 && differ.saturating_mul(2) <= *first {
            Pace::Constant
        } else if last.saturating_mul(10) <= first.saturating_mul(16) {
            Pace::Steady
        } else {
            Pace::Variable
        }
    }
}

/// The evenness of frame intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Intervals differ by no more than what rounding to ticks does.
    Constant,
    /// The longest interval is at most 1.6 times the shortest: no frame is missing. A phone's clock jitters, and film whose
    /// fields are to be repeated by the player lasts two fields and three in turn.
    Steady,
    /// Frames are missing, or their rate changes.
    Variable,
}
