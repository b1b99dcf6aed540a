//! Frames that are woven of two moments: where something moves, every other line is of another time.

use super::Grey;

/// Columns of a block: lines that part do so across several columns, noise does not.
const ACROSS: usize = 4;
/// Rows of a block.
const DOWN: usize = 8;
/// Least distance of the lines of a combed block from their mean, levels of 255.
const APART: f32 = 8.0;
/// The part of a block's contrast that this makes up at least.
const OF_CONTRAST: f32 = 0.3;
/// Blocks of a torn frame that show one order of moments at least.
const BLOCKS: usize = 6;
/// Torn frames among those that follow each other at least: telecined film has two of five.
const FRAMES: usize = 4;
/// Times as many that show one order as the other.
const ONE_SIDED: usize = 4;

/// Which lines are of the earlier moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Top,
    Bottom,
}

/// The lines of frames: what they are of the `lines` of the source's, from which they may have been scaled.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    /// For each row, 1 where it is a line of the top field, -1 of the bottom one, and what is between.
    field: Vec<f32>,
}

impl Lines {
    /// Of frames that are `high`, made of a source that has `lines`.
    #[expect(clippy::cast_precision_loss, reason = "of a picture's height")]
    pub(crate) fn new(high: u32, lines: u32) -> Self {
        let scale = lines as f32 / high.max(1) as f32;
        let field = |row: u32| (((row as f32 + 0.5) * scale - 0.5) * std::f32::consts::PI).cos();
        Self { field: (0..high).map(field).collect() }
    }

    /// The number of torn frames among consecutive `frames`, where that is no accident: all fields come in one order.
    pub(crate) fn torn(&self, frames: &[Grey]) -> Option<usize> {
        let frames: Vec<[usize; 2]> = frames
            .windows(3)
            .filter_map(|three| match three {
                [before, frame, after] => Some(self.parted(before, frame, after)),
                _ => None,
            })
            .collect();
        let sum = |side: usize| frames.iter().filter_map(|orders| orders.get(side)).sum::<usize>();
        let [top, bottom] = [0, 1].map(sum);
        let (side, most, others) = if top > bottom { (0, top, bottom) } else { (1, bottom, top) };
        let torn = frames.iter().filter_map(|orders| orders.get(side)).filter(|blocks| **blocks >= BLOCKS).count();
        (torn >= FRAMES && most >= ONE_SIDED * others).then_some(torn)
    }

    /// The number of combed blocks in a frame by itself, moving or not.
    pub(crate) fn combed(&self, frame: &Grey) -> usize {
        self.blocks(frame).filter(Block::is_combed).count()
    }

    /// The blocks of `frame` whose lines part, top field first and bottom field first. A pattern of single lines is none:
    /// there they part in the frame before or after it, too, and in the same way.
    fn parted(&self, before: &Grey, frame: &Grey, after: &Grey) -> [usize; 2] {
        let mut orders = [0, 0];
        for ((before, own), after) in self.blocks(before).zip(self.blocks(frame)).zip(self.blocks(after)) {
            let alike = |other: &Block<'_>| 2.0 * other.parts * own.parts > own.parts.powi(2);
            if own.is_combed() && !alike(&before) && !alike(&after) {
                let [top, bottom] = &mut orders;
                match own.order(&before, &after) {
                    Some(Order::Top) => *top += 1,
                    Some(Order::Bottom) => *bottom += 1,
                    None => {}
                }
            }
        }
        orders
    }

    fn blocks<'a>(&'a self, frame: &'a Grey) -> impl Iterator<Item = Block<'a>> {
        let wide = frame.wide.max(ACROSS);
        let rows = frame.luma.chunks_exact(wide * DOWN).zip(self.field.chunks_exact(DOWN));
        rows.flat_map(move |(rows, field)| {
            (0..wide / ACROSS).map(move |at| {
                let pixels = |row: usize| rows.get(row * wide + at * ACROSS..).and_then(|rest| rest.first_chunk());
                Block::new(field, std::array::from_fn(|row| pixels(row).copied().unwrap_or_default()))
            })
        })
    }
}

/// A few pixels, row by row.
#[derive(Debug, Clone)]
struct Block<'a> {
    pixels: [[u8; ACROSS]; DOWN],
    field: &'a [f32],
    /// Levels by which the top field's lines are brighter than the mean, the other's darker.
    parts: f32,
    /// The squares of what its fields make of it, for each level that they part.
    power: f32,
}

