//! A picture that an encoder had too few bits for, beside the one that it was made from.
//!
//! Noise, grain and fine detail are lost first, and what is left of them is the source's own, as strong or weaker: the error
//! of a quantiser is what is missing, and does not correlate with what is there. Another picture has detail of its own, or
//! lacks something that is no noise.

use super::super::{COARSE, Picture};
use super::measure::{CELL_OFF, FLAT, SAME_STRUCTURE, correlation, distance, mean, off};

/// Mean square of coarse cells that are flat where noise is most of the picture.
const FLAT_OF_NOISE: i64 = 56;
/// Hundredths of a block's detail that must be the source's: the slope of the source's detail on it. Of noise at low rates
/// it is about 50, of another picture about 0.
const OWN: i64 = 25;
/// Blocks of twenty that may have detail of their own, where it is faint: an encoder's edges.
const INVENTED: usize = 1;
/// Most mean square of detail that may be an encoder's error.
const FAINT: i64 = 200;
/// Mean square of detail that no encoder invents.
const PLAIN: i64 = 1600;
/// Steps between neighbours by which a cell may be off beyond what others may: 2.9 of noise's standard deviations.
const STEPS: i64 = 3;
/// Cells in a thousand that may be off by more.
const LOST: usize = 8;
/// The same of a picture that has lost most of its detail.
const LOST_OF_POOR: usize = 20;

/// [`COARSE`] cells across and down.
#[derive(Default)]
struct Block {
    cells: Vec<Cell>,
    /// Differences of the source's neighbours.
    steps: Vec<i64>,
}

/// Brightness of a cell.
struct Cell {
    /// Less the mean of its block.
    source: i64,
    /// Less the mean of its block.
    seen: i64,
    /// Difference of the two, where both pictures are as bright.
    off: i64,
}

/// True if `seen` has the coarse structure of `source`, no detail that is not its, and lacks no more than its noise.
pub(super) fn is_poorer(source: &Picture, seen: &Picture) -> bool {
    if source.size != seen.size || source.rgb.len() != seen.rgb.len() {
        return false;
    }
    let blocks = blocks(source, seen);
    let coarse = source.coarse().luma();
    let noisy = is_noise(&blocks, spread(&coarse));
    let faint = match spread(&coarse) {
        _ if noisy => FAINT,
        FLAT_OF_NOISE.. => faint(&blocks),
        _ => FLAT,
    };
    let invented: Vec<&Block> = blocks.iter().filter(|block| block.invents(faint)).collect();
    let lost = blocks.iter().map(Block::lost).sum::<usize>() * 1000;
    let most = if is_poor(source, seen) { LOST_OF_POOR } else { LOST };
    same_coarsely(&coarse, &seen.coarse().luma(), if noisy { FLAT_OF_NOISE } else { FLAT })
        && lost <= most * blocks.iter().map(|block| block.cells.len()).sum::<usize>()
        && invented.len() * 20 <= INVENTED * blocks.len()
        && invented.iter().all(|block| block.own() <= PLAIN)
}

/// True if `seen` has next to nothing of the source's detail. Another picture has detail of its own.
pub(in super::super) fn is_poor(source: &Picture, seen: &Picture) -> bool {
    let detail = |picture: &Picture| distance(picture, &picture.smooth());
    source.size == seen.size && 3 * detail(seen) < detail(source)
}

/// True if most of the source is noise: neighbours differ by as much as cells do, and more than `coarse` cells do.
fn is_noise(blocks: &[Block], coarse: i64) -> bool {
    let detail = blocks.iter().map(Block::detail).sum::<i64>() / i64::try_from(blocks.len()).unwrap_or(1).max(1);
    let step = median(blocks.iter().flat_map(|block| block.steps.iter().copied()));
    detail > 2 * coarse && 2 * step.pow(2) > detail
}

/// Mean square of detail that may be an encoder's error: the error of most blocks.
fn faint(blocks: &[Block]) -> i64 {
    median(blocks.iter().map(|block| block.mean(|cell| (cell.source - cell.seen).pow(2)))).clamp(FLAT, FAINT)
}

fn same_coarsely(source: &[i32], seen: &[i32], flat: i64) -> bool {
    let (ours, theirs) = (mean(source), mean(seen));
    let levelled: Vec<i32> = seen.iter().map(|value| value - theirs + ours).collect();
    off(source, &levelled, CELL_OFF) == 0 && correlation(source, seen, flat).is_none_or(|like| like >= SAME_STRUCTURE)
}

/// The mean square of the differences from their mean.
fn spread(values: &[i32]) -> i64 {
    let (usual, count) = (mean(values), i64::try_from(values.len()).unwrap_or(1).max(1));
    values.iter().map(|value| i64::from((value - usual).pow(2))).sum::<i64>() / count
}

