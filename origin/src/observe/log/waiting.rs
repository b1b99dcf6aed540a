//! Lines that wait to be written.
//!
//! They lie in some buffers, of which each line takes the first that nobody holds and that has room. So lines stay in
//! order as long as answers do not end at the very same moment, and no thread waits for another: a lock is held while a
//! few hundred bytes are copied, or while the writer swaps a full buffer for an empty one.

use std::sync::Mutex;

/// More than threads that copy a line at the same moment, even where some of them lose their processor meanwhile.
const BUFFERS: usize = 16;
/// Bytes of a buffer.
const BUFFER_LENGTH: usize = 512 << 10;

/// Whole lines.
#[derive(Debug)]
pub(super) struct LineBuffers([Buffer; BUFFERS]);

/// Lines, in a cache line of their own: a thread that holds one does not slow down the holder of the next.
#[derive(Debug)]
#[repr(align(64))]
struct Buffer(Mutex<Vec<u8>>);

/// The room that a line found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineRoom {
    /// Room is left.
    Enough,
    /// Its buffer is now half full, and was not before.
    Half,
    /// None: it does not wait.
    None,
}

impl Default for LineBuffers {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Buffer(Mutex::new(empty()))))
    }
}

/// A buffer that never grows. The kernel gives it memory as it fills.
pub(super) fn empty() -> Vec<u8> {
    Vec::with_capacity(BUFFER_LENGTH)
}

impl LineBuffers {
    /// Has `write` append a line of at most `longest` bytes.
    pub(super) fn put(&self, longest: usize, write: impl FnOnce(&mut Vec<u8>)) -> LineRoom {
        for Buffer(buffer) in &self.0 {
            let Ok(mut lines) = buffer.try_lock() else { continue };
            let before = lines.len();
            if before + longest > BUFFER_LENGTH {
                continue;
            }
            write(&mut lines);
            let half = BUFFER_LENGTH / 2;
            return if before < half && lines.len() >= half { LineRoom::Half } else { LineRoom::Enough };
        }
        LineRoom::None
    }

    /// Passes on all lines, those of one buffer at a time. `spare` is empty before and after.
    pub(super) fn take(&self, spare: &mut Vec<u8>, mut write: impl FnMut(&[u8])) {
        for Buffer(buffer) in &self.0 {
            if let Ok(mut lines) = buffer.lock()
                && !lines.is_empty()
            {
                std::mem::swap(&mut *lines, spare);
            }
            if !spare.is_empty() {
                write(spare);
                spare.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(waiting: &LineBuffers, line: &[u8]) -> LineRoom {
        waiting.put(line.len(), |out| out.extend_from_slice(line))
    }

    fn taken(waiting: &LineBuffers) -> Vec<u8> {
        let (mut spare, mut all) = (empty(), Vec::new());
        waiting.take(&mut spare, |lines| all.extend_from_slice(lines));
        assert!(spare.is_empty());
        all
    }

    #[test]
    fn lines_keep_their_order_and_the_last_that_finds_no_room_is_refused() {
        let waiting = LineBuffers::default();
        let lines: Vec<Vec<u8>> = (b'A'..).take(2 * BUFFERS).map(|letter| vec![letter; BUFFER_LENGTH / 2]).collect();
        for pair in lines.chunks(2) {
            assert_eq!((put(&waiting, &pair[0]), put(&waiting, &pair[1])), (LineRoom::Half, LineRoom::Enough));
        }
        assert_eq!(put(&waiting, b"x"), LineRoom::None);
        assert_eq!(taken(&waiting), lines.concat());
        assert_eq!((put(&waiting, b"x"), taken(&waiting)), (LineRoom::Enough, b"x".to_vec()));
        assert_eq!(put(&waiting, &vec![0; BUFFER_LENGTH + 1]), LineRoom::None);
    }

    #[test]
    fn a_buffer_that_is_held_is_passed_over() {
        let waiting = LineBuffers::default();
        let held = waiting.0[0].0.lock().unwrap();
        assert_eq!(put(&waiting, b"x"), LineRoom::Enough);
        drop(held);
        assert_eq!((put(&waiting, b"y"), taken(&waiting)), (LineRoom::Enough, b"yx".to_vec()));
    }
}
