//! The files below `LIBRARY/.pack/access`: for their owner alone, replaced whole, by one process at a time.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{AccessError, folder};
use crate::tree::PRIVATE;

/// Adds the verb and the path to a refused file operation.
pub trait At<T> {
    /// Converts the error.
    ///
    /// # Errors
    /// [`AccessError::Disk`].
    fn at(self, what: &'static str, path: &Path) -> Result<T, AccessError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, what: &'static str, path: &Path) -> Result<T, AccessError> {
        self.map_err(|source| AccessError::Disk { what, path: path.into(), source })
    }
}

/// The system's message, and a remedy.
pub(super) fn advice(error: &io::Error) -> String {
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "run pack as the user whom it belongs to, or give it to the user that runs pack"
        }
        io::ErrorKind::ReadOnlyFilesystem => "run this where the library can be written to",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space and run this again",
        _ => return error.to_string(),
    };
    format!("{error}; {remedy}")
}

/// A file's content; `None` when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, AccessError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some).at("read", path),
    }
}

/// The folder, locked: no other process changes what is in it while this lives.
pub(super) struct Held {
    folder: PathBuf,
    /// The lock ends with the file.
    _lock: File,
}

impl Held {
    /// Waits for the lock. Folders that are missing are made; the library itself must be there.
    pub(super) fn open(library: &Path) -> Result<Self, AccessError> {
        let folder = folder(library);
        make_folder(&library.join(PRIVATE), library)?;
        make_folder(&folder, library)?;
        let path = folder.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let lock = lock.at("open", &path)?;
        give_to_owner_of(&folder, &lock, &path)?;
        lock.lock().at("lock", &path)?;
        Ok(Self { folder, _lock: lock })
    }

    /// Replaces a file, or makes it: whoever reads it gets all of the old or all of the new one, a crash leaves either.
    pub(super) fn replace(&self, name: &str, content: &[u8]) -> Result<(), AccessError> {
        let (new, path) = (self.folder.join("new"), self.folder.join(name));
        let file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&new);
        let mut file = file.at("create", &new)?;
        // A file that a crash left keeps the mode that it has.
        file.set_permissions(Permissions::from_mode(0o600)).at("protect", &new)?;
        give_to_owner_of(&self.folder, &file, &new)?;
        file.write_all(content).and_then(|()| file.sync_all()).at("write", &new)?;
        fs::rename(&new, &path).at("replace", &path)?;
        File::open(&self.folder).and_then(|folder| folder.sync_all()).at("sync", &self.folder)
    }
}

fn make_folder(path: &Path, library: &Path) -> Result<(), AccessError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => {
            other.at("create the folder", path)?;
            give_to_owner_of(library, &File::open(path).at("open", path)?, path)
        }
    }
}

/// Files that root makes in another user's library (`sudo pack access …`) must be readable to that user's origin.
fn give_to_owner_of(folder: &Path, file: &File, path: &Path) -> Result<(), AccessError> {
    let owner = fs::metadata(folder).at("look at", folder)?;
    let own = file.metadata().at("look at", path)?;
    if own.uid() == owner.uid() {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(owner.uid()), Some(owner.gid())).at("give away", path)
}
