//! From the times of frames to the rate of the grid. Fractions throughout: no floating point decides a boundary.

mod fraction;
mod intervals;
#[cfg(test)]
mod tests;

use media::time::FrameRate;

pub(in crate::probe) use fraction::Ratio;
use fraction::{Tolerance, cross, simplest};
pub(in crate::probe) use intervals::Intervals;
use intervals::Pace;

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

/// The largest rate of a rendition (Apple's authoring specification 1.19).
const MOST: u64 = 60;

/// A measured frame rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::probe) struct Measured {
    pub rate: FrameRate,
    /// Frames a second before it was brought to at most 60.
    pub own: Ratio,
    pub variable: bool,
}

/// The rate of frames whose first and last are `span` ticks apart, with `intervals` between them; a tick is
/// `base.num / base.den` seconds. `None` when there is no interval to measure.
pub(in crate::probe) fn measure(intervals: &Intervals, span: i64, base: Ratio) -> Option<Measured> {
    let (ticks, count) = intervals.typical()?;
    let pace = intervals.pace();
    let whole = pace != Pace::Variable;
    let (ticks, count) = if whole { (u64::try_from(span).ok()?, intervals.total) } else { (ticks, count) };
    // Two frames last five fields: which of the two is the first and the last makes no difference then.
    let fields = intervals.fields().filter(|_| pace == Pace::Steady);
    let (scale, count) = fields.map_or((1, count), |fields| (5, fields.saturating_mul(2)));
    let den = ticks.checked_mul(base.num)?.checked_mul(scale)?;
    let own = Ratio { num: count.checked_mul(base.den)?, den };
    let tolerance = Tolerance::of(ticks);
    let rate = match pace {
        Pace::Constant => constant_rate(own, tolerance),
        Pace::Steady => steady_rate(own, tolerance),
        Pace::Variable => variable_rate(own, tolerance),
    };
    Some(Measured { rate, own, variable: pace != Pace::Constant })
}

/// The rate that the container declares, for a track of a single frame.
pub(in crate::probe) fn declared(text: Option<&str>) -> Option<FrameRate> {
    let declared: FrameRate = text?.parse().ok()?;
    let own = Ratio { num: declared.num().into(), den: declared.den().into() };
    Some(constant_rate(own, Tolerance::of(u64::MAX)))
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
pub(in crate::probe) const FALLBACK: FrameRate = whole(25);

const fn whole(rate: u32) -> FrameRate {
    match FrameRate::new(rate, 1) {
        Some(rate) => rate,
        None => unreachable!(),
    }
}
