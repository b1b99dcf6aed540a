//! The part of a source's picture that is shown: the clean aperture of MP4 and MOV (`clap`, ISO/IEC 14496-12 §12.1.4),
//! read from the file, since ffprobe tells of it from 7.1 on alone.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Boxes that are looked at on each level.
const MOST_BOXES: usize = 1000;
/// A movie box of more bytes than this is not read.
const LARGEST_MOVIE: u64 = 256 << 20;
/// Bytes of a visual sample entry before its boxes (§12.1.3).
const VISUAL_ENTRY: usize = 78;

/// A rectangle within a picture, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aperture {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) wide: u32,
    pub(crate) high: u32,
}

impl Aperture {
    /// Of the track `id` of a file, whose pictures have `size`; `None` where all of it is shown.
    pub(crate) fn of(path: &Path, id: u32, size: (u32, u32)) -> Option<Self> {
        Self::within(File::open(path).ok()?, id, size)
    }

    /// Of the track `id` of what `file` holds.
    pub(crate) fn within(file: impl Read + Seek, id: u32, size: (u32, u32)) -> Option<Self> {
        let movie = movie(file)?;
        let mut tracks = boxes(&movie).filter(|(kind, _)| kind == b"trak").map(|(_, track)| track);
        let track = tracks.find(|track| number(track) == Some(id))?;
        let described = [b"mdia", b"minf", b"stbl", b"stsd"].into_iter().try_fold(track, inside)?;
        // Version, flags and a count stand before the entries.
        let (_, entry) = boxes(described.get(8..)?).next()?;
        Self::read(inside(entry.get(VISUAL_ENTRY..)?, b"clap")?, size)
    }

    /// Four fractions: width, height, and how far the centre is from the picture's.
    fn read(clap: &[u8], (width, height): (u32, u32)) -> Option<Self> {
        let fraction = |at: usize| {
            let part = |at: usize| Some(i64::from(i32::from_be_bytes(*clap.get(at..)?.first_chunk()?)));
            part(at)?.checked_div(part(at + 4)?)
        };
        let place = |whole: u32, shown: i64, off: i64| {
            let before = (i64::from(whole) - shown) / 2 + off;
            let fits = shown > 0 && before >= 0 && before + shown <= i64::from(whole);
            fits.then_some((u32::try_from(before).ok()?, u32::try_from(shown).ok()?))
        };
        let (left, wide) = place(width, fraction(0)?, fraction(16)?)?;
        let (top, high) = place(height, fraction(8)?, fraction(24)?)?;
        ((wide, high) != (width, height)).then_some(Self { left, top, wide, high })
    }

    /// The filter that takes the rest away, unless ffmpeg has: from 7.1 on it does.
    pub(crate) fn filter(self) -> String {
        let Self { left, top, wide, high } = self;
        format!("crop='min(iw,{wide})':'min(ih,{high})':'if(gt(iw,{wide}),{left})':'if(gt(ih,{high}),{top})',")
    }
}

/// The movie box's content.
fn movie(mut file: impl Read + Seek) -> Option<Vec<u8>> {
    for _ in 0..MOST_BOXES {
        let mut header = [0; 8];
        file.read_exact(&mut header).ok()?;
        let [a, b, c, d, kind @ ..] = header;
        let mut length = u64::from(u32::from_be_bytes([a, b, c, d])).checked_sub(8);
        if [a, b, c, d] == [0, 0, 0, 1] {
            let mut large = [0; 8];
            file.read_exact(&mut large).ok()?;
            length = u64::from_be_bytes(large).checked_sub(16);
        }
        if &kind == b"moov" {
            let mut content = Vec::new();
            file.take(length.filter(|length| *length <= LARGEST_MOVIE)?).read_to_end(&mut content).ok()?;
            return Some(content);
        }
        file.seek(SeekFrom::Current(i64::try_from(length?).ok()?)).ok()?;
    }
    None
}

/// The boxes in `content`, up to the first that is damaged, or the zeros that QuickTime puts behind the last.
fn boxes(content: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = content;
    let next = move || {
        let size = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
        let kind = *rest.get(4..)?.first_chunk()?;
        let body = rest.get(8..size)?;
        rest = rest.get(size..)?;
        Some((kind, body))
    };
    std::iter::from_fn(next).take(MOST_BOXES)
}

fn inside<'a>(content: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(content).find(|(kind, _)| kind == wanted).map(|(_, body)| body)
}

/// The track's number, behind two times that version 1 has in 64 bits (§8.3.2).
fn number(track: &[u8]) -> Option<u32> {
    let header = inside(track, b"tkhd")?;
    let at = if header.first()? == &1 { 20 } else { 12 };
    Some(u32::from_be_bytes(*header.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_within_the_picture_or_there_is_none() {
        let read = |values: [i32; 8]| Aperture::read(&values.map(i32::to_be_bytes).concat(), (320, 180));
        let right = Aperture { left: 160, top: 0, wide: 160, high: 180 };
        assert_eq!(read([160, 1, 180, 1, 80, 1, 0, 1]), Some(right));
        assert_eq!(read([320, 2, 360, 2, 160, 2, 0, 1]), Some(right));
        for none in [
            [320, 1, 180, 1, 0, 1, 0, 1],
            [160, 0, 180, 1, 80, 1, 0, 1],
            [160, 1, 180, 1, 81, 1, 0, 1],
            [-160, 1, 180, 1, 0, 1, 0, 1],
            [i32::MIN, -1, i32::MAX, 1, i32::MIN, -1, 0, 1],
        ] {
            assert_eq!(read(none), None, "{none:?}");
        }
        assert_eq!(Aperture::read(&[0; 31], (320, 180)), None);
    }
}
