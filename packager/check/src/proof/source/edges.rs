//! The edges that a container takes off a source's pictures, wherever it says so, and whichever way they are turned.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde_json::Value;

use super::aperture::Aperture;
use super::stream::Stream;

/// Bytes at the start of a Matroska file that tell of its tracks, or where they are told of.
const HEAD: u64 = 1 << 20;

impl Stream {
    /// Looks for the part of the track's pictures that is shown, in a container that ffprobe calls `format`.
    pub(super) fn find_edges(&mut self, path: &Path, format: &str) {
        let size = (self.width, self.height);
        if format.contains("mp4") {
            let id = self.id.strip_prefix("0x").and_then(|id| u32::from_str_radix(id, 16).ok());
            self.aperture = id.and_then(|id| Aperture::of(path, id, size));
        } else if format.contains("matroska")
            && let Some((aperture, shape)) = matroska(path, self.index, size)
        {
            self.aperture = Some(aperture);
            self.sample_aspect_ratio = shape;
        }
    }

    /// The filter that takes the edges off, once pictures are turned; nothing where there are none.
    pub(crate) fn edges(&self) -> String {
        let Some(aperture) = self.aperture else { return String::new() };
        let matrix = self.side_data_list.iter().find_map(|data| data.get("displaymatrix").and_then(Value::as_str));
        let turned = matrix.and_then(|matrix| turned(aperture, matrix, (self.width, self.height)));
        let shape = if self.sample_aspect_ratio.contains('/') {
            format!("setsar={}:max=65535,", self.sample_aspect_ratio)
        } else {
            String::new()
        };
        turned.unwrap_or(aperture).filter() + &shape
    }
}

/// Where a part of a picture lies once the picture is turned by a matrix, as ffprobe prints it: three numbers a line.
fn turned(part: Aperture, matrix: &str, (width, height): (u32, u32)) -> Option<Aperture> {
    let numbers = |line: &str| -> Option<Vec<i64>> {
        let (_, numbers) = line.split_once(':')?;
        numbers.split_whitespace().map(|number| number.parse().ok()).collect()
    };
    let rows: Vec<Vec<i64>> = matrix.lines().filter_map(numbers).collect();
    let at = |row: usize, column: usize| rows.get(row)?.get(column).copied();
    let (across, down) = ((at(0, 0)?, at(0, 1)?), (at(1, 0)?, at(1, 1)?));
    let mut part = part;
    if across.0 < 0 || across.1 < 0 {
        part.left = width.checked_sub(part.left + part.wide)?;
    }
    if down.0 < 0 || down.1 < 0 {
        part.top = height.checked_sub(part.top + part.high)?;
    }
    if across.0 == 0 {
        part = Aperture { left: part.top, top: part.left, wide: part.high, high: part.wide };
    }
    Some(part)
}

/// `PixelCrop…` of Matroska's track number `index` (RFC 9559 §5.1.4.1.28), and the shape of the pixels that are shown.
fn matroska(path: &Path, index: u32, (width, height): (u32, u32)) -> Option<(Aperture, String)> {
    let tracks = tracks(File::open(path).ok()?)?;
    let kinds = |entry: &&[u8]| matches!(number(entry, &[0x83]), Some(1 | 2 | 17 | 33));
    let entry = all(&tracks, &[0xae]).filter(kinds).nth(usize::try_from(index).ok()?)?;
    let video = all(entry, &[0xe0]).next()?;
    let crop = |id: u8| number(video, &[0x54, id]).unwrap_or(0);
    let (left, top) = (crop(0xcc), crop(0xbb));
    let wide = width.checked_sub(left.checked_add(crop(0xdd))?).filter(|wide| *wide > 0)?;
    let high = height.checked_sub(top.checked_add(crop(0xaa))?).filter(|high| *high > 0)?;
    let display = |id: u8, own: u32| number(video, &[0x54, id]).filter(|side| *side > 0).unwrap_or(own);
    let (across, down) = (display(0xb0, wide), display(0xba, high));
    let shape = format!("{}/{}", u64::from(across) * u64::from(high), u64::from(down) * u64::from(wide));
    ((wide, high) != (width, height)).then_some((Aperture { left, top, wide, high }, shape))
}

/// The element of tracks: near the start, or where the index near the start says.
fn tracks(mut file: File) -> Option<Vec<u8>> {
    const TRACKS: [u8; 4] = [0x16, 0x54, 0xae, 0x6b];
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head).ok()?;
    // Header and segment are elements within one another only in name: the segment's content follows its size.
    let header = head.windows(4).position(|id| id == [0x18, 0x53, 0x80, 0x67])?;
    let (_, length) = size(head.get(header + 4..)?)?;
    let begin = header + 4 + length;
    let segment = head.get(begin..)?;
    if let Some(tracks) = all(segment, &TRACKS).next() {
        return Some(tracks.to_vec());
    }
    let index = all(segment, &[0x11, 0x4d, 0x9b, 0x74]).next()?;
    let names = |entry: &&[u8]| all(entry, &[0x53, 0xab]).next() == Some(TRACKS.as_slice());
    let place = number(all(index, &[0x4d, 0xbb]).find(names)?, &[0x53, 0xac])?;
    file.seek(SeekFrom::Start(u64::try_from(begin).ok()? + u64::from(place))).ok()?;
    let mut rest = Vec::new();
    file.take(HEAD).read_to_end(&mut rest).ok()?;
    all(&rest, &TRACKS).next().map(<[u8]>::to_vec)
}

/// The contents of the elements `wanted` in `content`, up to the first that is not whole.
fn all<'a>(content: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = content;
    let next = move || {
        let id = usize::try_from(rest.first()?.leading_zeros()).ok()? + 1;
        let (long, length) = size(rest.get(id..)?)?;
        let end = (id + length).checked_add(usize::try_from(long).ok()?)?;
        let found = (rest.get(..id)?, rest.get(id + length..end)?);
        rest = rest.get(end..)?;
        Some(found)
    };
    std::iter::from_fn(next).filter(move |(id, _)| *id == wanted).map(|(_, content)| content)
}

/// An element's size, and the bytes that it is written in (RFC 8794 §4).
fn size(bytes: &[u8]) -> Option<(u64, usize)> {
    let length = usize::try_from(bytes.first()?.leading_zeros()).ok()? + 1;
    let number = bytes.get(..length)?.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    (length <= 8).then_some((number & !(1 << (7 * length)), length))
}

fn number(content: &[u8], wanted: &[u8]) -> Option<u32> {
    let bytes = all(content, wanted).next().filter(|bytes| bytes.len() <= 8)?;
    u32::try_from(bytes.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_turns_with_its_picture() {
        let part = Aperture { left: 10, top: 20, wide: 100, high: 50 };
        let matrix = |rows: [i64; 4]| {
            let [a, b, c, d] = rows;
            format!("\n00000000: {a} {b} 0\n00000001: {c} {d} 0\n00000002: 0 0 1073741824\n")
        };
        for (rows, left, top, wide, high) in [
            ([1, 0, 0, 1], 10, 20, 100, 50),
            ([0, 1, -1, 0], 110, 10, 50, 100),
            ([-1, 0, 0, -1], 210, 110, 100, 50),
            ([0, -1, 1, 0], 20, 210, 50, 100),
            ([-1, 0, 0, 1], 210, 20, 100, 50),
        ] {
            assert_eq!(turned(part, &matrix(rows), (320, 180)), Some(Aperture { left, top, wide, high }), "{rows:?}");
        }
        assert_eq!(turned(part, "", (320, 180)), None);
    }
}
