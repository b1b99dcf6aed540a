//! A bound on how much a client says over HTTP/2 beside what it asks, sends and takes.
//!
//! A connection may carry settings, pings, resets and empty frames without end, each of which costs more to handle than to
//! send (CVE-2019-9512, CVE-2019-9515, CVE-2019-9518). So frames are counted by their headers as they are read.

use std::io;

/// The connection preface of a client (RFC 9113 §3.4), bytes.
const PREFACE_LENGTH: usize = 24;
/// A frame's header (RFC 9113 §4.1), bytes.
const HEADER: usize = 9;
/// RFC 9113 §6.1.
const DATA: u8 = 0;

/// The frames of one connection so far.
#[derive(Debug)]
pub(crate) struct FrameBudget {
    /// Bytes that the head of one request may have.
    head: u64,
    /// Bytes of all frames without content.
    overhead: u64,
    /// Bytes of content.
    content: u64,
    state: FrameState,
}

#[derive(Debug, Clone, Copy)]
enum FrameState {
    /// So many bytes of the preface or of a frame's payload are still to come.
    Within(usize),
    /// So many bytes of the next frame's header are there.
    Header([u8; HEADER], usize),
}

impl FrameBudget {
    /// A budget for a connection whose requests have heads of at most `head` bytes.
    pub(crate) fn new(head: usize) -> Self {
        Self { head: head as u64, overhead: 0, content: 0, state: FrameState::Within(PREFACE_LENGTH) }
    }

    /// Counts `bytes` that were read, given how many `requests` were answered, how many bytes were `sent` so far, and how
    /// many `seconds` that took.
    ///
    /// # Errors
    /// When the client says far more than these can be the reason of. Windows are updated (RFC 9113 §6.9) with far less
    /// than a sixty-fourth of what was taken. A frame with content, be it ever so small, is the content's: windows bound
    /// it, and the h2 crate bounds how many small ones wait. A mount's stream may last for days, and a client ping all the
    /// while; that is no flood.
    pub(crate) fn read(&mut self, mut bytes: &[u8], requests: u32, sent: u64, seconds: u64) -> io::Result<()> {
        const FREE: u64 = 64 << 10;
        const EACH_SECOND: u64 = 32;
        while !bytes.is_empty() {
            bytes = self.step(bytes);
        }
        let reason = FREE + self.head * (1 + u64::from(requests)) + (sent + self.content) / 64 + EACH_SECOND * seconds;
        if self.overhead > reason {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the client says far more than it asks"));
        }
        Ok(())
    }

    /// Takes in the first of `bytes`, and gives back the rest.
    fn step<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let taken = match self.state {
            FrameState::Within(left) => {
                let taken = left.min(bytes.len());
                self.state = match left - taken {
                    0 => FrameState::Header([0; HEADER], 0),
                    left => FrameState::Within(left),
                };
                taken
            }
            FrameState::Header(mut header, there) => {
                let taken = (HEADER - there).min(bytes.len());
                for (room, byte) in header.iter_mut().skip(there).zip(bytes) {
                    *room = *byte;
                }
                self.state =
                    if there + taken < HEADER { FrameState::Header(header, there + taken) } else { self.frame(header) };
                taken
            }
        };
        bytes.get(taken..).unwrap_or_default()
    }

    /// Counts a frame by its header.
    fn frame(&mut self, [high, middle, low, kind, ..]: [u8; HEADER]) -> FrameState {
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        match (kind, length) {
            (DATA, 1..) => self.content += length as u64,
            _ => self.overhead += (HEADER + length) as u64,
        }
        if length > 0 { FrameState::Within(length) } else { FrameState::Header([0; HEADER], 0) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame of this kind with so many bytes.
    fn frame(kind: u8, length: usize) -> Vec<u8> {
        let bytes = u32::try_from(length).unwrap().to_be_bytes();
        let header = [bytes[1], bytes[2], bytes[3], kind, 0, 0, 0, 0, 1];
        [&header[..], &vec![kind; length]].concat()
    }

    fn said(frames: &[Vec<u8>], requests: u32, sent: u64, seconds: u64) -> bool {
        let mut budget = FrameBudget::new(16 << 10);
        let all = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frames.concat()].concat();
        budget.read(&all, requests, sent, seconds).is_ok()
    }

    #[test]
    fn a_client_may_say_as_much_as_it_asks_sends_and_takes() {
        let pings = |number| vec![frame(6, 8); number];
        for (frames, requests, sent, seconds, fine) in [
            (vec![], 0, 0, 0, true),
            (pings(4_000), 0, 0, 0, true),
            (pings(5_000), 0, 0, 0, false),
            (pings(5_000), 1, 0, 0, true),
            (pings(5_000), 0, 1 << 20, 0, true),
            // One each quarter of a minute, for a week.
            (pings(40_320), 0, 0, 604_800, true),
            (vec![frame(0, 16_384); 1_000], 0, 0, 0, true),
            // Live sound: 47 frames a second, for an hour.
            (vec![frame(0, 300); 47 * 3600], 0, 0, 0, true),
            (vec![frame(0, 1); 100_000], 0, 0, 0, true),
            (vec![frame(0, 0); 10_000], 0, 0, 0, false),
            (vec![frame(9, 16_384); 10], 0, 0, 0, false),
        ] {
            assert_eq!(said(&frames, requests, sent, seconds), fine, "{} frames, {requests} requests", frames.len());
        }
    }

    proptest! {
        #[test]
        fn bytes_count_alike_however_they_are_cut(
            frames in prop::collection::vec((0u8..10, 0usize..300), 0..20),
            cuts in prop::collection::vec(1usize..50, 1..20),
        ) {
            let frames: Vec<_> = frames.into_iter().map(|(kind, length)| frame(kind, length)).collect();
            let all = [vec![b'x'; PREFACE_LENGTH], frames.concat()].concat();
            let (mut whole, mut cut) = (FrameBudget::new(1), FrameBudget::new(1));
            whole.read(&all, 9, 0, 0).unwrap();
            let mut left = &all[..];
            for length in cuts.iter().cycle() {
                if left.is_empty() {
                    break;
                }
                let (part, rest) = left.split_at((*length).min(left.len()));
                cut.read(part, 9, 0, 0).unwrap();
                left = rest;
            }
            prop_assert_eq!((whole.overhead, whole.content), (cut.overhead, cut.content));
        }
    }
}
