//! Pictures as they are compared: so small that the encoder's noise is averaged away and motion is not.

/// Cells in a row.
pub(super) const WIDTH: u32 = 32;
/// Rows.
pub(super) const HEIGHT: u32 = 18;
/// Cells.
pub(super) const CELLS: usize = (WIDTH * HEIGHT) as usize;

/// Luma of each cell, 0 to 255, row by row.
pub(super) type Luma = [u8; CELLS];

/// A decoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// When it is shown, nanoseconds.
    pub(super) at: i64,
    pub(super) luma: Box<Luma>,
}

/// The darkest tenth of the range counts as black.
const BLACK: u8 = 25;
/// Contrast below which two pictures can't be told from each other: eight levels.
const CONTRAST: i64 = 64 * (WIDTH * HEIGHT) as i64;

/// The sum of the squares of all cells' differences.
pub(super) fn distance(a: &Luma, b: &Luma) -> u32 {
    a.iter().zip(b).map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// The number of cells that differ, and the largest difference.
pub(super) fn changes(a: &Luma, b: &Luma) -> (usize, u8) {
    let differences = || a.iter().zip(b).map(|(&a, &b)| a.abs_diff(b));
    (differences().filter(|&d| d > 0).count(), differences().max().unwrap_or(0))
}

/// True if all but one cell in fifty is black.
pub(super) fn is_black(luma: &Luma) -> bool {
    luma.iter().filter(|&&cell| cell > BLACK).count() * 50 <= CELLS
}

/// True if two pictures have nothing to do with each other: no brightness apart explains it. `None` where the first has too
/// little contrast to tell.
pub(super) fn differs(a: &Luma, b: &Luma) -> Option<bool> {
    let cells = CELLS as i64;
    let sums = |of: &dyn Fn(i64, i64) -> i64| -> i64 {
        let (sum, squares) = a.iter().zip(b).fold((0, 0), |(sum, squares), (&a, &b)| {
            let value = of(a.into(), b.into());
            (sum + value, squares + value * value)
        });
        squares - sum * sum / cells
    };
    let own = sums(&|a, _| a);
    (own >= CONTRAST).then(|| 2 * sums(&|a, b| a - b) > own + sums(&|_, b| b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = super::WIDTH as usize;

    fn drawn(of: impl Fn(usize, usize) -> usize) -> Luma {
        std::array::from_fn(|at| u8::try_from(of(at % WIDTH, at / WIDTH).min(255)).unwrap())
    }

    #[test]
    fn black_is_dark_nearly_everywhere() {
        assert!(is_black(&drawn(|_, _| 20)));
        assert!(is_black(&drawn(|x, y| if x == 3 && y < 10 { 255 } else { 0 })), "a line of text");
        assert!(!is_black(&drawn(|x, _| if x < 2 { 255 } else { 0 })));
    }

    #[test]
    fn another_picture_is_told_from_a_darker_or_coarser_one() {
        let slope = drawn(|x, _| x * 8);
        assert_eq!(differs(&slope, &drawn(|x, _| x * 8 / 2)), Some(false), "half as bright");
        assert_eq!(differs(&slope, &drawn(|x, _| x / 4 * 32)), Some(false), "coarse");
        assert_eq!(differs(&slope, &drawn(|_, y| y * 14)), Some(true), "turned");
        assert_eq!(differs(&slope, &drawn(|_, _| 0)), Some(true), "black");
        assert_eq!(differs(&drawn(|_, _| 9), &slope), None, "nothing to compare with");
    }
}
