//! What the kernel's cache has of a file, and is to have.

use std::io::IoSliceMut;

use rustix::fs::Advice;
use rustix::io::{Errno, ReadWriteFlags};

use super::{Opened, StoreError};
use crate::pipes::NOWHERE;
use crate::range::ByteRange;

/// What the kernel brings into its cache at a time, of a file that it sends from there, bytes: a huge page.
pub(crate) const WINDOW: u64 = 2 << 20;

impl Opened {
    /// Whether the kernel has the byte `at` in memory, or does not say. If it has not, it begins to read a little of the
    /// file, which costs about as much as a tenth of 250 kB.
    pub(crate) fn is_cached(&self, at: u64) -> bool {
        let byte = &mut [0];
        let read = rustix::io::preadv2(self, &mut [IoSliceMut::new(byte)], at, ReadWriteFlags::NOWAIT);
        !matches!(read, Err(Errno::AGAIN) | Ok(0))
    }

    /// Whether `range`, which is not empty, was brought in before it was asked for.
    pub(crate) fn is_read_ahead(&self, range: ByteRange) -> bool {
        self.large_folios && self.is_cached(range.end - 1)
    }

    /// Has the kernel begin to bring all of it into its cache, without waiting for that.
    pub(crate) fn call_in(&self) {
        // What it can't do now it does when it has to.
        let _ = rustix::fs::fadvise(self, 0, None, Advice::WillNeed);
    }

    /// Has the kernel bring what of `start..end` the file has into its cache, so that sending it from there need not wait
    /// for the disk.
    ///
    /// It is sent to nowhere, which copies nothing, reads ahead as any reading does, and ends when all of it is there.
    /// Advice (posix_fadvise(2)) does not say when, is taken for no more than the disk does at once, and fills the cache
    /// page by page: measured, 4 MB cost almost twice as much.
    ///
    /// # Errors
    /// As [`Opened::read`].
    pub fn bring_in(&self, start: u64, end: u64) -> Result<(), StoreError> {
        let end = end.min(self.identity.size);
        // What is read last is there last, and where no memory was left for a folio there may be many.
        if self.large_folios && start < end && self.fault_in(start) && self.is_cached(end - 1) {
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
