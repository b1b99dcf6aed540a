//! Who may change the library now.
//!
//! Two locks, both gone with the process that has them. `.pack/lock` is the packager's for as long as it runs: there is one.
//! `.pack/tree` is held by whoever is changing what is published, for a moment: an operator's command beside a running
//! packager, and the packager itself when it publishes.

use std::fs::{self, File, Metadata, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{At, DiskError};

/// A lock that is held; it ends with this.
#[derive(Debug)]
pub(super) struct Locked {
    file: File,
}

impl Locked {
    /// True if the lock is the file at `path`, not one that was there before.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let same = |ours: Metadata, there: Metadata| (ours.dev(), ours.ino()) == (there.dev(), there.ino());
        self.file.metadata().ok().zip(fs::metadata(path).ok()).is_some_and(|(ours, there)| same(ours, there))
    }
}

/// Waits for the lock at `path`, and takes it.
pub(super) fn wait_for(path: &Path) -> Result<Locked, DiskError> {
    let file = open(path)?;
    file.lock().at("lock", path)?;
    Ok(Locked { file })
}

/// Takes the lock at `path`; `None` where somebody else has it.
pub(super) fn take(path: &Path) -> Result<Option<Locked>, DiskError> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Locked { file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(DiskError { what: "lock", path: path.into(), source }),
    }
}

/// The packager's lock in the private folder `own`.
pub(super) fn packager(own: &Path) -> PathBuf {
    own.join("lock")
}

/// The lock of what is published.
pub(super) fn tree(own: &Path) -> PathBuf {
    own.join("tree")
}

fn open(path: &Path) -> Result<File, DiskError> {
    File::options().create(true).truncate(false).write(true).open(path).at("open", path)
}
