//! One file of the library, open. Functions that say "at once" read only from the kernel's cache; all others may wait
//! for the disk, and belong on the pool.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, BorrowedFd};

use config::seal::{ATTRIBUTE, Seal};
use rustix::buffer::spare_capacity;
use rustix::fs::CWD;
use rustix::io::{Errno, ReadWriteFlags};
use tokio::sync::OwnedSemaphorePermit;

use super::error::StoreError;
use super::identity::Identity;

/// Bytes that are brought into the kernel's cache, or sent from there, in one go.
pub(crate) const WINDOW: u64 = 1 << 20;
/// Bytes from one look at the kernel's cache to the next: it reads ahead by as much where nobody tells it otherwise,
/// and what came together mostly goes together. Where a page between two looks is missing all the same, the kernel
/// reads it as it sends, and the reactor waits for the disk: to be sure of every page, each would have to be copied.
const LOOK: u64 = 128 << 10;
/// Bytes that are read at a time for a digest, or to bring them in.
const CHUNK: usize = 128 << 10;

/// A file of the library, open.
#[derive(Debug)]
pub(crate) struct Opened {
    /// `None` only while it is being dropped.
    file: Option<File>,
    /// Its state when it was opened.
    pub identity: Identity,
    /// True if the kernel tells whether reading would wait; network file systems and FUSE do not.
    tells: bool,
    /// The right to keep it open, where that is counted.
    pub(crate) place: Option<OwnedSemaphorePermit>,
}

impl Opened {
    /// The file `file`, if it is one.
    pub(super) fn new(file: File) -> Result<Self, StoreError> {
        let stat = rustix::fs::fstat(&file)?;
        if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() {
            return Err(StoreError::Missing);
        }
        let identity = Identity::from(&stat);
        let mut opened = Self { file: Some(file), identity, tells: false, place: None };
        // At the file's end nothing is read, so that nothing but the support of the flag is asked for.
        opened.tells = opened.peek(identity.size) == Ok(0);
        Ok(opened)
    }

    /// True if the kernel's cache can be read without waiting.
    #[must_use]
    pub(crate) fn tells(&self) -> bool {
        self.tells
    }

    /// Reads the byte `at` if that needs no waiting.
    fn peek(&self, at: u64) -> Result<usize, Errno> {
        rustix::io::preadv2(self, &mut [IoSliceMut::new(&mut [0])], at, ReadWriteFlags::NOWAIT)
    }

    /// True if the kernel has `start..end` in its cache, as far as looking here and there tells. Does not wait.
    pub(crate) fn is_cached(&self, start: u64, end: u64) -> bool {
        let last = end.saturating_sub(1);
        let step = usize::try_from(LOOK).unwrap_or(usize::MAX);
        self.tells && (start..end).step_by(step).chain([last]).all(|at| self.peek(at) == Ok(1))
    }

    /// Up to `most` bytes from `start` on, if the kernel has them in its cache. Does not wait.
    pub(crate) fn block_at_once(&self, start: u64, most: usize) -> Option<Vec<u8>> {
        if !self.tells {
            return None;
        }
        let mut block = Vec::with_capacity(most);
        let read =
            rustix::io::preadv2(self, &mut [IoSliceMut::new(zeroed(&mut block, most))], start, ReadWriteFlags::NOWAIT);
        // The pool meets the error again, and reports it.
        (read == Ok(most) && self.unchanged().is_ok()).then_some(block)
    }

