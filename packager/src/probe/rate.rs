//! From the times of frames to the rate of the grid. Fractions throughout: no floating point decides a boundary.

use std::collections::BTreeMap;

use media::time::FrameRate;

/// The usual rates and their halves, lowest first.
const USUAL: [(u32, u32); 14] = [
    (12_000, 1001),
    (12, 1),
    (25, 2),
    (15_000, 1001),
    (15, 1),
    (20, 1),
    (24_000, 1001),
    (24, 1),
    (25, 1),
    (30_000, 1001),
    (30, 1),
    (50, 1),
    (60_000, 1001),
    (60, 1),
];

/// Rates below the usual ones that a variable rate may be set to.
const SLOW: [(u32, u32); 6] = [(1, 1), (2, 1), (3, 1), (5, 1), (8, 1), (10, 1)];

/// Distinct intervals that are told apart; more than any constant or slightly disturbed rate has.
const DISTINCT: usize = 4096;

/// The largest rate of a rendition (Apple's authoring specification 1.19).
const MOST: u64 = 60;

/// A positive fraction that need not be reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ratio {
    pub(super) num: u64,
    pub(super) den: u64,
}

/// How often each interval between frames occurs, in ticks.
#[derive(Debug, Default)]
pub(super) struct Intervals {
    counts: BTreeMap<i64, u64>,
    total: u64,
}

impl Intervals {
    pub(super) fn add(&mut self, ticks: i64) {
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
    fn usual(&self) -> Option<i64> {
        let median = self.median_below(i64::MAX)?;
        let clearly_faster = median - median / 5;
        let faster = self.counts.range(..clearly_faster).map(|(_, count)| count).sum::<u64>();
        if faster.saturating_mul(FASTER_PART) >= self.total { self.median_below(clearly_faster) } else { Some(median) }
    }

    /// The mean of the intervals around the usual one, as `(sum, count)`: coarse time bases round 33.37 ms to 33 and 34,
    /// and only their mean tells 29.97 from 30 frames a second.
    fn typical(&self) -> Option<(u64, u64)> {
        let median = self.usual()?;
        let around = (median - median / 10 - 1)..=(median + median / 10 + 1);
        let (mut sum, mut count) = (0i64, 0u64);
        for (ticks, times) in self.counts.range(around) {
            sum = sum.saturating_add(ticks.saturating_mul(i64::try_from(*times).unwrap_or(i64::MAX)));
            count += times;
        }
        u64::try_from(sum).ok().filter(|sum| *sum > 0).map(|sum| (sum, count))
    }

    /// How much the intervals differ.
    fn pace(&self) -> Pace {
        let Some(((first, _), (last, _))) = self.counts.first_key_value().zip(self.counts.last_key_value()) else {
            return Pace::Constant;
        };
        if last.saturating_sub(*first) <= 2 {
            Pace::Constant
        } else if *last <= first.saturating_add(first / 10 * 6).saturating_add(1) {
            Pace::Steady
        } else {
            Pace::Variable
        }
    }
}

/// How evenly frames come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Intervals differ by no more than what rounding to ticks does.
    Constant,
    /// The longest interval is at most 1.6 times the shortest: no frame is missing. A phone's clock jitters, and film whose
    /// fields are to be repeated by the player lasts two fields and three in turn.
    Steady,
    /// Frames are missing, or their rate changes.
    Variable,
}

/// Where one frame of so many comes clearly faster than the median says, the rate is that of the faster ones.
const FASTER_PART: u64 = 7;

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measured {
    pub(super) rate: FrameRate,
    /// Frames a second before it was brought to at most 60.
    pub(super) own: Ratio,
    pub(super) variable: bool,
}

