//! The cropping of Matroska and WebM (`PixelCropTop` and its like, RFC 9559 §5.1.4.1.28), which ffprobe tells of from 7.1 on
//! alone. Before that it makes the shape of pixels of the whole picture, where the container means what is shown.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::container::or_nothing;
use crate::source::Crop;

/// Elements that are looked at on each level.
const MOST_ELEMENTS: usize = 1000;
/// An element that has more bytes is not read.
const LARGEST: u64 = 16 << 20;

const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114D_9B74;
const SEEK: u32 = 0x4DBB;
const SEEK_ID: u32 = 0x53AB;
const SEEK_POSITION: u32 = 0x53AC;
const CLUSTER: u32 = 0x1F43_B675;
const TRACKS: u32 = 0x1654_AE6B;
const TRACK_ENTRY: u32 = 0xAE;
const TRACK_TYPE: u32 = 0x83;
const VIDEO: u32 = 0xE0;
const PIXEL_WIDTH: u32 = 0xB0;
const PIXEL_HEIGHT: u32 = 0xBA;
const CROP_BOTTOM: u32 = 0x54AA;
const CROP_TOP: u32 = 0x54BB;
const CROP_LEFT: u32 = 0x54CC;
const CROP_RIGHT: u32 = 0x54DD;
const DISPLAY_WIDTH: u32 = 0x54B0;
const DISPLAY_HEIGHT: u32 = 0x54BA;

/// The crop of the track that is ffmpeg's stream `index`, whose pictures are of `size`, and a pixel's width and height.
/// `None` where all of the picture is shown, or nothing is said.
pub(in crate::probe) fn shown(path: &Path, index: u32, size: (u32, u32)) -> io::Result<Option<(Crop, (u32, u32))>> {
    Ok(or_nothing(tracks(path))?.and_then(|tracks| of_stream(&tracks, index, size)))
}

fn of_stream(tracks: &[u8], index: u32, size: (u32, u32)) -> Option<(Crop, (u32, u32))> {
    let entries = children(tracks).filter(|(id, _)| *id == TRACK_ENTRY);
    // ffmpeg makes streams of video, audio, subtitles and metadata (RFC 9559 §5.1.4.1.3).
    let streams = entries.filter(|(_, entry)| matches!(number(entry, TRACK_TYPE), Some(1 | 2 | 0x11 | 0x21)));
    let (_, entry) = streams.into_iter().nth(usize::try_from(index).ok()?)?;
    let (_, video) = children(entry).find(|(id, _)| *id == VIDEO)?;
    of_video(video)
        .filter(|_| (number(video, PIXEL_WIDTH), number(video, PIXEL_HEIGHT)) == (Some(size.0), Some(size.1)))
}

fn of_video(video: &[u8]) -> Option<(Crop, (u32, u32))> {
    let side = |id: u32| number(video, id).unwrap_or(0);
    let (width, height) = (side(PIXEL_WIDTH), side(PIXEL_HEIGHT));
    let (left, top) = (side(CROP_LEFT), side(CROP_TOP));
    let crop = Crop {
        left,
        top,
        width: width.checked_sub(left)?.checked_sub(side(CROP_RIGHT))?,
        height: height.checked_sub(top)?.checked_sub(side(CROP_BOTTOM))?,
    };
    let crop = crop.of(width, height)?;
    // Without a size of display, pixels are squares.
    let display = |id: u32, own: u32| number(video, id).filter(|side| *side > 0).unwrap_or(own);
    let (wide, high) = (display(DISPLAY_WIDTH, crop.width), display(DISPLAY_HEIGHT, crop.height));
    let pixel = reduced(u64::from(wide) * u64::from(crop.height), u64::from(high) * u64::from(crop.width));
    Some((crop, pixel))
}

/// A fraction in its smallest terms; a square where these are too large.
fn reduced(num: u64, den: u64) -> (u32, u32) {
    let (mut a, mut b) = (num, den);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    let part = |of: u64| u32::try_from(of / a.max(1)).ok();
    part(num).zip(part(den)).unwrap_or((1, 1))
}

/// The content of the description of tracks: it stands before the first cluster, or where the index says (an editor of tags
/// may have moved it to the end).
fn tracks(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let (mut segment, mut elsewhere) = (0, None);
    for _ in 0..MOST_ELEMENTS {
        let Some((id, size)) = next_element(&mut file)? else { return Ok(None) };
        match id {
            SEGMENT => segment = file.stream_position()?,
            TRACKS => return content(&mut file, size),
            SEEK_HEAD => {
                let index = content(&mut file, size)?;
                elsewhere = elsewhere.or(index.as_deref().and_then(place_of_tracks));
            }
            CLUSTER => {
                let Some(place) = elsewhere.take() else { return Ok(None) };
                file.seek(SeekFrom::Start(segment.saturating_add(u64::from(place))))?;
            }
            _ => {
                let Ok(size) = i64::try_from(size) else { return Ok(None) };
                file.seek(SeekFrom::Current(size))?;
            }
        }
    }
    Ok(None)
}

/// An element's content; `None` where it is too large.
fn content(file: &mut File, size: u64) -> io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    if size > LARGEST {
        return Ok(None);
    }
    file.take(size).read_to_end(&mut content)?;
    Ok(Some(content))
}

