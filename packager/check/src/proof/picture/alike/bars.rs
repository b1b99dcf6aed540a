//! Where black bars end within a small picture.

use super::super::Size;

/// For each cell, whether it lies in a row or column where black bars end, or in the one beside it.
pub(crate) fn edges_of_bars(luma: &[i32], size: Size) -> Vec<bool> {
    let (wide, high) = (size.wide as usize, size.high as usize);
    let black = |x: usize, y: usize| luma.get(y * wide + x).is_none_or(|&bright| bright < 20);
    let rows: Vec<bool> = (0..high).map(|y| (0..wide).all(|x| black(x, y))).collect();
    let columns: Vec<bool> = (0..wide).map(|x| (0..high).all(|y| black(x, y))).collect();
    let (rows, columns) = (ends(&rows), ends(&columns));
    rows.iter().flat_map(|row| columns.iter().map(move |column| *row || *column)).collect()
}

/// The places on either side of where a bar ends, that begins at one end of all places.
fn ends(bars: &[bool]) -> Vec<bool> {
    let first = bars.iter().take_while(|bar| **bar).count();
    let last = bars.len() - bars.iter().rev().take_while(|bar| **bar).count();
    let near = |at: usize, edge: usize| at + 1 == edge || at == edge;
    let within = |edge: usize| 0 < edge && edge < bars.len();
    let edge = |at| [first, last].into_iter().any(|edge| within(edge) && near(at, edge));
    (0..bars.len()).map(edge).collect()
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn bars_begin_at_one_end() {
        assert_eq!(ends(&[true, true, false, false, true]), [false, true, true, true, true]);
        assert_eq!(ends(&[true, true]), [false, false], "black all over");
    }
}