fn median(values: impl Iterator<Item = i64>) -> i64 {
    let mut values: Vec<i64> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

fn blocks(source: &Picture, seen: &Picture) -> Vec<Block> {
    let detail = |picture: &Picture, own: &[i32]| -> Vec<i64> {
        own.iter().zip(picture.smooth().luma()).map(|(own, smooth)| i64::from(own - smooth)).collect()
    };
    let (ours, theirs) = (source.luma(), seen.luma());
    let brighter = mean(&ours) - mean(&theirs);
    let off = ours.iter().zip(&theirs).map(|(ours, theirs)| i64::from((ours - theirs - brighter).abs()));
    let (wide, high, side) = (source.size.wide as usize, source.size.high as usize, COARSE as usize);
    let across = wide.div_ceil(side);
    let mut blocks: Vec<Block> = (0..across * high.div_ceil(side)).map(|_| Block::default()).collect();
    let details = detail(source, &ours).into_iter().zip(detail(seen, &theirs));
    let mut before = 0;
    for (at, ((source, seen), off)) in details.zip(off).enumerate() {
        let (x, y) = (at % wide.max(1), at / wide.max(1));
        if let Some(block) = blocks.get_mut(y / side * across + x / side) {
            block.steps.extend((x % side > 0).then_some((source - before).abs()));
            block.cells.push(Cell { source, seen, off });
        }
        before = source;
    }
    blocks
}

impl Block {
    /// The mean over the cells.
    fn mean(&self, of: impl Fn(&Cell) -> i64) -> i64 {
        self.cells.iter().map(of).sum::<i64>() / i64::try_from(self.cells.len()).unwrap_or(1).max(1)
    }

    /// Mean square of the source's detail.
    fn detail(&self) -> i64 {
        self.mean(|cell| cell.source * cell.source)
    }

    /// Mean square of the detail that is seen.
    fn own(&self) -> i64 {
        self.mean(|cell| cell.seen * cell.seen)
    }

    /// True if what is seen is detail, neither `faint` nor the source's.
    fn invents(&self, faint: i64) -> bool {
        let (own, both) = (self.own(), self.mean(|cell| cell.seen * cell.source));
        own > faint.max(self.detail() / 2) && both * 100 < own * OWN
    }

    /// Cells that lost more than noise.
    fn lost(&self) -> usize {
        let usual = median(self.steps.iter().copied());
        let is_lost = |cell: &&Cell| cell.off > i64::from(CELL_OFF) + STEPS * usual;
        self.cells.iter().filter(is_lost).count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Size;
    use super::*;

    fn picture(value: impl Fn(i32, i32) -> i32) -> Picture {
        let cells = (0..36).flat_map(|y| (0..64).map(move |x| (x, y)));
        let rgb = cells.flat_map(|(x, y)| [u8::try_from(value(x, y).clamp(0, 255)).unwrap(); 3]).collect();
        Picture { size: Size { wide: 64, high: 36 }, rgb }
    }

    /// From -64 to 63.
    fn noise(seed: i32) -> impl Fn(i32, i32) -> i32 {
        move |x, y| {
            let state = u64::try_from((y * 64 + x) * 16 + seed).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15);
            i32::try_from((state ^ state >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 57).unwrap() - 64
        }
    }

    #[test]
    fn noise_may_be_weak_but_not_anothers() {
        let source = picture(|x, y| 128 + noise(1)(x, y));
        let seen = |own: i32, other: i32| picture(|x, y| 128 + noise(1)(x, y) * own / 10 + noise(2)(x, y) * other / 10);
        for (own, other, expected) in [(0, 0, true), (4, 0, true), (4, 4, true), (0, 10, false), (10, 10, true)] {
            assert_eq!(is_poorer(&source, &seen(own, other)), expected, "{own} {other}");
        }
    }

    #[test]
    fn what_is_no_noise_is_neither_lost_nor_elsewhere() {
        let within = |x: i32, y: i32, at: i32| (at..at + 8).contains(&x) && (4..12).contains(&y);
        let boxed = |at: i32, grain: i32| {
            picture(move |x, y| 60 + i32::from(within(x, y, at)) * 150 + noise(1)(x, y) * grain / 10)
        };
        for (grain, by) in [(0, 2), (5, 5)] {
            assert!(is_poorer(&boxed(10, grain), &boxed(10, 0)), "{grain}");
            assert!(!is_poorer(&boxed(10, grain), &boxed(10 + by, 0)), "{grain}: it moved");
            assert!(!is_poorer(&boxed(10, grain), &boxed(100, 0)), "{grain}: it is gone");
            assert!(!is_poorer(&boxed(100, grain), &boxed(10, 0)), "{grain}: it was not there");
        }
        let crossed = |seed: i32| picture(move |x, y| 100 + 12 * ((x * seed + y) / 9 % 2));
        assert!(!is_poorer(&crossed(1), &crossed(3)), "faint, but all over");
    }
}