/// The rate of frames whose first and last are `span` ticks apart, with `intervals` between them; a tick is
/// `base.num / base.den` seconds. `None` when there is no interval to measure.
pub(super) fn measure(intervals: &Intervals, span: i64, base: Ratio) -> Option<Measured> {
    let (ticks, count) = intervals.typical()?;
    let pace = intervals.pace();
    let whole = pace != Pace::Variable;
    let (ticks, count) = if whole { (u64::try_from(span).ok()?, intervals.total) } else { (ticks, count) };
    let own = Ratio { num: count.checked_mul(base.den)?, den: ticks.checked_mul(base.num)? };
    let tolerance = Tolerance::of(ticks);
    let rate = match pace {
        Pace::Constant => constant_rate(own, tolerance),
        Pace::Steady => steady_rate(own, tolerance),
        Pace::Variable => variable_rate(own, tolerance),
    };
    Some(Measured { rate, own, variable: pace != Pace::Constant })
}

/// The rate that the container declares, for a track of a single frame.
pub(super) fn declared(text: Option<&str>) -> Option<FrameRate> {
    let declared: FrameRate = text?.parse().ok()?;
    let own = Ratio { num: declared.num().into(), den: declared.den().into() };
    Some(constant_rate(own, Tolerance::of(u64::MAX)))
}

/// How far a measured rate may be from a true one: `parts` in a million.
#[derive(Debug, Clone, Copy)]
struct Tolerance {
    parts: u64,
}

impl Tolerance {
    /// Both ends are rounded to a tick. At least 50 in a million, as clocks are off by that; below 500, as 24 and
    /// 24000/1001 are 1000 apart.
    fn of(ticks: u64) -> Self {
        Self { parts: (2_000_000 / ticks.max(1)).clamp(50, 499) }
    }

    /// Where intervals vary, their mean is less exact than its ticks.
    fn of_means(self) -> Self {
        Self { parts: self.parts.max(300) }
    }

    fn holds(self, rate: Ratio, (num, den): (u32, u32)) -> bool {
        let (a, b) = cross(rate, (num, den));
        a.abs_diff(b) * 1_000_000 <= b * u128::from(self.parts)
    }
}

/// `rate` and a fraction over their common denominator.
fn cross(rate: Ratio, (num, den): (u32, u32)) -> (u128, u128) {
    (u128::from(rate.num) * u128::from(den), u128::from(num) * u128::from(rate.den))
}

fn constant_rate(own: Ratio, tolerance: Tolerance) -> FrameRate {
    if let Some(rate) = usual(own, tolerance) {
        return rate;
    }
    let kept = divided(own, tolerance);
    usual(kept, tolerance)
        .or_else(|| simplest(kept, tolerance).filter(|rate| rate.num() < 240_000))
        .unwrap_or_else(|| not_above(kept, tolerance))
}

/// Every k-th frame, for the least k that gives a rate that may be published. What was measured as 120.01 is divided as
/// 120 is.
fn divided(own: Ratio, tolerance: Tolerance) -> Ratio {
    let most = u128::from(own.den) * u128::from(MOST) * u128::from(1_000_000 + tolerance.parts);
    let parts = (u128::from(own.num) * 1_000_000).div_ceil(most.max(1)).max(1);
    let parts = u64::try_from(parts).unwrap_or(u64::MAX);
    Ratio { num: own.num, den: own.den.saturating_mul(parts) }
}

/// No frame is missing, so that none is to be lost: a usual rate, or the nearest whole one.
fn steady_rate(own: Ratio, tolerance: Tolerance) -> FrameRate {
    let tolerance = tolerance.of_means();
    let kept = divided(own, tolerance);
    let whole = || kept.num.saturating_add(kept.den / 2) / kept.den.max(1);
    usual(kept, tolerance)
        .or_else(|| just_above(kept))
        .or_else(|| FrameRate::new(u32::try_from(whole()).ok()?, 1))
        .unwrap_or_else(|| not_above(kept, tolerance))
}

fn variable_rate(own: Ratio, tolerance: Tolerance) -> FrameRate {
    let tolerance = tolerance.of_means();
    usual(own, tolerance).or_else(|| just_above(own)).unwrap_or_else(|| not_above(own, tolerance))
}

/// The lowest usual rate that is above this one by at most a fiftieth: what a camera calls 30 comes as 29.84, or as 29.9,
/// and the next rate below would lose a frame in six.
fn just_above(own: Ratio) -> Option<FrameRate> {
    let near = |rate: &(u32, u32)| {
        let (measured, usual) = cross(own, *rate);
        measured <= usual && (usual - measured) * 50 <= usual
    };
    USUAL.into_iter().find(near).and_then(|(num, den)| FrameRate::new(num, den))
}

