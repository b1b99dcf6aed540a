//! Two small pictures in colour: whether one shows the other, and if not, how it differs.

/// The larger side of a small picture, cells.
const SIDE: u32 = 64;
/// Least squared correlation of brightness, thousandths, at which two pictures have the same structure.
const SAME_STRUCTURE: i64 = 640;
/// The same under a tone map, which bends brightness.
const SAME_MAPPED: i64 = 400;
/// Brightness and colour of a cell that encoders leave alone, of 255.
const CELL_OFF: i32 = 52;
/// Cells in a thousand that may be further off: edges, noise.
const CELLS_OFF: usize = 8;
/// The same where pictures are made of fields, or a frame may be between two of the source's.
const CELLS_OFF_MOVING: usize = 40;
/// Mean square of what is flat: it has no structure to compare.
const FLAT: i64 = 9;
/// How far the mean brightness may be off.
const BRIGHTNESS_OFF: i32 = 14;
/// How far colour may be off in a sixteenth of the picture.
const COLOUR_OFF: i32 = 22;
/// The same under a tone map.
const COLOUR_OFF_MAPPED: i32 = 45;
/// Brightness under a tone map, hundredths of what reference white at white gives: 210 of 255 at least (BT.2408).
const BRIGHTNESS_MAPPED: std::ops::RangeInclusive<i32> = 79..=118;

/// Brightness at which a source's cell is about reference white or more, in standard range.
const WHITE: i32 = 244;
/// What it must be at least, of 255: 210 (BT.2408), less what an encoder takes.
const WHITE_MAPPED: i32 = 205;
/// White cells within white that tell something.
const WHITE_CELLS: usize = 4;

/// Width and height of small pictures, cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) wide: u32,
    pub(super) high: u32,
}

impl Size {
    /// Of the shape of `wide` × `high` pixels.
    pub(super) fn like(wide: u64, high: u64) -> Self {
        let scaled = |short: u64, long: u64| {
            let scaled = (u64::from(SIDE) * short + long / 2).checked_div(long).unwrap_or(1);
            u32::try_from(scaled).unwrap_or(SIDE).clamp(4, SIDE)
        };
        if wide >= high {
            Self { wide: SIDE, high: scaled(high, wide) }
        } else {
            Self { wide: scaled(wide, high), high: SIDE }
        }
    }

    /// Bytes of a picture.
    pub(super) fn bytes(self) -> usize {
        self.wide as usize * self.high as usize * 3
    }
}

/// A picture of red, green and blue cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) size: Size,
    pub(super) rgb: Vec<u8>,
}

/// What was done to the source's pictures, and so how alike they can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Nothing but scaling.
    Scaled,
    /// Frames are woven of fields, dropped or repeated.
    Retimed,
    /// High dynamic range became standard; the source's pictures are those of [`super::standard`].
    ToneMapped,
}

/// How a picture is beside the one that it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Same,
    /// The same, in other colours.
    Colours,
    /// The same, turned or mirrored.
    Turned(&'static str),
    Other,
}

impl Picture {
    fn cells(&self) -> impl Iterator<Item = [i32; 3]> {
        self.rgb.chunks_exact(3).filter_map(|cell| cell.first_chunk::<3>()).map(|cell| cell.map(i32::from))
    }

    fn luma(&self) -> Vec<i32> {
        self.cells().map(luma).collect()
    }

    /// True if it is black all over.
    pub(super) fn is_black(&self) -> bool {
        self.rgb.iter().all(|&value| value < 24)
    }

    /// The cell that `from` names for each place of a picture of the same size: turned, mirrored.
    fn taken(&self, from: impl Fn(usize, usize) -> (usize, usize)) -> Self {
        let (wide, high) = (self.size.wide as usize, self.size.high as usize);
        let places = (0..high).flat_map(|y| (0..wide).map(move |x| (x, y)));
        let cell = |(x, y): (usize, usize)| self.rgb.get((y * wide + x) * 3..).and_then(|rest| rest.first_chunk::<3>());
        let rgb = places.flat_map(|(x, y)| cell(from(x, y)).copied().unwrap_or_default()).collect();
        Self { size: self.size, rgb }
    }