    /// `most` bytes from `start` on, which the file must have.
    ///
    /// # Errors
    /// When it changed or can't be read.
    pub(crate) fn block(&self, start: u64, most: usize) -> Result<Vec<u8>, StoreError> {
        let mut block = Vec::with_capacity(most);
        while block.len() < most {
            let at = start + block.len() as u64;
            match rustix::io::pread(self, spare_capacity(&mut block), at) {
                Ok(0) => return Err(StoreError::Changed { at }),
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        // An allocator may give more than it was asked for.
        block.truncate(most);
        self.unchanged().map_err(|_| StoreError::Changed { at: start })?;
        Ok(block)
    }

    /// Fills `room` with the bytes from the file's start on.
    ///
    /// # Errors
    /// As [`Opened::block`].
    pub(crate) fn read_into(&self, room: &mut [u8]) -> Result<(), StoreError> {
        let mut at = 0;
        while let Some(left) = room.get_mut(at..).filter(|left| !left.is_empty()) {
            match rustix::io::pread(self, left, at as u64) {
                Ok(0) => return Err(StoreError::Changed { at: at as u64 }),
                Ok(read) => at += read,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        self.unchanged().map_err(|_| StoreError::Changed { at: 0 })
    }

    /// All of it, from one state of the file.
    ///
    /// # Errors
    /// As [`Opened::block`].
    pub(crate) fn read(&self) -> Result<Vec<u8>, StoreError> {
        let size = usize::try_from(self.identity.size).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        self.block(0, size)
    }

    /// BLAKE3 of its content, if it was sealed as it was opened; see [`Seal`] for what that vouches for.
    #[must_use]
    pub(crate) fn sealed(&self) -> Option<blake3::Hash> {
        // One byte more, so that a longer value is seen to be no seal.
        let mut value = [0; Seal::LEN + 1];
        let length = rustix::fs::fgetxattr(self, ATTRIBUTE, &mut value).ok()?;
        let seal = Seal::parse(value.get(..length)?)?;
        seal.digest_of(self.identity.size, self.identity.mtime).map(blake3::Hash::from_bytes)
    }

    /// BLAKE3 of its content, read a chunk at a time until it is `given_up`.
    ///
    /// # Errors
    /// As [`Opened::block`]; when it is given up.
    pub(crate) fn digest(&self, given_up: impl Fn() -> bool) -> Result<blake3::Hash, StoreError> {
        let mut hasher = blake3::Hasher::new();
        self.pass(0, self.identity.size, |chunk| {
            hasher.update(chunk);
            if given_up() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
        })?;
        self.unchanged().map_err(|_| StoreError::Changed { at: 0 })?;
        Ok(hasher.finalize())
    }

    /// Has the kernel bring `start..end` into its cache, and waits for it.
    ///
    /// # Errors
    /// As [`Opened::block`].
    pub(crate) fn bring_in(&self, start: u64, end: u64) -> Result<(), StoreError> {
        self.pass(start, end.min(self.identity.size), |_| Ok(()))
    }

    /// Passes over `start..end`, chunk by chunk, until one fails.
    fn pass(&self, start: u64, end: u64, mut chunk: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), StoreError> {
        let mut buffer = vec![0; CHUNK];
        let mut at = start;
        while at < end {
            let most = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
            let room = buffer.get_mut(..most).unwrap_or_default();
            match rustix::io::pread(self, &mut *room, at) {
                Ok(0) => return Err(StoreError::Changed { at }),
                Ok(read) => {
                    chunk(room.get(..read).unwrap_or_default())?;
                    at += read as u64;
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    /// Checks that its bytes are those that it had when it was opened.
    ///
    /// # Errors
    /// When it was written to.
    pub(crate) fn unchanged(&self) -> io::Result<()> {
        // Being renamed over or unlinked changes ctime and leaves the bytes alone; writing changes mtime or size.
        let now = Identity::from(&rustix::fs::fstat(self)?);
        let same = (now.size, now.mtime) == (self.identity.size, self.identity.mtime);
        if same { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}

/// `length` bytes of `buffer`, all zero.
fn zeroed(buffer: &mut Vec<u8>, length: usize) -> &mut [u8] {
    buffer.resize(length, 0);
    buffer
}

impl Drop for Opened {
    /// close(2) waits for the file system where FUSE or a network lies between (FUSE_FLUSH; CLOSE, RFC 8881 §18.2): there
    /// the pool of the calling reactor does it, for the last who lets go of a file may be a reactor, or hold a lock.
    fn drop(&mut self) {
        if !self.tells
            && let Ok(reactor) = tokio::runtime::Handle::try_current()
        {
            let kept = (self.file.take(), self.place.take());
            drop(reactor.spawn_blocking(move || drop(kept)));
        }
    }
}

impl AsFd for Opened {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_ref().map_or(CWD, AsFd::as_fd)
    }
}