/// The nearest usual rate, when it is within the tolerance.
fn usual(own: Ratio, tolerance: Tolerance) -> Option<FrameRate> {
    let near = USUAL.into_iter().filter(|rate| tolerance.holds(own, *rate));
    let nearest = near.min_by_key(|rate| {
        let (a, b) = cross(own, *rate);
        // Over a common denominator of all usual rates, so that the differences compare.
        a.abs_diff(b) * 1001 / u128::from(rate.1)
    });
    nearest.and_then(|(num, den)| FrameRate::new(num, den))
}

/// The highest usual or slow rate that is not above this one.
fn not_above(own: Ratio, tolerance: Tolerance) -> FrameRate {
    let below = |rate: &(u32, u32)| {
        let (a, b) = cross(own, *rate);
        a >= b || tolerance.holds(own, *rate)
    };
    let found = SLOW.into_iter().chain(USUAL).rev().find(below);
    // Slower than a frame a second: players want at least that, and frames are shown several times.
    found.and_then(|(num, den)| FrameRate::new(num, den)).unwrap_or(ONE)
}

const ONE: FrameRate = whole(1);

/// For a single frame of unknown length.
pub(super) const FALLBACK: FrameRate = whole(25);

const fn whole(rate: u32) -> FrameRate {
    match FrameRate::new(rate, 1) {
        Some(rate) => rate,
        None => unreachable!(),
    }
}

/// The fraction with the smallest terms within the tolerance: a walk down the Stern-Brocot tree, in strides.
fn simplest(own: Ratio, tolerance: Tolerance) -> Option<FrameRate> {
    let million = 1_000_000u128;
    let den = u128::from(own.den) * million;
    let low = (u128::from(own.num) * (million - u128::from(tolerance.parts)), den);
    let high = (u128::from(own.num) * (million + u128::from(tolerance.parts)), den);
    let (num, den) = between(low, high)?;
    FrameRate::new(u32::try_from(num).ok()?, u32::try_from(den).ok()?)
}