    fn turned(&self) -> [(&'static str, Self); 5] {
        let (wide, high) = (self.size.wide as usize, self.size.high as usize);
        // A quarter turn within the same frame stretches the picture.
        let across = move |y: usize| (y * wide + wide / 2) / high.max(1);
        let down = move |x: usize| (x * high + high / 2) / wide.max(1);
        [
            ("is mirrored", self.taken(|x, y| (wide - 1 - x, y))),
            ("is upside down", self.taken(|x, y| (wide - 1 - x, high - 1 - y))),
            ("is flipped", self.taken(|x, y| (x, high - 1 - y))),
            ("is turned by 90°", self.taken(|x, y| (across(y).min(wide - 1), (high - 1).saturating_sub(down(x))))),
            ("is turned by 270°", self.taken(|x, y| ((wide - 1).saturating_sub(across(y)), down(x).min(high - 1)))),
        ]
    }
}

/// How `seen` looks beside the pictures that the source shows at about that time.
pub(super) fn look(seen: &Picture, source: &[&Picture], treatment: Treatment) -> Look {
    let same: Vec<&&Picture> = source.iter().filter(|picture| alike(picture, seen, treatment)).collect();
    if same.iter().any(|picture| same_colours(picture, seen, treatment)) {
        return Look::Same;
    }
    if !same.is_empty() {
        return Look::Colours;
    }
    let turned = |picture: &&Picture| {
        picture.turned().into_iter().find(|(_, turned)| alike(turned, seen, treatment)).map(|(how, _)| how)
    };
    source.iter().find_map(turned).map_or(Look::Other, Look::Turned)
}

/// True if nothing moves between two pictures of one film: not even a cell.
pub(super) fn still(a: &Picture, b: &Picture) -> bool {
    a.rgb.iter().zip(&b.rgb).all(|(a, b)| a.abs_diff(*b) <= 6)
}

/// True if something moves for sure.
pub(super) fn moves(a: &Picture, b: &Picture) -> bool {
    off(&a.luma(), &b.luma(), CELL_OFF) * 1000 > CELLS_OFF * a.luma().len()
}

fn luma([r, g, b]: [i32; 3]) -> i32 {
    (54 * r + 183 * g + 18 * b) / 255
}

fn alike(source: &Picture, seen: &Picture, treatment: Treatment) -> bool {
    let (a, mut b) = (source.luma(), seen.luma());
    if a.len() != b.len() || a.is_empty() {
        return false;
    }
    // Where bars end may lie within a cell, elsewhere in a picture of another size.
    for (cell, own) in
        b.iter_mut().zip(&a).zip(edges_of_bars(&a, source.size)).filter_map(|(cells, edge)| edge.then_some(cells))
    {
        *cell = *own;
    }
    let (structure, cells) = match treatment {
        Treatment::Scaled => (SAME_STRUCTURE, CELLS_OFF),
        Treatment::Retimed => (SAME_STRUCTURE, CELLS_OFF_MOVING),
        Treatment::ToneMapped => return correlation(&a, &b).is_none_or(|like| like >= SAME_MAPPED),
    };
    // What is the same but for its brightness is told by its colours.
    let (bright_a, bright_b) = (mean(&a), mean(&b));
    let levelled: Vec<i32> = b.iter().map(|value| value - bright_b + bright_a).collect();
    let near = off(&a, &b, CELL_OFF).min(off(&a, &levelled, CELL_OFF));
    near * 1000 <= cells * a.len() && correlation(&a, &b).is_none_or(|like| like >= structure)
}

/// For each cell, whether it lies in a row or column where black bars end, or in the one beside it.
fn edges_of_bars(luma: &[i32], size: Size) -> Vec<bool> {
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

fn off(a: &[i32], b: &[i32], by: i32) -> usize {
    a.iter().zip(b).filter(|(a, b)| a.abs_diff(**b) > by.unsigned_abs()).count()
}

fn mean(values: &[i32]) -> i32 {
    let sum: i64 = values.iter().map(|&v| i64::from(v)).sum();
    i32::try_from(sum / i64::try_from(values.len().max(1)).unwrap_or(1)).unwrap_or(0)
}

/// The squared correlation in thousandths, 0 where one is the other's negative; `None` where both are flat.
fn correlation(a: &[i32], b: &[i32]) -> Option<i64> {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut left, mut right) = (0i64, 0i64, 0i64);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (i64::from(a - mean_a), i64::from(b - mean_b));
        (both, left, right) = (both + a * b, left + a * a, right + b * b);
    }
    let count = i64::try_from(a.len()).unwrap_or(1).max(1);
    let flat = |power: i64| power / count < FLAT;
    match (flat(left), flat(right)) {
        (true, true) => None,
        // Next to nothing on one side, and next to nothing on the other, is no difference.
        _ if left / count < 4 * FLAT && right / count < 4 * FLAT => None,
        _ => {
            let (both, energy) = (i128::from(both.max(0)), i128::from(left) * i128::from(right));
            Some((both * both * 1000).checked_div(energy).and_then(|like| i64::try_from(like).ok()).unwrap_or(0))
        }
    }
}

