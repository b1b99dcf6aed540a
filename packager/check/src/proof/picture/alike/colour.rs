//! Two small pictures of one structure: whether they have the same colours.

use super::super::{Picture, Treatment, luma};

/// Largest permitted difference in mean brightness.
const BRIGHTNESS_OFF: i32 = 14;
/// Largest permitted difference of colour in a sixteenth of the picture.
const COLOUR_OFF: i32 = 22;
/// The same under a tone map.
const COLOUR_OFF_MAPPED: i32 = 45;
/// Brightness under a tone map, hundredths of what reference white at white gives: 210 of 255 at least (BT.2408).
const BRIGHTNESS_MAPPED: std::ops::RangeInclusive<i32> = 79..=118;
/// Largest permitted difference of colours within a title; of brightness, as from its source: an encoder may darken noise.
const TONES_OFF: i32 = 10;
/// Sixteenths of a picture in which something may have moved.
const MOVED: usize = 4;
/// Brightness at which a source's cell is about reference white or more, in standard range.
const WHITE: i32 = 244;
/// Its least brightness in the title, of 255: 210 (BT.2408), less what an encoder takes.
const WHITE_MAPPED: i32 = 205;
/// White cells within white that tell something.
const WHITE_CELLS: usize = 12;

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

pub(crate) fn same_colours(source: &Picture, seen: &Picture, treatment: Treatment) -> bool {
    let pairs = || parts(source).into_iter().zip(parts(seen));
    if treatment == Treatment::ToneMapped {
        let sum = |of: &Picture| parts(of).iter().map(|part| part.2).sum::<i32>();
        let (own, expected) = (sum(seen), sum(source));
        // In the dark nothing can be told.
        let bright = expected < 16 * 24 || BRIGHTNESS_MAPPED.contains(&(own * 100 / expected));
        // Strong colours lose more, as brightness may.
        let kept = |a: i32, b: i32| (a - b).abs() <= COLOUR_OFF_MAPPED + a.abs() / 8;
        return bright && pairs().all(|(a, b)| kept(a.0, b.0) && kept(a.1, b.1));
    }
    let near = |(a, b): ((i32, i32, i32), (i32, i32, i32))| (a.0 - b.0).abs().max((a.1 - b.1).abs()) <= COLOUR_OFF;
    let bright = pairs().map(|(a, b)| a.2 - b.2).sum::<i32>() / 16;
    (treatment == Treatment::Tiny || pairs().all(near)) && bright.abs() <= BRIGHTNESS_OFF
}

/// True if two pictures of one title that resemble each other have the same colours, but for where something moved: both were
/// made alike.
pub(crate) fn same_tones(a: &Picture, b: &Picture) -> bool {
    let pairs = || parts(a).into_iter().zip(parts(b));
    let off = |(a, b): &((i32, i32, i32), (i32, i32, i32))| {
        (a.0 - b.0).abs().max((a.1 - b.1).abs()) > TONES_OFF || (a.2 - b.2).abs() > BRIGHTNESS_OFF
    };
    pairs().filter(off).count() <= MOVED
}

/// True if most of what is reference white or brighter in `source` is near white in `seen`: cells that have white on all
/// sides, because those at an edge are of two lights.
pub(crate) fn white_is_white(source: &Picture, seen: &Picture) -> bool {
    let (wide, own, other) = (source.size.wide as usize, source.luma(), seen.luma());
    let white = |at: Option<usize>| at.and_then(|at| own.get(at)).is_some_and(|bright| *bright >= WHITE);
    let within = |at: usize| {
        [Some(at), at.checked_sub(1), Some(at + 1), at.checked_sub(wide), Some(at + wide)].into_iter().all(white)
    };
    let mut mapped: Vec<i32> = other.iter().enumerate().filter(|(at, _)| within(*at)).map(|(_, seen)| *seen).collect();
    mapped.sort_unstable();
    mapped.len() < WHITE_CELLS || mapped.get(mapped.len() / 2).is_none_or(|median| *median >= WHITE_MAPPED)
}