/// The simplest fraction in a closed interval of positive fractions, by continued fractions.
fn between(low: (u128, u128), high: (u128, u128)) -> Option<(u128, u128)> {
    let whole = low.0.checked_div(low.1)?;
    if low.0.is_multiple_of(low.1) {
        return Some((whole, 1));
    }
    if high.0 / high.1 > whole {
        return Some((whole + 1, 1));
    }
    let (num, den) = between((high.1, high.0 % high.1), (low.1, low.0 % low.1))?;
    Some((whole.checked_mul(num)?.checked_add(den)?, num))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Measures frames at these times.
    fn at(ticks: &[i64], base: (u64, u64)) -> Option<Measured> {
        let mut intervals = Intervals::default();
        ticks.windows(2).for_each(|pair| intervals.add(pair[1] - pair[0]));
        let span = ticks.last()? - ticks.first()?;
        measure(&intervals, span, Ratio { num: base.0, den: base.1 })
    }

    /// Times of `count` frames at a rate, rounded to ticks of `1 / base` seconds.
    fn frames(rate: (i64, i64), count: i64, base: i64) -> Vec<i64> {
        (0..count).map(|n| (n * rate.1 * base + rate.0 / 2) / rate.0).collect()
    }

    #[test]
    fn constant_rates_survive_coarse_clocks() {
        let table = [
            ((24_000, 1001), "24000/1001"),
            ((24, 1), "24"),
            ((25, 1), "25"),
            ((30_000, 1001), "30000/1001"),
            ((30, 1), "30"),
            ((50, 1), "50"),
            ((60_000, 1001), "60000/1001"),
            ((60, 1), "60"),
            ((25, 2), "25/2"),
            ((15, 1), "15"),
            ((10, 1), "10"),
            ((15_000, 1001), "15000/1001"),
            ((120, 1), "60"),
            ((120_000, 1001), "60000/1001"),
            ((240, 1), "60"),
            ((144, 1), "48"),
            ((100, 1), "50"),
            ((90, 1), "45"),
            ((1, 5), "1"),
        ];
        for (rate, expected) in table {
            for base in [1000, 90_000, 1_000_000_000] {
                let measured = at(&frames(rate, 20 * rate.0 / rate.1 + 20, base), (1, base.unsigned_abs())).unwrap();
                let seen = (measured.rate.to_string(), measured.variable);
                assert_eq!(seen, (expected.to_owned(), false), "{rate:?} on 1/{base}");
            }
        }
    }

    #[test]
    fn variable_rates_become_the_usual_one_that_they_are_near_or_the_next_below() {
        let table = [
            // Every seventh frame is missing; the others tell the rate, on any clock.
            ((30, 1), 7, "30"),
            ((30_000, 1001), 7, "30000/1001"),
            ((60, 1), 5, "60"),
            ((28, 1), 7, "25"),
            ((14, 1), 7, "25/2"),
            ((144, 1), 7, "60"),
        ];
        for (rate, missing, expected) in table {
            for base in [1000, 90_000] {
                let mut times = frames(rate, 2000, base);
                let mut at_frame = 0;
                times.retain(|_| {
                    at_frame += 1;
                    at_frame % missing != 0
                });
                let measured = at(&times, (1, base.unsigned_abs())).unwrap();
                assert_eq!(
                    (measured.rate.to_string().as_str(), measured.variable),
                    (expected, true),
                    "{rate:?} on 1/{base}"
                );
            }
        }
    }

    /// Times whose intervals go through `steps`, over and over.
    fn repeated(steps: &[i64], count: usize) -> Vec<i64> {
        let mut times = vec![0];
        for step in steps.iter().cycle().take(count) {
            times.push(times.last().unwrap() + step);
        }
        times
    }

    #[test]
    fn rates_that_jitter_and_pulldown_keep_every_frame() {
        let table: [(&[i64], u64, &str); 10] = [
            // Phones: 29.84, 29.95, 59.76 and 24.92 frames a second, with jitter.
            (&[2900, 3016, 3132], 90_000, "30000/1001"),
            (&[2905, 3005, 3105], 90_000, "30000/1001"),
            (&[1431, 1506, 1581], 90_000, "60000/1001"),
            (&[3511, 3611, 3711], 90_000, "25"),
            (&[33, 34, 30, 37, 33], 1000, "30000/1001"),
            // Film with fields to repeat: two fields and three in turn, on a clock of milliseconds and on an exact one.
            (&[33, 50, 33, 51], 1000, "24000/1001"),
            (&[3003, 4505, 3003, 4504], 90_000, "24000/1001"),
            // A camera in the dark half of the time.
            (&[3000, 3000, 3000, 6000, 6000, 6000, 6000], 90_000, "30"),
            // True lower rates, with jitter.
            (&[5000, 4800, 5200], 90_000, "18"),
            (&[8900, 9000, 9100], 90_000, "10"),
        ];
        for (steps, base, expected) in table {
            let measured = at(&repeated(steps, 1000), (1, base)).unwrap();
            assert_eq!((measured.rate.to_string().as_str(), measured.variable), (expected, true), "{steps:?}");
        }
    }

    #[test]
    fn a_single_frame_has_the_declared_rate_or_none() {
        assert_eq!(at(&[7], (1, 1000)), None);
        assert_eq!(declared(Some("30000/1001")).unwrap().to_string(), "30000/1001");
        assert_eq!(declared(Some("120/1")).unwrap().to_string(), "60");
        assert_eq!(declared(Some("0/0")), None);
        assert_eq!(declared(None), None);
    }

    proptest! {
        #[test]
        fn no_times_give_a_rate_that_may_not_be_published(
            steps in proptest::collection::vec(1i64..=i64::MAX / 128, 1..60),
            base in (1u64..=u32::MAX.into(), 1u64..=u32::MAX.into()),
        ) {
            let times: Vec<i64> = steps.iter().scan(0, |at, step| { *at += step; Some(*at) }).collect();
            if let Some(measured) = at(&times, base) {
                prop_assert!(measured.rate.num() <= 60 * measured.rate.den());
            }
        }
    }
}
