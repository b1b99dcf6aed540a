//! Small pictures in colour of the source and of renditions, and full ones of renditions: what is looked at, and what is told
//! of it.

mod alike;
mod enter;
pub(crate) mod eye;
mod frames;
mod later;
mod look;
mod motion;
pub(crate) mod poster;
mod samples;
mod standard;

/// The larger side of a small picture, cells.
pub(crate) const SIDE: u32 = 64;
/// The same of high dynamic range, where small things may be white.
pub(crate) const LARGE_SIDE: u32 = 192;

/// Cells across and down that count as one where detail is lost.
const COARSE: u32 = 8;

/// Width and height of small pictures, cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) wide: u32,
    pub(crate) high: u32,
}

impl Size {
    /// Of the shape of `wide` × `high` pixels, whose larger side has `side` cells.
    pub(crate) fn like(side: u32, wide: u64, high: u64) -> Self {
        let scaled = |short: u64, long: u64| {
            let scaled = (u64::from(side) * short + long / 2).checked_div(long).unwrap_or(1);
            u32::try_from(scaled).unwrap_or(side).clamp(4, side)
        };
        if wide >= high {
            Self { wide: side, high: scaled(high, wide) }
        } else {
            Self { wide: scaled(wide, high), high: side }
        }
    }

    /// Bytes of a picture.
    pub(crate) fn bytes(self) -> usize {
        self.wide as usize * self.high as usize * 3
    }
}

/// A picture of red, green and blue cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) size: Size,
    pub(crate) rgb: Vec<u8>,
}

impl Picture {
    pub(crate) fn cells(&self) -> impl Iterator<Item = [i32; 3]> {
        self.rgb.chunks_exact(3).filter_map(|cell| cell.first_chunk::<3>()).map(|cell| cell.map(i32::from))
    }

    pub(crate) fn luma(&self) -> Vec<i32> {
        self.cells().map(luma).collect()
    }

    /// True if it is black all over.
    pub(crate) fn is_black(&self) -> bool {
        self.rgb.iter().all(|&value| value < 24)
    }

    /// The cell that `from` names for each place of a picture of the same size: turned, mirrored.
    pub(crate) fn taken(&self, from: impl Fn(usize, usize) -> (usize, usize)) -> Self {
        let (wide, high) = (self.size.wide as usize, self.size.high as usize);
        let places = (0..high).flat_map(|y| (0..wide).map(move |x| (x, y)));
        let cell = |(x, y): (usize, usize)| self.rgb.get((y * wide + x) * 3..).and_then(|rest| rest.first_chunk::<3>());
        let rgb = places.flat_map(|(x, y)| cell(from(x, y)).copied().unwrap_or_default()).collect();
        Self { size: self.size, rgb }
    }

    /// The means of blocks of [`COARSE`] cells across and down.
    pub(crate) fn coarse(&self) -> Self {
        let size = Size { wide: self.size.wide.div_ceil(COARSE), high: self.size.high.div_ceil(COARSE) };
        let (wide, across, side) = (self.size.wide as usize, size.wide as usize, COARSE as usize);
        let mut sums = vec![([0u32; 3], 0u32); across * size.high as usize];
        for (at, cell) in self.rgb.chunks_exact(3).filter_map(|cell| cell.first_chunk::<3>()).enumerate() {
            let block = at / wide.max(1) / side * across + at % wide.max(1) / side;
            if let Some((sum, count)) = sums.get_mut(block) {
                sum.iter_mut().zip(cell).for_each(|(sum, value)| *sum += u32::from(*value));
                *count += 1;
            }
        }
        let mean = |(sum, count): ([u32; 3], u32)| sum.map(|sum| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX));
        Self { size, rgb: sums.into_iter().flat_map(mean).collect() }
    }

    /// The picture without what is smaller than [`COARSE`] cells.
    pub(crate) fn smooth(&self) -> Self {
        let coarse = self.coarse();
        let (wide, side) = (coarse.size.wide as usize, COARSE as usize);
        let cell = |x: usize, y: usize| coarse.rgb.get((y / side * wide + x / side) * 3..)?.first_chunk::<3>().copied();
        let places = (0..self.size.high as usize).flat_map(|y| (0..self.size.wide as usize).map(move |x| (x, y)));
        Self { size: self.size, rgb: places.flat_map(|(x, y)| cell(x, y).unwrap_or_default()).collect() }
    }

    pub(crate) fn turned(&self) -> [(&'static str, Self); 5] {
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

/// Treatment of the source's pictures, which decides how alike they can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// Nothing but scaling.
    Scaled,
    /// The same to so few pixels that colours, which have half as many, run into each other.
    Tiny,
    /// Frames are woven of fields, dropped or repeated.
    Retimed,
    /// High dynamic range became standard; the source's pictures are those of [`standard`].
    ToneMapped,
}

/// Brightness of a cell.
pub(crate) fn luma([r, g, b]: [i32; 3]) -> i32 {
    (54 * r + 183 * g + 18 * b) / 255
}

#[cfg(test)]
mod tests {
    use super::{SIDE, Size};

    #[test]
    fn small_pictures_keep_the_shape() {
        assert_eq!(Size::like(SIDE, 1920, 1080), Size { wide: 64, high: 36 });
        assert_eq!(Size::like(SIDE, 1080, 1920), Size { wide: 36, high: 64 });
        assert_eq!(Size::like(SIDE, 10_000, 1), Size { wide: 64, high: 4 });
        assert_eq!(Size::like(SIDE, 0, 0).high, 4);
    }
}
