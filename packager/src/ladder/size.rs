//! Sizes of renditions: even, never above the source's, and of its shape.

use std::fmt;

/// A size in pixels, as displayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// Millionths by which a rung's shape may differ from the source's.
const SHAPE: u64 = 5000;

/// Millionths by which it may differ before a smaller size is tried: all variants are to have one shape (Apple's 1.33),
/// and two rungs may differ by twice this.
const TRUE_SHAPE: u64 = SHAPE / 2;

/// Of a larger size, the share in a hundred that a better shape may cost on each side.
const SEARCHED: u32 = 5;

/// The size of `source` in a rung of 16:9 `height`: what fills the box of that height, turned for portrait.
pub(super) fn fit(source: Size, height: u32) -> Size {
    let (long, short) = (height * 16 / 9, height);
    let frame = if source.width >= source.height {
        Size { width: long.next_multiple_of(2), height: short }
    } else {
        Size { width: short, height: long.next_multiple_of(2) }
    };
    even(source, frame)
}

/// The best even size of `source`'s shape within `frame` and within the source: the largest whose shape is true, else
/// the one whose shape is truest.
pub(super) fn even(source: Size, frame: Size) -> Size {
    let (width, height) = (frame.width.min(source.width), frame.height.min(source.height));
    let wide = u64::from(width) * u64::from(source.height) <= u64::from(height) * u64::from(source.width);
    let highest = if wide { scaled(width, source.height, source.width) } else { height };
    let least = highest - highest * SEARCHED / 100 - 2.min(highest);
    let candidates = (least.max(2)..=highest + 1)
        .rev()
        .filter(|height| height % 2 == 0 && *height <= frame.height.min(source.height));
    let sizes = candidates.flat_map(|height| {
        let width = scaled(height, source.width, source.height);
        let (below, above) = (width & !1, (width & !1) + 2);
        [above, below].map(|width| Size { width, height })
    });
    let within = sizes.filter(|size| size.width >= 2 && size.width <= width).collect::<Vec<_>>();
    let true_shape = within.iter().find(|size| distortion(**size, source) <= TRUE_SHAPE);
    let truest = || within.iter().min_by_key(|size| distortion(**size, source));
    true_shape.or_else(truest).copied().unwrap_or(Size { width: 2, height: 2 })
}

/// True if a size has the source's shape as nearly as is asked of a rung.
pub(super) fn same_shape(size: Size, source: Size) -> bool {
    distortion(size, source) <= SHAPE
}

/// `side * num / den` to the nearest.
fn scaled(side: u32, num: u32, den: u32) -> u32 {
    let den = u64::from(den.max(1));
    u32::try_from((u64::from(side) * u64::from(num) + den / 2) / den).unwrap_or(u32::MAX)
}

/// Millionths by which a size's shape differs from the source's.
fn distortion(size: Size, source: Size) -> u64 {
    let a = u128::from(size.width) * u128::from(source.height);
    let b = u128::from(size.height) * u128::from(source.width);
    u64::try_from(a.abs_diff(b) * 1_000_000 / b.max(1)).unwrap_or(u64::MAX)
}
