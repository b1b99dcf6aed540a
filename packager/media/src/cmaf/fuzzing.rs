//! The property that must hold for any bytes of an encoder: `make fuzz` and the replay test it.

use std::io::{Cursor, Read};

use super::read::{Entry, Stream};

/// Reads `data` as ffmpeg's fragmented MP4, samples included.
///
/// # Panics
/// When a property does not hold.
pub fn fragments(data: &[u8]) {
    for entry in [Entry::Video(*b"avc1", *b"avcC"), Entry::Audio(*b"mp4a", *b"esds")] {
        let at_once = read(Cursor::new(data), entry);
        assert!(at_once.bytes <= data.len() as u64, "{} of {} bytes", at_once.bytes, data.len());
        let in_pieces = read(Cursor::new(data).chain(Cursor::new([])), entry);
        assert_eq!(at_once, in_pieces, "reading in pieces makes a difference");
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    fragments: usize,
    /// Bytes of all samples.
    bytes: u64,
    fault: Option<String>,
}

fn read(reader: impl Read, entry: Entry) -> Outcome {
    let mut outcome = Outcome::default();
    let mut stream = Stream::new(reader);
    let result = stream.movie(entry).and_then(|movie| {
        while let Some(fragment) = stream.fragment(&movie)? {
            for sample in &fragment.samples {
                // Memory follows the bytes that come, not a size field.
                let mut left = sample.size as usize;
                let mut block = [0; 4096];
                while left > 0 {
                    let count = left.min(block.len());
                    stream.fill(&mut block[..count])?;
                    left -= count;
                    outcome.bytes += count as u64;
                }
            }
            outcome.fragments += 1;
        }
        Ok(())
    });
    outcome.fault = result.err().map(|fault| fault.to_string());
    outcome
}

#[cfg(test)]
mod tests {
    include!("../../../../fixtures/fuzz/replay.rs");

    #[test]
    fn any_stream_is_read_within_what_comes() {
        replay("boxes", super::fragments);
    }
}