/// Bytes from the segment's first to the description of tracks, by an index.
fn place_of_tracks(index: &[u8]) -> Option<u32> {
    let entries = children(index).filter(|(id, _)| *id == SEEK);
    let mut tracks = entries.filter(|(_, entry)| number(entry, SEEK_ID) == Some(TRACKS));
    number(tracks.next()?.1, SEEK_POSITION)
}

/// Reads an element's id and size (RFC 8794 §4); `None` at the end.
fn next_element(file: &mut File) -> io::Result<Option<(u32, u64)>> {
    let mut head = [0; 12];
    let mut read = 0;
    while read < head.len() {
        match file.read(head.get_mut(read..).unwrap_or_default())? {
            0 => break,
            more => read += more,
        }
    }
    let Some((id, size, length)) = element(head.get(..read).unwrap_or_default()) else { return Ok(None) };
    let beyond = i64::try_from(read - length).unwrap_or(0);
    file.seek(SeekFrom::Current(-beyond))?;
    Ok(Some((id, size)))
}

/// An element's id, its size, and the bytes that these two take.
fn element(bytes: &[u8]) -> Option<(u32, u64, usize)> {
    let (id, id_length) = variable(bytes, 4)?;
    let (size, size_length) = variable(bytes.get(id_length..)?, 8)?;
    // The marker is part of an id, and none of a size.
    let size = size & !(1 << (7 * size_length));
    Some((u32::try_from(id).ok()?, size, id_length + size_length))
}

/// A number of variable length with its marker, and its bytes; at most `longest` (RFC 8794 §4).
fn variable(bytes: &[u8], longest: usize) -> Option<(u64, usize)> {
    let length = usize::try_from(bytes.first()?.leading_zeros()).ok()? + 1;
    let number = bytes.get(..length).filter(|_| length <= longest)?;
    Some((number.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)), length))
}

/// The elements in `content`, up to the first that is damaged.
fn children(content: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut rest = content;
    let next = move || {
        let (id, size, length) = element(rest)?;
        let end = length.checked_add(usize::try_from(size).ok()?)?;
        let inside = rest.get(length..end)?;
        rest = rest.get(end..)?;
        Some((id, inside))
    };
    std::iter::from_fn(next).take(MOST_ELEMENTS)
}

/// The unsigned number that `wanted` holds in `content`.
fn number(content: &[u8], wanted: u32) -> Option<u32> {
    let (_, bytes) = children(content).find(|(id, _)| *id == wanted)?;
    let value = (bytes.len() <= 8).then(|| bytes.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte)))?;
    u32::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EBML: u32 = 0x1A45_DFA3;

    /// An element with a size of two bytes.
    fn made(id: u32, content: &[u8]) -> Vec<u8> {
        let id: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        let size = (0x4000 | u16::try_from(content.len()).unwrap()).to_be_bytes();
        [id.as_slice(), &size, content].concat()
    }

    fn of(numbers: &[(u32, u16)]) -> Vec<u8> {
        numbers.iter().flat_map(|(id, number)| made(*id, &number.to_be_bytes())).collect()
    }

    #[test]
    fn what_is_shown_is_found_by_stream_with_the_shape_of_its_pixels() {
        let size = [(PIXEL_WIDTH, 720), (PIXEL_HEIGHT, 576)];
        let edges = [(CROP_LEFT, 8), (CROP_RIGHT, 8), (CROP_TOP, 2)];
        let crop = Crop { left: 8, top: 2, width: 704, height: 574 };
        let video = |more: &[(u32, u16)]| of(&[size.as_slice(), &edges, more].concat());
        assert_eq!(of_video(&video(&[])), Some((crop, (1, 1))));
        let wide = [(DISPLAY_WIDTH, 1024), (DISPLAY_HEIGHT, 574)];
        assert_eq!(of_video(&video(&wide)), Some((crop, (16, 11))));
        assert_eq!(of_video(&of(&size)), None);
        let entry =
            |kind: u16, video: &[u8]| made(TRACK_ENTRY, &[of(&[(TRACK_TYPE, kind)]), made(VIDEO, video)].concat());
        let tracks = [entry(0x10, &[]), entry(2, &[]), entry(1, &video(&[]))].concat();
        let segment = [made(0xEC, &[0; 9]), made(TRACKS, &tracks), made(CLUSTER, &[])].concat();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mkv");
        std::fs::write(&path, [made(EBML, &[1, 2, 3]), made(SEGMENT, &segment)].concat()).unwrap();
        assert_eq!(shown(&path, 1, (720, 576)).unwrap(), Some((crop, (1, 1))));
        // Moved behind the pictures, where the index says.
        let seek = made(SEEK, &[made(SEEK_ID, &TRACKS.to_be_bytes()), made(SEEK_POSITION, &[29])].concat());
        let moved = [made(SEEK_HEAD, &seek), made(CLUSTER, &[]), made(TRACKS, &tracks)].concat();
        let other = folder.path().join("b.mkv");
        std::fs::write(&other, made(SEGMENT, &moved)).unwrap();
        assert_eq!(shown(&other, 1, (720, 576)).unwrap(), Some((crop, (1, 1))));
        let nothing = [shown(&path, 0, (720, 576)), shown(&path, 1, (704, 576))];
        assert_eq!(nothing.map(Result::unwrap), [None, None]);
        assert!(shown(folder.path(), 0, (720, 576)).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let _ = of_video(&bytes);
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.mkv");
            std::fs::write(&path, [made(SEGMENT, &[]), bytes].concat()).unwrap();
            shown(&path, 0, (1, 1)).unwrap();
        }
    }
}
