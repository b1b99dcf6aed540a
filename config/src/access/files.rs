//! The files below `LIBRARY/.pack/access`: for their owner alone, replaced whole, by one process at a time.
//!
//! Root works in them too (`sudo pack access …`), and their owner may put a link in the place of any of them: followed, it
//! would have root read, write or give away any file of the system. So each folder is opened in the one above it, each
//! file in its folder, and no link is followed.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;

use super::{AccessError, FOLDER, folder};
use crate::tree::PRIVATE;

/// Adds the verb and the path to a refused file operation.
pub trait At<T> {
    /// Converts the error.
    ///
    /// # Errors
    /// [`AccessError::Disk`].
    fn at(self, what: &'static str, path: &Path) -> Result<T, AccessError>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, what: &'static str, path: &Path) -> Result<T, AccessError> {
        self.map_err(|source| AccessError::Disk { what, path: path.into(), source: source.into() })
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
        // O_NOFOLLOW with and without O_DIRECTORY, open(2).
        _ if matches!(Errno::from_io_error(error), Some(Errno::NOTDIR | Errno::LOOP)) => "links are not followed here",
        _ => return error.to_string(),
    };
    format!("{error}; {remedy}")
}

fn open(within: impl AsFd, name: impl AsRef<Path>, flags: OFlags) -> Result<File, Errno> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(within, name.as_ref(), flags, Mode::RUSR | Mode::WUSR).map(File::from)
}

/// The content of the file `name`; `None` when there is no such file.
pub(super) fn read(library: &Path, name: &str) -> Result<Option<Vec<u8>>, AccessError> {
    let content = || {
        let through = OFlags::PATH | OFlags::DIRECTORY;
        let private = open(CWD, library.join(PRIVATE), through)?;
        let mut file = open(open(private, FOLDER, through)?, name, OFlags::RDONLY)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map(|_| content)
    };
    match content() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some).at("read", &folder(library).join(name)),
    }
}

/// The folder, locked: no other process changes what is in it while this lives.
pub(super) struct Held {
    path: PathBuf,
    folder: File,
    /// The lock ends with the file.
    _lock: File,
}

impl Held {
    /// Waits for the lock. Folders that are missing are made; the library itself must be there.
    pub(super) fn open(library: &Path) -> Result<Self, AccessError> {
        let (private, path) = (library.join(PRIVATE), folder(library));
        let above = make_folder(CWD, &private, &private, library)?;
        let folder = make_folder(above, FOLDER, &path, library)?;
        let place = path.join("lock");
        let lock = match make(&folder, "lock", &place) {
            Err(AccessError::Disk { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
                open(&folder, "lock", OFlags::WRONLY).at("open", &place)?
            }
            made => made?,
        };
        lock.lock().at("lock", &place)?;
        Ok(Self { path, folder, _lock: lock })
    }

    /// Replaces a file, or makes it: whoever reads it gets all of the old or all of the new one, a crash leaves either.
    pub(super) fn replace(&self, name: &str, content: &[u8]) -> Result<(), AccessError> {
        let (new, path) = (self.path.join("new"), self.path.join(name));
        match unlinkat(&self.folder, "new", AtFlags::empty()) {
            Err(Errno::NOENT) => {}
            left_by_a_crash => left_by_a_crash.at("remove", &new)?,
        }
        let mut file = make(&self.folder, "new", &new)?;
        file.write_all(content).and_then(|()| file.sync_all()).at("write", &new)?;
        renameat(&self.folder, "new", &self.folder, name).at("replace", &path)?;
        self.folder.sync_all().at("sync", &self.path)
    }
}

/// Opens the folder `name`, which is at `path`, and makes it if it is missing.
fn make_folder(within: impl AsFd, name: impl AsRef<Path>, path: &Path, library: &Path) -> Result<File, AccessError> {
    let made = match mkdirat(&within, name.as_ref(), Mode::RWXU) {
        Err(Errno::EXIST) => false,
        other => other.at("create the folder", path).map(|()| true)?,
    };
    let folder = open(within, name, OFlags::DIRECTORY).at("open", path)?;
    if made {
        give_to(&fs::metadata(library).at("look at", library)?, &folder, path)?;
    }
    Ok(folder)
}

/// Makes the file `name`, which is at `path`. What is there already, whosever it is, is neither opened nor given away.
fn make(folder: &File, name: &str, path: &Path) -> Result<File, AccessError> {
    let file = open(folder, name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL).at("create", path)?;
    give_to(&folder.metadata().at("look at", path)?, &file, path)?;
    Ok(file)
}

/// Files that root makes in another user's library (`sudo pack access …`) must be readable to that user's origin.
fn give_to(owner: &Metadata, file: &File, path: &Path) -> Result<(), AccessError> {
    let own = file.metadata().at("look at", path)?;
    if own.uid() == owner.uid() {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(owner.uid()), Some(owner.gid())).at("give away", path)
}
