//! The library's files. What waits for the disk runs on the pool for that.

mod cached;
pub(crate) mod direct;
mod folios;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use config::seal::{ATTRIBUTE, Seal};
use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;
use tokio::sync::OwnedSemaphorePermit;

use crate::buffers::{Buffer, SMALL};
pub(crate) use cached::WINDOW;
use direct::Block;

/// What tells one state of a file from every other: replacing it gives another inode, writing to it another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Device.
    dev: u64,
    /// Inode.
    ino: u64,
    /// Bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970.
    pub mtime: u128,
    /// Time of the last change to the inode, nanoseconds since 1970. No program can set it.
    pub ctime: u128,
}

/// A file of the library, open.
#[derive(Debug)]
pub struct Opened {
    /// The file.
    file: File,
    /// Its state when it was opened.
    pub identity: Identity,
    /// The right to keep it open, where that is counted.
    pub(crate) place: Option<OwnedSemaphorePermit>,
    /// Whether its first window was brought in.
    pub(crate) begun: bool,
    /// Whether it is read past the kernel's cache.
    pub(crate) direct: bool,
    /// Whether it is sent by blocks, of which the first was read for whoever asked first.
    pub(crate) by_block: bool,
    /// Whether the kernel's cache would have it in large folios, as far as that can be told.
    pub(crate) large_folios: bool,
    /// Its first bytes, if they were read before they are asked for.
    first: Mutex<Option<Block>>,
}

/// Why a file can't be had.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing that is served lies there: no file, a folder, or something behind a symbolic link.
    #[error("no file of the library")]
    Missing,
    /// It became shorter, or was written to, while it was read.
    #[error("changed while it was read, at byte {at}: published files must never be written to")]
    Changed {
        /// Where, bytes.
        at: u64,
    },
    /// No more files can be opened.
    #[error("too many open files: {0}; raise the limit of open files (ulimit -n, LimitNOFILE=)")]
    Exhausted(io::Error),
    /// The operating system refuses.
    #[error("{0}; see that the file may be read by this user")]
    Io(#[from] io::Error),
}

impl From<Errno> for StoreError {
    fn from(errno: Errno) -> Self {
        match errno {
            // openat2(2): EXDEV and ELOOP are what leads out of the library or through a link.
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV | Errno::NAMETOOLONG | Errno::ISDIR => {
                Self::Missing
            }
            Errno::MFILE | Errno::NFILE => Self::Exhausted(errno.into()),
            _ => Self::Io(errno.into()),
        }
    }
}

/// The library, opened below one folder that paths can't leave.
#[derive(Debug)]
pub struct Store {
    library: PathBuf,
    root: ArcSwapOption<OwnedFd>,
}

impl Store {
    /// The library at `library`, which need not exist yet.
    #[must_use]
    pub fn new(library: PathBuf) -> Self {
        let store = Self { library, root: ArcSwapOption::empty() };
        store.refresh();
        store
    }

    /// Where it is.
    #[must_use]
    pub fn library(&self) -> &PathBuf {
        &self.library
    }

    /// Opens the folder again if another now lies at its path. Returns whether it can be read.
    pub fn refresh(&self) -> bool {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let Ok(found) = rustix::fs::open(&self.library, flags, Mode::empty()) else {
            self.root.store(None);
            return false;
        };
        let place = |fd: &OwnedFd| rustix::fs::fstat(fd).ok().map(|stat| (stat.st_dev, stat.st_ino));
        if self.root.load().as_deref().and_then(place) != place(&found) {
            self.root.store(Some(found.into()));
        }
        true
    }

    /// The state of the file at `path`, relative to the library, without opening it.
    ///
    /// It follows links, so it only serves to compare with the identity of a file that [`Store::open`] gave: what is
    /// that same file may be reached in any way.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn identity(&self, path: &str) -> Result<Identity, StoreError> {
        let root = self.root.load();
        let root = root.as_deref().ok_or(StoreError::Missing)?;
        Ok(Identity::from(&rustix::fs::statat(root, path, AtFlags::empty())?))
    }

    /// Opens the file at `path`, relative to the library.
    ///
    /// # Errors
    /// When there is none, or it can't be opened.
    pub fn open(&self, path: &str) -> Result<Opened, StoreError> {
        let root = self.root.load();
        let root = root.as_deref().ok_or(StoreError::Missing)?;
        let file = File::from(open_below(root, path)?);
        let stat = rustix::fs::fstat(&file)?;
        if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() {
            return Err(StoreError::Missing);
        }
        Ok(Opened {
            identity: Identity::from(&stat),
            file,
            place: None,
            begun: false,
            direct: false,
            by_block: false,
            large_folios: false,
            first: Mutex::default(),
        })
    }
}

/// A FIFO must not make open(2) wait for its other end, hence NONBLOCK.
fn open_below(root: &OwnedFd, path: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(root, path, flags, Mode::empty(), resolve) {
        // Before Linux 5.6, and in sandboxes that don't know the call.
        Err(Errno::NOSYS | Errno::PERM) => open_by_parts(root, path, flags),
        other => other,
    }
}