/// Blue and red against brightness, means of the sixteen parts of a picture.
fn parts(picture: &Picture) -> Vec<(i32, i32, i32)> {
    let (wide, high) = (picture.size.wide as usize, picture.size.high as usize);
    let mut sums = [(0i32, 0i32, 0i32, 0i32); 16];
    for (index, [r, g, b]) in picture.cells().enumerate() {
        let (x, y) = (index % wide.max(1), index / wide.max(1));
        let part = (y * 4 / high.max(1)).min(3) * 4 + (x * 4 / wide.max(1)).min(3);
        let bright = luma([r, g, b]);
        if let Some(sum) = sums.get_mut(part) {
            *sum = (sum.0 + b - bright, sum.1 + r - bright, sum.2 + bright, sum.3 + 1);
        }
    }
    sums.iter().filter(|sum| sum.3 > 0).map(|sum| (sum.0 / sum.3, sum.1 / sum.3, sum.2 / sum.3)).collect()
}

fn same_colours(source: &Picture, seen: &Picture, treatment: Treatment) -> bool {
    let pairs = || parts(source).into_iter().zip(parts(seen));
    if treatment == Treatment::ToneMapped {
        let sum = |of: &Picture| parts(of).iter().map(|part| part.2).sum::<i32>();
        let (own, expected) = (sum(seen), sum(source));
        // In the dark nothing can be told.
        let bright = expected < 16 * 24 || BRIGHTNESS_MAPPED.contains(&(own * 100 / expected));
        // Strong colours lose more, as brightness may.
        let kept = |a: i32, b: i32| (a - b).abs() <= COLOUR_OFF_MAPPED + a.abs() / 8;
        return bright && white_is_white(source, seen) && pairs().all(|(a, b)| kept(a.0, b.0) && kept(a.1, b.1));
    }
    let near = |(a, b): ((i32, i32, i32), (i32, i32, i32))| (a.0 - b.0).abs().max((a.1 - b.1).abs()) <= COLOUR_OFF;
    let bright = pairs().map(|(a, b)| a.2 - b.2).sum::<i32>() / 16;
    pairs().all(near) && bright.abs() <= BRIGHTNESS_OFF
}

