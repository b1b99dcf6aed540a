//! Two small pictures: whether one shows the other, and if not, how it differs.

mod bars;
pub(super) mod colour;
mod measure;
mod poor;

use super::{Picture, Treatment};
use bars::edges_of_bars;
use colour::{same_colours, white_is_white};
use measure::{CELL_OFF, FLAT, SAME_STRUCTURE, correlation, distance, mean, off};
pub(super) use poor::is_poor;
use poor::is_poorer;

/// The same under a tone map, which bends brightness.
const SAME_MAPPED: i64 = 400;
/// Cells in a thousand that may be off by more than [`CELL_OFF`]: edges, noise.
const CELLS_OFF: usize = 8;
/// The same where pictures are made of fields, or a frame may be between two of the source's.
const CELLS_OFF_MOVING: usize = 40;

/// Result of comparing a picture with the one that it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Same,
    /// The same, in other colours.
    Colours,
    /// The same, turned or mirrored.
    Turned(&'static str),
    Other,
}

/// Compares `seen` with the pictures that the source shows at about that time.
pub(crate) fn look(seen: &Picture, source: &[&Picture], treatment: Treatment) -> Look {
    let same: Vec<&&Picture> = source.iter().filter(|picture| alike(picture, seen, treatment)).collect();
    // White is where the picture that this is has it: a flash is not in those around.
    let nearest = same.iter().min_by_key(|picture| distance(picture, seen));
    let white = nearest.is_none_or(|picture| treatment != Treatment::ToneMapped || white_is_white(picture, seen));
    if white && same.iter().any(|picture| same_colours(picture, seen, treatment)) {
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
pub(crate) fn still(a: &Picture, b: &Picture) -> bool {
    a.rgb.iter().zip(&b.rgb).all(|(a, b)| a.abs_diff(*b) <= 6)
}

/// True if something moves for sure.
pub(crate) fn moves(a: &Picture, b: &Picture) -> bool {
    off(&a.luma(), &b.luma(), CELL_OFF) * 1000 > CELLS_OFF * a.luma().len()
}

/// True if two pictures have one structure, however bright or coloured they are.
pub(crate) fn resembles(a: &Picture, b: &Picture) -> bool {
    let (a, b) = (a.luma(), b.luma());
    a.len() == b.len() && correlation(&a, &b, FLAT).is_none_or(|like| like >= SAME_STRUCTURE)
}

fn alike(source: &Picture, seen: &Picture, treatment: Treatment) -> bool {
    same_structure(source, seen, treatment) || treatment != Treatment::ToneMapped && is_poorer(source, seen)
}

fn same_structure(source: &Picture, seen: &Picture, treatment: Treatment) -> bool {
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
        Treatment::Tiny | Treatment::Retimed => (SAME_STRUCTURE, CELLS_OFF_MOVING),
        Treatment::ToneMapped => return correlation(&a, &b, FLAT).is_none_or(|like| like >= SAME_MAPPED),
    };
    // Pictures that differ in brightness alone pass here: `same_colours` judges that.
    let (bright_a, bright_b) = (mean(&a), mean(&b));
    let levelled: Vec<i32> = b.iter().map(|value| value - bright_b + bright_a).collect();
    let near = off(&a, &b, CELL_OFF).min(off(&a, &levelled, CELL_OFF));
    near * 1000 <= cells * a.len() && correlation(&a, &b, FLAT).is_none_or(|like| like >= structure)
}

#[cfg(test)]
mod tests {
    use super::super::Size;
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
    }

    #[test]
    fn noise_that_an_encoder_lost_is_no_difference() {
        let noise = |seed: usize| {
            picture(move |x, y| {
                let value = (y * 64 + x + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58;
                [96 + u8::try_from(value).unwrap(); 3]
            })
        };
        let flat = picture(|_, _| [127; 3]);
        assert_eq!(look(&flat, &[&noise(1)], Treatment::Scaled), Look::Same);
        assert_eq!(look(&flat, &[&quadrants(10)], Treatment::Scaled), Look::Other);
        assert_eq!(look(&picture(|_, _| [0; 3]), &[&noise(1)], Treatment::Scaled), Look::Colours);
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
}
