//! The library's files, opened below one folder that no path leads out of. Functions wait for the file system unless
//! they say that they do not.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, StatxFlags};
use rustix::io::Errno;

use super::error::StoreError;
use super::file::Opened;
use super::identity::Identity;

/// After this long without an answer, a file system counts as hung.
const HUNG: Duration = Duration::from_secs(5);

/// The library's folder.
#[derive(Debug)]
enum Root {
    There(OwnedFd),
    /// The reason that it is not.
    Away(String),
}

/// The library.
#[derive(Debug)]
pub(crate) struct Store {
    library: PathBuf,
    root: ArcSwap<Root>,
    /// True once it was seen to hold anything: from then on, an empty folder is a mount point without its disk.
    held: AtomicBool,
    look: Mutex<LastLook>,
}

/// The looks at the library's folder.
#[derive(Debug)]
struct LastLook {
    /// When the last that came back began.
    answered: Instant,
    under_way: bool,
}

impl Store {
    /// The library at `library`, which need not exist yet. Waits for the file system.
    #[must_use]
    pub(crate) fn new(library: PathBuf, now: Instant) -> Self {
        let root = ArcSwap::from_pointee(Root::Away("nobody looked yet".to_owned()));
        let look = Mutex::new(LastLook { answered: now, under_way: false });
        let store = Self { library, root, held: AtomicBool::new(false), look };
        store.refresh(now, || ());
        store
    }

    /// Its folder.
    #[must_use]
    pub(crate) fn library(&self) -> &Path {
        &self.library
    }

    /// Looks for the library, and opens its folder anew if another lies at its path. The new one is served from once
    /// `prepare` has returned. Only one look is under way at a time: a second would wait for the same file system. True
    /// if it looked, and the library is there.
    pub(crate) fn refresh(&self, now: Instant, prepare: impl FnOnce()) -> bool {
        if std::mem::replace(&mut self.looks().under_way, true) {
            return false;
        }
        let found = self.find();
        prepare();
        if let Some(found) = found {
            self.tell(&found);
            let known = self.root.load();
            if !matches!((&**known, &found), (Root::There(old), Root::There(new)) if is_same(old, new)) {
                self.root.store(found.into());
            }
        }
        *self.looks() = LastLook { answered: now, under_way: false };
        self.is_there(now)
    }

    /// True if the library is there and its file system answered lately. Does not wait.
    #[must_use]
    pub(crate) fn is_there(&self, now: Instant) -> bool {
        matches!(**self.root.load(), Root::There(_)) && now.saturating_duration_since(self.looks().answered) < HUNG
    }

    fn looks(&self) -> std::sync::MutexGuard<'_, LastLook> {
        self.look.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at its path; `None` if that can't be done for want of descriptors.
    fn find(&self) -> Option<Root> {
        match self.folder() {
            Ok(root) => Some(root),
            Err(error) => match Errno::from_io_error(&error) {
                Some(Errno::MFILE | Errno::NFILE) => None,
                _ => Some(Root::Away(error.to_string())),
            },
        }
    }

    fn folder(&self) -> io::Result<Root> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(&self.library, flags, Mode::empty())?;
        let holds = std::fs::read_dir(&self.library)?.next().transpose()?.is_some();
        if !holds && self.held.load(Ordering::Relaxed) {
            return Ok(Root::Away("its folder is empty, as a mount point is without its disk".to_owned()));
        }
        self.held.fetch_or(holds, Ordering::Relaxed);
        Ok(Root::There(folder))
    }

    /// Says once that the library went or came back.
    fn tell(&self, found: &Root) {
        let library = self.library.display();
        match (&**self.root.load(), found) {
            (Root::There(_), Root::Away(why)) => tracing::error!("the library {library} is away: {why}"),
            (Root::Away(_), Root::There(_)) => tracing::info!("the library {library} is there"),
            _ => {}
        }
    }

    fn root(&self) -> Result<arc_swap::Guard<std::sync::Arc<Root>>, StoreError> {
        let root = self.root.load();
        match &**root {
            Root::There(_) => Ok(root),
            Root::Away(why) => Err(StoreError::Away(why.clone())),
        }
    }

    /// The state of the file at `path`, relative to the library, if the kernel knows it without asking the file system;
    /// else `None`.
    #[must_use]
    pub(crate) fn identity_at_once(&self, path: &str) -> Option<Identity> {
        let root = self.root().ok()?;
        let Root::There(folder) = &**root else { return None };
        // openat2(2): with RESOLVE_CACHED, each step that would wait is EAGAIN.
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::CACHED;
        let file = rustix::fs::openat2(folder, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve).ok()?;
        let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
        let found = rustix::fs::statx(&file, c"", flags, StatxFlags::BASIC_STATS).ok()?;
        Some(Identity::from(&found))
    }

    /// Opens the file at `path`, relative to the library.
    ///
    /// # Errors
    /// When there is none, or it can't be opened.
    pub(crate) fn open(&self, path: &str) -> Result<Opened, StoreError> {
        let root = self.root()?;
        let Root::There(folder) = &**root else { return Err(StoreError::Missing) };
        Opened::new(File::from(open_below(folder, path)?))
    }
}

fn is_same(old: &OwnedFd, new: &OwnedFd) -> bool {
    let place = |fd: &OwnedFd| rustix::fs::fstat(fd).ok().map(|stat| (stat.st_dev, stat.st_ino));
    place(old).is_some() && place(old) == place(new)
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

#[cfg(test)]
mod tests;
