//! The clean aperture of MP4 and MOV (`clap`, ISO/IEC 14496-12 §12.1.4), which ffprobe tells of from 7.1 on alone.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::container::{next_box, or_nothing};
use crate::source::Crop;

/// Boxes that are looked at on each level.
const MOST_BOXES: usize = 1000;
/// A movie box of more bytes than this is not read.
const LARGEST_MOVIE: u64 = 256 << 20;
/// Where the boxes of a visual sample entry begin, after its own header (§12.1.3).
const VISUAL_FIELDS: usize = 78;

/// The part of a picture of `size` that is shown, of the track `id`. `None` where it is all of it, or nothing is said.
pub(in crate::probe) fn crop(path: &Path, id: u32, size: (u32, u32)) -> io::Result<Option<Crop>> {
    let crop = |movie: Vec<u8>| {
        let (_, entry) = sample_entry(&movie, id)?;
        aperture(child(entry.get(VISUAL_FIELDS..)?, b"clap")?, size)
    };
    Ok(or_nothing(movie(path))?.and_then(crop))
}

/// True if samples of the track `id` are said to be encrypted (ISO/IEC 14496-12 §8.12.1): where it says no more than that,
/// ffprobe finds a track that it can't decode.
pub(in crate::probe) fn is_protected(path: &Path, id: u32) -> io::Result<bool> {
    let movie = or_nothing(movie(path))?;
    let kind = movie.as_deref().and_then(|movie| sample_entry(movie, id)).map(|(kind, _)| *kind);
    Ok(matches!(kind.as_ref(), Some(b"encv" | b"enca")))
}

/// The type and content of the first sample entry of the track `id`.
fn sample_entry(movie: &[u8], id: u32) -> Option<(&[u8; 4], &[u8])> {
    let track = children(movie).filter(|(kind, _)| *kind == b"trak").find(|(_, track)| track_id(track) == Some(id))?.1;
    let entry = [b"mdia", b"minf", b"stbl", b"stsd"].into_iter().try_fold(track, |within, kind| child(within, kind))?;
    // A full box with a count before its entries.
    children(entry.get(8..)?).next()
}

/// The content of the movie box.
fn movie(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    for _ in 0..MOST_BOXES {
        let Some((rest, kind)) = next_box(&mut file)? else { return Ok(None) };
        if &kind == b"moov" && rest <= LARGEST_MOVIE {
            let mut content = Vec::new();
            file.take(rest).read_to_end(&mut content)?;
            return Ok(Some(content));
        }
        let Ok(rest) = i64::try_from(rest) else { return Ok(None) };
        file.seek(SeekFrom::Current(rest))?;
    }
    Ok(None)
}

/// The boxes in `content`, up to the first that is damaged.
fn children(content: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = content;
    let next = move || {
        let (size, kind) = (rest.first_chunk::<4>()?, rest.get(4..)?.first_chunk::<4>()?);
        let size = usize::try_from(u32::from_be_bytes(*size)).ok().filter(|size| *size >= 8)?;
        let inside = rest.get(8..size)?;
        rest = rest.get(size..)?;
        Some((kind, inside))
    };
    std::iter::from_fn(next).take(MOST_BOXES)
}

fn child<'a>(content: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    children(content).find(|(kind, _)| *kind == wanted).map(|(_, inside)| inside)
}

/// `track_ID` of a track's header (§8.3.2): after two times, which version 1 has in 64 bits.
fn track_id(track: &[u8]) -> Option<u32> {
    let header = child(track, b"tkhd")?;
    let at = if header.first()? == &1 { 20 } else { 12 };
    Some(u32::from_be_bytes(*header.get(at..)?.first_chunk()?))
}

/// The rectangle of a `clap` in whole pixels: width, height, and the distances of its centre from the picture's.
fn aperture(clap: &[u8], (width, height): (u32, u32)) -> Option<Crop> {
    let value = |at: usize| Some(i64::from(i32::from_be_bytes(*clap.get(4 * at..)?.first_chunk()?)));
    let pixels = |at: usize| value(at)?.checked_div(value(at + 1)?);
    let (shown_width, shown_height) = (pixels(0)?, pixels(2)?);
    let left = (i64::from(width) - shown_width) / 2 + pixels(4)?;
    let top = (i64::from(height) - shown_height) / 2 + pixels(6)?;
    let side = |pixels: i64| u32::try_from(pixels).ok();
    let crop = Crop { left: side(left)?, top: side(top)?, width: side(shown_width)?, height: side(shown_height)? };
    crop.of(width, height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clap(values: [i32; 8]) -> Vec<u8> {
        values.map(i32::to_be_bytes).concat()
    }

    #[test]
    fn a_sample_entry_says_that_it_is_protected() {
        let boxed = |kind: &[u8], inside: &[u8]| {
            [&u32::try_from(inside.len() + 8).unwrap().to_be_bytes(), kind, inside].concat()
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp4");
        for (kind, expected) in [(b"encv", true), (b"avc1", false)] {
            let table = boxed(b"stsd", &[&[0; 8][..], &boxed(kind, &[0; 78])].concat());
            let media = [b"stbl", b"minf", b"mdia"].into_iter().fold(table, |inside, kind| boxed(kind, &inside));
            let header = boxed(b"tkhd", &[&[0; 12][..], &7u32.to_be_bytes()].concat());
            std::fs::write(&path, boxed(b"moov", &boxed(b"trak", &[header, media].concat()))).unwrap();
            let is_protected = |id| is_protected(&path, id).unwrap();
            assert_eq!((is_protected(7), is_protected(8)), (expected, false));
        }
        // What can't be read is no picture without an aperture, and a size that leads beyond all files is.
        assert!(crop(folder.path(), 7, (16, 16)).is_err() && is_protected(folder.path(), 7).is_err());
        std::fs::write(&path, [&1u32.to_be_bytes()[..], b"wide", &(u64::MAX / 2 + 8).to_be_bytes()].concat()).unwrap();
        assert_eq!(crop(&path, 7, (16, 16)).unwrap(), None);
    }

    #[test]
    fn an_aperture_is_a_rectangle_within_the_picture() {
        let crop = |values| aperture(&clap(values), (720, 576));
        let expected = Some(Crop { left: 8, top: 0, width: 704, height: 576 });
        assert_eq!(crop([704, 1, 576, 1, 0, 1, 0, 1]), expected);
        assert_eq!(crop([704, 1, 574, 1, 8, 1, -1, 1]), Some(Crop { left: 16, top: 0, width: 704, height: 574 }));
        for nothing in [
            [720, 1, 576, 1, 0, 1, 0, 1],
            [720, 0, 576, 1, 0, 1, 0, 1],
            [704, 1, 576, 1, 100, 1, 0, 1],
            [-704, 1, 576, 1, 0, 1, 0, 1],
            [i32::MAX, 1, i32::MIN, -1, i32::MIN, 1, 0, 1],
        ] {
            assert_eq!(crop(nothing), None, "{nothing:?}");
        }
        assert_eq!(aperture(&[0; 20], (720, 576)), None);
    }
}
