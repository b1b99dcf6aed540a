//! How near the brightness of two pictures is, cell by cell.

use super::super::Picture;

/// Least squared correlation of brightness, thousandths, at which two pictures have the same structure.
pub(super) const SAME_STRUCTURE: i64 = 640;
/// Brightness and colour of a cell that encoders leave alone, of 255.
pub(super) const CELL_OFF: i32 = 52;
/// Mean square of what is flat: it has no structure to compare.
pub(super) const FLAT: i64 = 9;

/// The sum of the differences in brightness.
pub(super) fn distance(a: &Picture, b: &Picture) -> u32 {
    a.luma().iter().zip(b.luma()).map(|(a, b)| a.abs_diff(b)).sum()
}

/// Cells that differ by more than `by`.
pub(super) fn off(a: &[i32], b: &[i32], by: i32) -> usize {
    a.iter().zip(b).filter(|(a, b)| a.abs_diff(**b) > by.unsigned_abs()).count()
}

pub(super) fn mean(values: &[i32]) -> i32 {
    let sum: i64 = values.iter().map(|&v| i64::from(v)).sum();
    i32::try_from(sum / i64::try_from(values.len().max(1)).unwrap_or(1)).unwrap_or(0)
}

/// The squared correlation in thousandths, 0 where one is the other's negative; `None` where both have a mean
/// square below `least`: they are flat.
pub(super) fn correlation(a: &[i32], b: &[i32], least: i64) -> Option<i64> {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut left, mut right) = (0i64, 0i64, 0i64);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (i64::from(a - mean_a), i64::from(b - mean_b));
        (both, left, right) = (both + a * b, left + a * a, right + b * b);
    }
    let count = i64::try_from(a.len()).unwrap_or(1).max(1);
    let flat = |power: i64| power / count < least;
    match (flat(left), flat(right)) {
        (true, true) => None,
        // Next to nothing on one side, and next to nothing on the other, is no difference.
        _ if left / count < 4 * least && right / count < 4 * least => None,
        _ => {
            let (both, energy) = (i128::from(both.max(0)), i128::from(left) * i128::from(right));
            Some((both * both * 1000).checked_div(energy).and_then(|like| i64::try_from(like).ok()).unwrap_or(0))
        }
    }
}