/// Opens one part after the other, none of them a link. `path` has no `..`: routes never do.
fn open_by_parts(root: &OwnedFd, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let through = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut folder = rustix::fs::openat(root, ".", through, Mode::empty())?;
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        folder = rustix::fs::openat(&folder, part, through, Mode::empty())?;
    }
    rustix::fs::openat(&folder, file, flags, Mode::empty())
}

impl Opened {
    /// The whole of it, from one state of the file.
    ///
    /// # Errors
    /// When it changes meanwhile or can't be read.
    pub fn read(&self) -> Result<Bytes, StoreError> {
        let size = usize::try_from(self.identity.size).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        // Memory that nobody clears first.
        let mut content = Vec::with_capacity(size);
        while content.len() < size {
            let at = content.len() as u64;
            match rustix::io::pread(self, spare_capacity(&mut content), at) {
                Ok(0) => return Err(StoreError::Changed { at: 0 }),
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        // An allocator may give more than it was asked for.
        content.truncate(size);
        self.unchanged().map_err(|_| StoreError::Changed { at: 0 })?;
        Ok(Bytes::from(content))
    }

    /// The first bytes of `start..end`: all of it, or a block.
    ///
    /// # Errors
    /// As [`Opened::read`].
    pub fn block(&self, start: u64, end: u64) -> Result<Bytes, StoreError> {
        if self.direct {
            return self.block_direct(start, end);
        }
        let mut block = Buffer::small(usize::try_from(end.saturating_sub(start)).unwrap_or(SMALL))?;
        match self.file.read_exact_at(block.bytes_mut(), start) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(StoreError::Changed { at: start });
            }
            other => other?,
        }
        self.unchanged().map_err(|_| StoreError::Changed { at: start })?;
        Ok(block.into())
    }

    /// What was read before of `start..end`, from its start on; once, since whoever has it may hold it for long.
    pub(crate) fn take_first(&self, start: u64, end: u64) -> Option<Block> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let at = |offset: u64, length: usize| usize::try_from(offset).unwrap_or(usize::MAX).min(length);
        match first {
            Block::Bytes(bytes) if start < bytes.len() as u64 => {
                Some(Block::Bytes(bytes.slice(at(start, bytes.len())..at(end, bytes.len()))))
            }
            Block::Piped(pipe, length) if start == 0 => Some(Block::Piped(pipe, at(end, length))),
            Block::Bytes(_) | Block::Piped(..) => None,
        }
    }

    /// BLAKE3 of its content, if it was sealed as it was opened; see [`Seal`] for what that vouches for.
    #[must_use]
    pub fn sealed(&self) -> Option<blake3::Hash> {
        // One byte more, so that what goes on is seen to be no seal.
        let mut value = [0; Seal::LEN + 1];
        let length = rustix::fs::fgetxattr(self, ATTRIBUTE, &mut value).ok()?;
        let seal = Seal::parse(value.get(..length)?)?;
        seal.digest_of(self.identity.size, self.identity.mtime).map(blake3::Hash::from_bytes)
    }

    /// BLAKE3 of its content, read a block at a time.
    ///
    /// # Errors
    /// As [`Opened::read`].
    pub fn digest(&self) -> Result<blake3::Hash, StoreError> {
        let mut hasher = blake3::Hasher::new();
        let mut at = 0;
        while at < self.identity.size {
            let block = self.block(at, self.identity.size)?;
            hasher.update(&block);
            at += block.len() as u64;
        }
        Ok(hasher.finalize())
    }

    /// That what pipes hold of it is what it held when it was opened: pages of the kernel's cache are lent, not copied.
    ///
    /// # Errors
    /// As [`Opened::unchanged`].
    pub(crate) fn vouch_for_lent(&self) -> io::Result<()> {
        if self.direct { Ok(()) } else { self.unchanged() }
    }

    /// That its bytes are those that it had when it was opened.
    ///
    /// # Errors
    /// When it was written to.
    pub fn unchanged(&self) -> io::Result<()> {
        // Being renamed over or unlinked changes ctime and leaves the bytes alone; writing changes mtime or size.
        let now = Identity::from(&rustix::fs::fstat(self)?);
        let same = (now.size, now.mtime) == (self.identity.size, self.identity.mtime);
        if same { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}

impl AsFd for Opened {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl From<&Stat> for Identity {
    fn from(stat: &Stat) -> Self {
        Self {
            dev: stat.st_dev,
            ino: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime: nanoseconds(stat.st_mtime, stat.st_mtime_nsec),
            ctime: nanoseconds(stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

/// Nanoseconds since 1970; what is before is 1970.
fn nanoseconds(seconds: i64, nanoseconds: impl TryInto<u128>) -> u128 {
    let seconds = u128::try_from(seconds).unwrap_or(0);
    seconds * 1_000_000_000 + nanoseconds.try_into().unwrap_or(0)
}

#[cfg(test)]
mod tests;
