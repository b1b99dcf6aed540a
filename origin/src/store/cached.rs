//! What the kernel's cache has of a file, and is to have.

use std::io::IoSliceMut;

use bytes::Bytes;
use rustix::fs::Advice;
use rustix::io::{Errno, ReadWriteFlags};

use super::{Opened, StoreError};
use crate::buffers::{Buffer, SMALL};
use crate::pipes::NOWHERE;

/// What the kernel brings into its cache at a time, of a file that it sends from there, bytes: a huge page.
pub(crate) const WINDOW: u64 = 2 << 20;
/// How far apart it is looked at, bytes. Each look has the processor fetch from memory what the disk has just put there:
/// measured, one every 128 KiB was a tenth of all that 4 MB took.
const LOOK: usize = 512 << 10;

impl Opened {
    /// Whether the kernel has its first byte in memory, or does not say. If it has not, it begins to read a little of the
    /// file, which costs about as much as a tenth of 250 kB.
    pub(crate) fn is_cached(&self) -> bool {
        self.peek(0) != Err(Errno::AGAIN)
    }

    /// Whether the kernel has the byte `at` in memory, and says so. If it has not, as above.
    pub(crate) fn is_there(&self, at: u64) -> bool {
        self.peek(at) == Ok(1)
    }

    /// Whether all of `start..end` is there, as far as looking here and there tells.
    fn is_all_there(&self, start: u64, end: u64) -> bool {
        (start..end).step_by(LOOK).chain([end - 1]).all(|at| self.is_there(at))
    }

    /// Reads the byte `at` if that needs no waiting.
    fn peek(&self, at: u64) -> Result<usize, Errno> {
        rustix::io::preadv2(self, &mut [IoSliceMut::new(&mut [0])], at, ReadWriteFlags::NOWAIT)
    }

    /// As [`Opened::block`], if the kernel has all of that in memory.
    pub(crate) fn block_at_once(&self, start: u64, end: u64) -> Option<Bytes> {
        let mut block = Buffer::small(usize::try_from(end.saturating_sub(start)).unwrap_or(SMALL)).ok()?;
        let room = block.bytes_mut();
        let wanted = room.len();
        let read = rustix::io::preadv2(self, &mut [IoSliceMut::new(room)], start, ReadWriteFlags::NOWAIT);
        // Whatever is the matter is seen again by who waits for it.
        (read == Ok(wanted) && self.unchanged().is_ok()).then(|| block.into())
    }

    /// Has the kernel begin to bring all of it into its cache, without waiting for that.
    pub(crate) fn call_in(&self) {
        // What it can't do now it does when it has to.
        let _ = rustix::fs::fadvise(self, 0, None, Advice::WillNeed);
    }

    /// Has the kernel bring what of `start..end` the file has into its cache, so that sending it from there need not wait
    /// for the disk.
    ///
    /// Where a fault does not do that, it is sent to nowhere, which copies nothing, reads ahead as any reading does, and
    /// ends when all of it is there. Advice (posix_fadvise(2)) does not say when, is taken for no more than the disk does
    /// at once, and fills the cache page by page: measured, 4 MB cost almost twice as much.
    ///
    /// # Errors
    /// As [`Opened::read`].
    pub fn bring_in(&self, start: u64, end: u64) -> Result<(), StoreError> {
        let end = end.min(self.identity.size);
        // The first page waits for its folio, which is all of the window unless there was no memory in one piece, or a
        // part of it was there before.
        if self.is_worth_a_fault(start, end) && self.fault_in(start) && self.is_all_there(start, end) {
            return Ok(());
        }
        let Ok(nowhere) = &*NOWHERE else { return Ok(()) };
        let mut at = start;
        while at < end {
            let length = usize::try_from(end - at).unwrap_or(usize::MAX);
            match rustix::fs::sendfile(nowhere, self, Some(&mut at), length) {
                Ok(0) => return Err(StoreError::Changed { at }),
                Ok(_) | Err(Errno::INTR) => {}
                // A file system from which the kernel sends nothing, or a sandbox that forbids it.
                Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM) => return Ok(()),
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }
}
