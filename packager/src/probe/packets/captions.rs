//! Captions in the supplemental information of H.264 and HEVC. Some encoders put them into the frames that they are spoken
//! with alone, which need not be key frames: so they are looked for in the bytes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The prefix of captions: country and provider of ITU-T T.35, `GA94`, and the type of CEA-608 and CEA-708 (ATSC A/53
/// part 4 §6.2.3).
const CAPTIONS: &[u8] = b"\xb5\x00\x31GA94\x03";
/// Bytes that are looked through: a recording that has captions has some in its first minute.
const LOOKED_THROUGH: u64 = 32 << 20;
const BLOCK: usize = 1 << 16;

/// True if captions lie in the first part of a file, between frames of `codec`.
pub(in crate::probe) fn in_supplemental(codec: &str, path: &Path) -> io::Result<bool> {
    match codec {
        "h264" | "hevc" => holds(File::open(path)?.take(LOOKED_THROUGH), CAPTIONS),
        _ => Ok(false),
    }
}

/// True if `sought` is in what can be read.
fn holds(mut from: impl Read, sought: &[u8]) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(2 * BLOCK);
    loop {
        // The sought bytes may lie across two blocks.
        bytes.drain(..bytes.len().saturating_sub(sought.len().saturating_sub(1)));
        if from.by_ref().take(BLOCK as u64).read_to_end(&mut bytes)? == 0 {
            return Ok(false);
        }
        if bytes.windows(sought.len()).any(|window| window == sought) {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_wherever_they_lie() {
        for at in [0, 1, BLOCK - 5, BLOCK - 1, BLOCK, 3 * BLOCK + 7] {
            let mut bytes = vec![0xb5; 4 * BLOCK];
            assert!(!holds(bytes.as_slice(), CAPTIONS).unwrap());
            bytes[at..at + CAPTIONS.len()].copy_from_slice(CAPTIONS);
            assert!(holds(bytes.as_slice(), CAPTIONS).unwrap(), "{at}");
        }
        assert!(!holds([].as_slice(), CAPTIONS).unwrap());
        // A folder can be opened, and not be read.
        assert!(in_supplemental("h264", Path::new(".")).is_err());
    }
}
