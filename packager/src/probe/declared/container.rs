//! The little that is read of a file without ffprobe: whether it is there, and what its first boxes say.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use crate::probe::error::ProbeError;

/// Boxes that are looked at; a file that is not fragmented has a handful.
const MOST_BOXES: u32 = 1000;
/// Bytes of a transport stream's packet.
const TS_PACKET: usize = 188;
/// Bytes of a transport stream that are looked at.
const LOOKED_AT: u64 = 1 << 20;

/// Refuses what is not a readable file with bytes in it.
pub(crate) fn refuse_unreadable(path: &Path) -> Result<(), ProbeError> {
    let io = |source| ProbeError::io(path, source);
    let metadata = std::fs::metadata(path).map_err(io)?;
    if metadata.is_dir() {
        return Err(ProbeError::Folder(path.into()));
    }
    if !metadata.is_file() {
        return Err(ProbeError::NotAFile(path.into()));
    }
    let mut byte = [0];
    match File::open(path).and_then(|mut file| file.read(&mut byte)).map_err(io)? {
        0 => Err(ProbeError::Empty(path.into())),
        _ => Ok(()),
    }
}

/// The outcome of a look into a file: where the file ends before it is through, or a damaged size leads beyond all files, there
/// is nothing. Any other error is the disk's, of which nothing follows.
pub(in crate::probe) fn or_nothing<T: Default>(found: io::Result<T>) -> io::Result<T> {
    match found {
        Err(error) if is_damage(&error) => Ok(T::default()),
        other => other,
    }
}

/// True if the file's own sizes lead behind its end, or beyond all files.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidInput)
}

/// True if the file begins as MP4 and MOV do (ISO/IEC 14496-12 §4.3; older MOV starts with any of these boxes).
pub(in crate::probe) fn begins_as_mp4(path: &Path) -> io::Result<bool> {
    let first = or_nothing(next_box(&mut File::open(path)?))?;
    Ok(first.is_some_and(|(_, kind)| matches!(&kind, b"ftyp" | b"mdat" | b"moov" | b"wide" | b"free" | b"skip")))
}

/// The demuxer of a list of other files, of which ffprobe fails on those whose names must not be opened, and waits for more of
/// those that are not said to end.
pub(in crate::probe) fn list_of_files(path: &Path) -> io::Result<Option<&'static str>> {
    let mut head = Vec::new();
    File::open(path)?.take(1024).read_to_end(&mut head)?;
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    let begins = |with: &&(&[u8], &str)| text.starts_with(with.0);
    let lists: [(&[u8], &str); 3] = [(b"ffconcat version", "concat"), (b"#EXTM3U", "hls"), (b"<MPD", "dash")];
    let named = lists.iter().find(begins).map(|(_, name)| *name);
    Ok(named.or_else(|| {
        text.windows(4).any(|word| word == b"<MPD").then_some("dash").filter(|_| text.starts_with(b"<?xml"))
    }))
}

/// True if most of the first packets of a transport stream say that they are scrambled (ISO/IEC 13818-1 §2.4.3.3).
pub(in crate::probe) fn scrambled(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(LOOKED_AT).read_to_end(&mut head)?;
    let in_step = |start: &usize| (0..5).all(|packet| head.get(start + TS_PACKET * packet) == Some(&0x47));
    let Some(start) = (0..TS_PACKET).find(in_step) else { return Ok(false) };
    let headers =
        head.get(start..).unwrap_or_default().chunks(TS_PACKET).filter_map(|packet| packet.first_chunk::<4>());
    let (all, scrambled) =
        headers.fold((0, 0), |(all, scrambled), header| (all + 1, scrambled + u32::from(header[3] >> 6 > 1)));
    Ok(scrambled * 2 > all)
}

/// True if it is an animated WebP: its `VP8X` chunk says so, which is the first.
pub(in crate::probe) fn animated_webp(path: &Path) -> io::Result<bool> {
    let mut head = [0; 21];
    or_nothing(File::open(path)?.read_exact(&mut head))?;
    Ok(head.starts_with(b"RIFF") && head[8..].starts_with(b"WEBPVP8X") && head[20] & 2 != 0)
}

/// True if it is a fragmented MP4 (ISO/IEC 14496-12 §8.8): such have no index that can be trusted.
pub(in crate::probe) fn fragmented(path: &Path) -> io::Result<bool> {
    match has_fragment(path) {
        // Nor has one that is damaged.
        Err(error) if is_damage(&error) => Ok(true),
        other => other,
    }
}

fn has_fragment(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    for _ in 0..MOST_BOXES {
        let Some((rest, kind)) = next_box(&mut file)? else { return Ok(false) };
        if &kind == b"moof" {
            return Ok(true);
        }
        let Ok(rest) = i64::try_from(rest) else { return Ok(false) };
        file.seek(SeekFrom::Current(rest))?;
    }
    Ok(false)
}

/// Reads a box's header: the bytes that remain of it, and its type. `None` at the end, or where there is no box.
pub(in crate::probe) fn next_box(file: &mut File) -> io::Result<Option<(u64, [u8; 4])>> {
    let mut word = [0; 4];
    let mut kind = [0; 4];
    match file.read_exact(&mut word).and_then(|()| file.read_exact(&mut kind)) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    // ISO/IEC 14496-12 §4.2: 0 reaches to the end of the file, 1 announces 64 bits.
    Ok(match u32::from_be_bytes(word) {
        0 => Some((u64::MAX, kind)),
        1 => {
            let mut large = [0; 8];
            file.read_exact(&mut large)?;
            u64::from_be_bytes(large).checked_sub(16).map(|rest| (rest, kind))
        }
        size => u64::from(size).checked_sub(8).map(|rest| (rest, kind)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrambled_packets_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ts");
        for (control, junk, expected) in [(0x10, 0, false), (0xd0, 0, true), (0x90, 100, true)] {
            let packets =
                (0..50).flat_map(|n| [0x47, 1, 0, if n == 0 { 0x10 } else { control }].into_iter().chain([n; 184]));
            std::fs::write(&path, vec![0; junk].into_iter().chain(packets).collect::<Vec<u8>>()).unwrap();
            assert_eq!(scrambled(&path).unwrap(), expected, "{control:x}");
        }
        assert!(scrambled(folder.path()).is_err());
    }

    #[test]
    fn lists_of_files_are_known_by_their_first_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp4");
        for (text, list) in [
            ("ffconcat version 1.0\nfile ../b.mp4\n", Some("concat")),
            ("\u{feff}#EXTM3U\n", Some("hls")),
            ("<?xml version=\"1.0\"?>\n<MPD xmlns=\"a\"/>", Some("dash")),
            ("<?xml version=\"1.0\"?>\n<svg/>", None),
            ("\0\0\0\x18ftypisom", None),
            ("", None),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(list_of_files(&path).unwrap(), list, "{text}");
        }
        assert!(list_of_files(folder.path()).is_err());
    }
}
