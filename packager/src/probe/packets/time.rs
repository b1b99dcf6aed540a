//! Ticks of tracks, and microseconds.

use super::rate::Ratio;

/// A track's tick in seconds.
pub(in crate::probe) fn time_base(text: Option<&str>) -> Ratio {
    let parsed = text.and_then(|text| text.split_once('/'));
    let parsed = parsed.and_then(|(num, den)| num.parse::<u32>().ok().zip(den.parse::<u32>().ok()));
    let (num, den) = parsed.filter(|(num, den)| *num > 0 && *den > 0).unwrap_or((1, 1_000_000));
    Ratio { num: num.into(), den: den.into() }
}

/// Ticks as microseconds, to the nearest.
pub(in crate::probe) fn microseconds(ticks: i64, base: Ratio) -> i64 {
    let scaled = i128::from(ticks) * i128::from(base.num) * 1_000_000;
    let den = i128::from(base.den).max(1);
    let nearest = (scaled + den / 2).div_euclid(den);
    i64::try_from(nearest).unwrap_or(if nearest < 0 { i64::MIN / 4 } else { i64::MAX / 4 })
}

/// Microseconds as ticks, to the nearest.
pub(in crate::probe) fn ticks(microseconds: i64, base: Ratio) -> i64 {
    let den = (i128::from(base.num) * 1_000_000).max(1);
    let nearest = (i128::from(microseconds) * i128::from(base.den) + den / 2).div_euclid(den);
    i64::try_from(nearest).unwrap_or(if nearest < 0 { i64::MIN / 4 } else { i64::MAX / 4 })
}
