//! Progress of a process, counted at our ends of its pipes.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Counts what passes between a process and this program.
#[derive(Debug, Default)]
pub struct Meter {
    moved: AtomicU64,
    /// Ends of pipes whose holder is at work for itself, so that the process may be waiting for us.
    busy: AtomicUsize,
}

/// Our end of a pipe, metered.
#[derive(Debug)]
pub struct End<T> {
    pipe: T,
    meter: Arc<Meter>,
}

impl Meter {
    /// Wraps our end of a pipe.
    pub fn end<T>(self: &Arc<Self>, pipe: T) -> End<T> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        End { pipe, meter: Arc::clone(self) }
    }

    /// Counts a sign of progress.
    pub(crate) fn moved(&self, amount: u64) {
        self.moved.fetch_add(amount, Ordering::Relaxed);
    }

    /// All that was counted so far.
    pub(super) fn total(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// True if the process may be waiting for us.
    pub(super) fn is_waited_for(&self) -> bool {
        self.busy.load(Ordering::Relaxed) > 0
    }
}

impl<T> End<T> {
    fn move_bytes(&mut self, bytes: impl FnOnce(&mut T) -> io::Result<usize>) -> io::Result<usize> {
        self.meter.busy.fetch_sub(1, Ordering::Relaxed);
        let moved = bytes(&mut self.pipe);
        self.meter.busy.fetch_add(1, Ordering::Relaxed);
        self.meter.moved(moved.as_ref().map_or(0, |bytes| *bytes as u64));
        moved
    }
}

impl<T: Read> Read for End<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.move_bytes(|pipe| pipe.read(buffer))
    }
}

impl<T: Write> Write for End<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.move_bytes(|pipe| pipe.write(buffer))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pipe.flush()
    }
}

impl<T> Drop for End<T> {
    fn drop(&mut self) {
        self.meter.busy.fetch_sub(1, Ordering::Relaxed);
    }
}
