//! Fractions, and how exact a measured one is.

use media::time::FrameRate;

/// A positive fraction that need not be reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::probe) struct Ratio {
    pub num: u64,
    pub den: u64,
}

/// The tolerance of a measured rate against a true one: `parts` in a million.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tolerance {
    pub(super) parts: u64,
}

impl Tolerance {
    /// Both ends are rounded to a tick. At least 50 in a million, as clocks are off by that; below 500, as 24 and
    /// 24000/1001 are 1000 apart.
    pub(super) fn of(ticks: u64) -> Self {
        Self { parts: (2_000_000 / ticks.max(1)).clamp(50, 499) }
    }

    /// Where intervals vary, their mean is less exact than its ticks.
    pub(super) fn of_means(self) -> Self {
        Self { parts: self.parts.max(300) }
    }

    pub(super) fn holds(self, rate: Ratio, (num, den): (u32, u32)) -> bool {
        let (a, b) = cross(rate, (num, den));
        a.abs_diff(b) * 1_000_000 <= b * u128::from(self.parts)
    }
}

/// `rate` and a fraction over their common denominator.
pub(super) fn cross(rate: Ratio, (num, den): (u32, u32)) -> (u128, u128) {
    (u128::from(rate.num) * u128::from(den), u128::from(num) * u128::from(rate.den))
}

/// The fraction with the smallest terms within the tolerance: a walk down the Stern-Brocot tree, in strides.
pub(super) fn simplest(own: Ratio, tolerance: Tolerance) -> Option<FrameRate> {
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