impl<'a> Block<'a> {
    fn new(field: &'a [f32], pixels: [[u8; ACROSS]; DOWN]) -> Self {
        let mean = field.iter().sum::<f32>() / DOWN as f32;
        let sum = |row: &[u8; ACROSS]| f32::from(row.iter().map(|&pixel| u16::from(pixel)).sum::<u16>());
        let power = ACROSS as f32 * field.iter().map(|field| (field - mean).powi(2)).sum::<f32>();
        let both: f32 = pixels.iter().zip(field).map(|(row, field)| sum(row) * (field - mean)).sum();
        Self { pixels, field, parts: both / power.max(1.0), power }
    }

    fn is_combed(&self) -> bool {
        if self.parts.abs() < APART {
            return false;
        }
        let values = || self.pixels.iter().flatten().map(|&pixel| f32::from(pixel));
        let mean = values().sum::<f32>() / (ACROSS * DOWN) as f32;
        let contrast: f32 = values().map(|value| (value - mean).powi(2)).sum();
        self.parts.powi(2) * self.power >= OF_CONTRAST * contrast
    }

    /// Lines of the earlier moment are like those of the frame before, the others like those of the frame after.
    fn order(&self, before: &Self, after: &Self) -> Option<Order> {
        let off = |other: &Self, side: f32| {
            let rows = self.pixels.iter().zip(&other.pixels).zip(self.field);
            let off = |(a, b): (&u8, &u8)| u32::from(a.abs_diff(*b));
            let own = rows.filter(|(_, field)| **field * side > 0.5).map(|(rows, _)| rows);
            own.flat_map(|(a, b)| a.iter().zip(b).map(off)).sum::<u32>()
        };
        let top = off(before, 1.0) + off(after, -1.0);
        let bottom = off(before, -1.0) + off(after, 1.0);
        match () {
            () if 3 * top < 2 * bottom => Some(Order::Top),
            () if 3 * bottom < 2 * top => Some(Order::Bottom),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: usize = 128;
    const HIGH: usize = 64;

    fn frame(pixel: impl Fn(usize, usize) -> u8) -> Grey {
        let pixel = |at: usize| pixel(at % WIDE, at / WIDE);
        Grey { wide: WIDE, luma: (0..WIDE * HIGH).map(pixel).collect() }
    }

    /// A box that moves by 8 pixels a frame, of whose lines every other one is half a frame `late`.
    fn woven(late: Option<usize>) -> Vec<Grey> {
        let at = |n: usize, y: usize| 8 * n + if late == Some(y % 2) { 4 } else { 0 };
        let inside = |n: usize, x: usize, y: usize| (at(n, y)..at(n, y) + 30).contains(&x) && (10..54).contains(&y);
        (0..10).map(|n| frame(|x, y| if inside(n, x, y) { 180 } else { 40 })).collect()
    }

    /// Numbers that look like noise.
    fn noise(of: usize) -> u8 {
        u8::try_from((of + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56).unwrap()
    }

    #[test]
    fn frames_of_two_moments_are_told() {
        let lines = Lines::new(64, 64);
        assert_eq!(lines.torn(&woven(None)), None);
        assert_eq!(lines.torn(&woven(Some(1))), Some(8), "top first");
        assert_eq!(lines.torn(&woven(Some(0))), Some(8), "bottom first");
        assert!(lines.combed(&woven(Some(1))[3]) > 4 && lines.combed(&woven(None)[3]) == 0);
    }

    #[test]
    fn what_is_of_single_lines_by_itself_is_not_torn() {
        let drawn = |of: &dyn Fn(usize, usize, usize) -> u8| (0..10).map(|n| frame(|x, y| of(n, x, y))).collect();
        let moving: Vec<Grey> = drawn(&|n, _, y| if (y + n) % 2 == 0 { 200 } else { 30 });
        let across: Vec<Grey> = drawn(&|n, x, y| if x > 8 * n && y % 2 == 0 { 200 } else { 30 });
        let noisy: Vec<Grey> = drawn(&|n, x, y| noise(n * 100_000 + y * WIDE + x));
        let flashes: Vec<Grey> = drawn(&|n, x, y| if n % 3 == 0 && y % 2 == 0 { noise(x) } else { 30 });
        for still in [moving, across, noisy, flashes] {
            assert_eq!(Lines::new(64, 64).torn(&still), None);
        }
    }
}
