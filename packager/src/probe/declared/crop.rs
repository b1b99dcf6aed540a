//! The crop of pictures: containers may have their edges taken off.

use std::path::Path;

use super::json::Stream;
use super::{aperture, facts, pixel_crop};
use crate::probe::error::ProbeError;
use crate::source::{Crop, Frame};

/// The visible part of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::probe) struct Shown {
    /// Before it is turned.
    pub crop: Crop,
    /// A pixel's width and height.
    pub pixel: (u32, u32),
}

impl Shown {
    /// A picture that is cropped.
    pub(in crate::probe) fn frame(self) -> Frame {
        Frame { width: self.crop.width, height: self.crop.height, pixel: self.pixel }
    }
}

/// The visible part of a picture that is decoded as `frame`, in a container that ffprobe calls `format`; `None` where
/// it is all of it. Before 7.1, ffprobe does not tell.
pub(in crate::probe) fn shown(
    stream: &Stream,
    format: &str,
    frame: Frame,
    path: &Path,
) -> Result<Option<Shown>, ProbeError> {
    let with_pixel = |crop| Shown { crop, pixel: frame.pixel };
    if let Some(crop) = told(stream, frame) {
        return Ok(Some(with_pixel(crop)));
    }
    let known = |name: &str| format.split(',').any(|of| of == name);
    let size = (frame.width, frame.height);
    let looked = match facts::container_id(stream) {
        _ if known("matroska") => {
            pixel_crop::shown(path, stream.index, size).map(|shown| shown.map(|(crop, pixel)| Shown { crop, pixel }))
        }
        Some(id) if known("mov") => aperture::crop(path, id, size).map(|crop| crop.map(with_pixel)),
        _ => Ok(None),
    };
    looked.map_err(|error| ProbeError::io(path, error))
}

/// The crop that ffprobe reports.
fn told(stream: &Stream, frame: Frame) -> Option<Crop> {
    let data = stream.side_data_list.iter().find(|data| data.side_data_type == "Frame Cropping")?;
    let edge = |pixels: Option<u64>| pixels.map_or(Some(0), |pixels| u32::try_from(pixels).ok());
    let (left, top) = (edge(data.crop_left)?, edge(data.crop_top)?);
    let width = frame.width.checked_sub(left)?.checked_sub(edge(data.crop_right)?)?;
    let height = frame.height.checked_sub(top)?.checked_sub(edge(data.crop_bottom)?)?;
    Crop { left, top, width, height }.of(frame.width, frame.height)
}

/// Where a part of a picture of this size comes to lie once it is turned, as ffmpeg does before it filters.
pub(in crate::probe) fn turned(crop: Crop, stream: &Stream, (width, height): (u32, u32)) -> Crop {
    let matrix = stream.side_data_list.iter().find_map(|data| data.displaymatrix.as_deref());
    let Some([a, b, c, d]) = matrix.and_then(directions) else { return crop };
    let from_right = |crop: Crop| width.saturating_sub(crop.left.saturating_add(crop.width));
    let from_bottom = |crop: Crop| height.saturating_sub(crop.top.saturating_add(crop.height));
    let left = if a < 0 || b < 0 { from_right(crop) } else { crop.left };
    let top = if d < 0 || c < 0 { from_bottom(crop) } else { crop.top };
    let mirrored = Crop { left, top, ..crop };
    if a == 0 && d == 0 {
        Crop { left: mirrored.top, top: mirrored.left, width: mirrored.height, height: mirrored.width }
    } else {
        mirrored
    }
}

/// Where a matrix lays a step to the right, `(a, b)`, and a step down, `(c, d)` (ISO/IEC 14496-12 §6.2.2). ffprobe prints
/// three numbers a line, after the line's own.
fn directions(matrix: &str) -> Option<[i64; 4]> {
    let row = |line: &str| {
        let mut numbers = line.split_once(':')?.1.split_whitespace().map_while(|number| number.parse::<i64>().ok());
        numbers.next().zip(numbers.next())
    };
    let mut rows = matrix.lines().filter_map(row);
    let ((a, b), (c, d)) = rows.next().zip(rows.next())?;
    Some([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(json: &str) -> Stream {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn edges_that_ffprobe_tells_of_are_taken_off() {
        let told = stream(
            r#"{"width": 320, "height": 180, "side_data_list": [{"side_data_type": "Frame Cropping", "crop_left": 40, "crop_right": 20}]}"#,
        );
        let frame = Frame { width: 320, height: 180, pixel: (4, 3) };
        let shown = shown(&told, "matroska,webm", frame, Path::new("none")).unwrap().unwrap();
        assert_eq!(shown.crop, Crop { left: 40, top: 0, width: 260, height: 180 });
        assert_eq!(shown.frame(), Frame { width: 260, height: 180, pixel: (4, 3) });
    }

    #[test]
    fn edges_turn_with_the_picture() {
        let crop = Crop { left: 10, top: 20, width: 100, height: 50 };
        for (rows, expected) in [
            ([65_536, 0, 0, 65_536], crop),
            ([0, 65_536, -65_536, 0], Crop { left: 110, top: 10, width: 50, height: 100 }),
            ([-65_536, 0, 0, -65_536], Crop { left: 210, top: 110, width: 100, height: 50 }),
            ([0, -65_536, 65_536, 0], Crop { left: 20, top: 210, width: 50, height: 100 }),
            ([-65_536, 0, 0, 65_536], Crop { left: 210, ..crop }),
        ] {
            let [a, b, c, d] = rows;
            let matrix = format!(
                r"\n00000000: {a:12} {b:12} {:12}\n00000001: {c:12} {d:12} {:12}\n00000002: {:12} {:12}  1073741824\n",
                0, 0, 0, 0
            );
            let json = format!(r#"{{"side_data_list": [{{"displaymatrix": "{matrix}", "rotation": 0}}]}}"#);
            assert_eq!(turned(crop, &stream(&json), (320, 180)), expected, "{rows:?}");
        }
        assert_eq!(turned(crop, &stream("{}"), (320, 180)), crop);
    }
}
