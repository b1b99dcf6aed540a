//! The shape of pixels that a copy tells of: taken out where pixels change theirs, so that each picture's own counts.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes at the start of a copy that hold the description of its tracks.
const HEAD: u64 = 1 << 20;
/// Where that begins: the identifier of `Tracks` (RFC 9559 §5.1.4).
const TRACKS: [u8; 4] = [0x16, 0x54, 0xae, 0x6b];
/// `DisplayUnit` of one byte, which says that width and height are a ratio (§5.1.4.1.28.14), …
const RATIO: [u8; 4] = [0x54, 0xb2, 0x81, 3];
/// … and the value by which they are unknown.
const UNKNOWN: u8 = 4;

/// Makes the shape of the only video track unknown in the Matroska file at `path`; false where it tells of none.
pub(super) fn forget(path: &Path) -> io::Result<bool> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut head = Vec::new();
    (&file).take(HEAD).read_to_end(&mut head)?;
    let Some(at) = unit(&head) else { return Ok(false) };
    file.seek(SeekFrom::Start(at))?;
    file.write_all(&[UNKNOWN])?;
    Ok(true)
}

/// The place of the unit's value.
fn unit(head: &[u8]) -> Option<u64> {
    let tracks = head.windows(TRACKS.len()).position(|id| id == TRACKS)?;
    let unit = head.get(tracks..)?.windows(RATIO.len()).position(|element| element == RATIO)?;
    u64::try_from(tracks + unit + RATIO.len() - 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_found_behind_the_tracks_alone() {
        let head = [&RATIO[..], &TRACKS, &[0x54, 0xb0, 0x81, 97, 0x54, 0xba, 0x81, 89], &RATIO, &[0]].concat();
        assert_eq!(unit(&head), Some(19));
        assert_eq!(head[19], 3);
        assert_eq!(unit(&[&RATIO[..], &TRACKS].concat()), None);
        assert_eq!(unit(&[]), None);
    }
}