/// True if most of what is reference white or brighter in `source` is near white in `seen`: cells that have white on all
/// sides, because those at an edge are of two lights.
fn white_is_white(source: &Picture, seen: &Picture) -> bool {
    let (wide, own, other) = (source.size.wide as usize, source.luma(), seen.luma());
    let white = |at: Option<usize>| at.and_then(|at| own.get(at)).is_some_and(|bright| *bright >= WHITE);
    let within = |at: usize| {
        [Some(at), at.checked_sub(1), Some(at + 1), at.checked_sub(wide), Some(at + wide)].into_iter().all(white)
    };
    let mut mapped: Vec<i32> = other.iter().enumerate().filter(|(at, _)| within(*at)).map(|(_, seen)| *seen).collect();
    mapped.sort_unstable();
    mapped.len() < WHITE_CELLS || mapped.get(mapped.len() / 2).is_none_or(|median| *median >= WHITE_MAPPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { wide: 64, high: 36 };

    fn picture(colour: impl Fn(usize, usize) -> [u8; 3]) -> Picture {
        let rgb = (0..36).flat_map(|y| (0..64).map(move |x| (x, y))).flat_map(|(x, y)| colour(x, y)).collect();
        Picture { size: SIZE, rgb }
    }

    /// Four quadrants, a white box at `at`.
    fn quadrants(at: usize) -> Picture {
        picture(|x, y| match (x < 32, y < 18) {
            _ if (at..at + 6).contains(&x) && (4..10).contains(&y) => [255; 3],
            (true, true) => [192, 32, 32],
            (false, true) => [32, 160, 32],
            (true, false) => [32, 48, 192],
            (false, false) => [192, 192, 32],
        })
    }

    #[test]
    fn each_way_to_differ_is_told() {
        use Treatment::{Retimed, Scaled, ToneMapped};
        let good = quadrants(10);
        let change = |f: &dyn Fn([u8; 3]) -> [u8; 3]| {
            let cells = good.rgb.chunks_exact(3).flat_map(|c| f([c[0], c[1], c[2]]));
            Picture { size: SIZE, rgb: cells.collect() }
        };
        for (seen, treatment, expected) in [
            (good.clone(), Scaled, Look::Same),
            (change(&|c| c.map(|v| v.saturating_add(8))), Scaled, Look::Same),
            (quadrants(40), Scaled, Look::Other),
            (quadrants(11), Retimed, Look::Same),
            (change(&|_| [0; 3]), Scaled, Look::Other),
            (change(&|[r, g, b]| [b, g, r]), Scaled, Look::Colours),
            (change(&|c| c.map(|v| v - v / 8)), ToneMapped, Look::Same),
            (change(&|c| if c == [255; 3] { [190; 3] } else { c }), ToneMapped, Look::Colours),
            (change(&|c| c.map(|v| v - v / 3)), ToneMapped, Look::Colours),
            (change(&|[r, g, b]| [b, g, r]), ToneMapped, Look::Colours),
            (change(&|[r, g, b]| [r, g, b / 4 * 3]), ToneMapped, Look::Same),
            (good.taken(|x, y| (63 - x, y)), Scaled, Look::Turned("is mirrored")),
            (good.taken(|x, y| (63 - x, 35 - y)), Scaled, Look::Turned("is upside down")),
        ] {
            assert_eq!(look(&seen, &[&good], treatment), expected);
        }
        assert_eq!(look(&quadrants(40), &[&good, &quadrants(40)], Scaled), Look::Same, "one of those around");
    }

    #[test]
    fn bars_may_end_within_a_cell() {
        let barred = |edge: u8| {
            picture(|x, y| match y {
                0..6 | 30..36 => [0; 3],
                6 | 29 => [edge; 3],
                _ => [u8::try_from(x * 4).unwrap(); 3],
            })
        };
        assert_eq!(look(&barred(90), &[&barred(200)], Treatment::Scaled), Look::Same);
        assert_eq!(look(&quadrants(40), &[&barred(200)], Treatment::Scaled), Look::Other);
        assert!(edges_of_bars(&quadrants(10).luma(), SIZE).iter().all(|edge| !edge), "no bars");
        assert_eq!(ends(&[true, true, false, false, true]), [false, true, true, true, true]);
        assert_eq!(ends(&[true, true]), [false, false], "black all over");
    }

    #[test]
    fn flat_pictures_are_told_by_their_colour_alone() {
        let (grey, red) = (picture(|_, _| [90; 3]), picture(|_, _| [140, 70, 70]));
        assert_eq!(look(&grey, &[&grey], Treatment::Scaled), Look::Same);
        assert_eq!(look(&red, &[&grey], Treatment::Scaled), Look::Colours);
        assert!(picture(|_, _| [3; 3]).is_black() && !grey.is_black());
    }

    #[test]
    fn movement_is_told_from_noise() {
        let noisy = picture(|x, y| {
            quadrants(10).rgb[(y * 64 + x) * 3..][..3].first_chunk::<3>().unwrap().map(|v| v.saturating_sub(4))
        });
        assert!(still(&quadrants(10), &noisy) && !moves(&quadrants(10), &noisy));
        assert!(moves(&quadrants(10), &quadrants(30)) && !still(&quadrants(10), &quadrants(30)));
    }

    #[test]
    fn small_pictures_keep_the_shape() {
        assert_eq!(Size::like(1920, 1080), SIZE);
        assert_eq!(Size::like(1080, 1920), Size { wide: 36, high: 64 });
        assert_eq!(Size::like(10_000, 1), Size { wide: 64, high: 4 });
        assert_eq!(Size::like(0, 0).high, 4);
    }
}
