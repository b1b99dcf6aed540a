//! The published tree, as its one writer changes it: no more than an object store can do as well as a disk.
//!
//! An object in it is named by its path below the library, with `/` between the parts. A revision is put once and never
//! changed; the few files that say which revision players get are replaced, last and each at once.

pub(super) mod disk;
pub(super) mod files;

use std::fmt::Debug;
use std::path::Path;
use std::time::SystemTime;

use crate::library::DiskError;

/// Where the published tree lies.
pub(in crate::library) trait Store: Debug + Send + Sync {
    /// A file's content; `None` where it isn't there.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, DiskError>;

    /// The files and folders in a folder, by name; none where it isn't there.
    fn list(&self, folder: &str) -> Result<Vec<Listed>, DiskError>;

    /// Puts a finished folder of the local disk, whose files are synced, to where nothing is. It is whole, and lasts,
    /// when this has returned.
    fn put(&self, made: &Path, path: &str) -> Result<(), DiskError>;

    /// Replaces a file at once, so that it lasts: whoever reads it gets all of the old or all of the new.
    fn replace(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError>;

    /// Moves a file or a folder to the trash, at once and as a whole; one that isn't there is no error.
    fn discard(&self, path: &str) -> Result<(), DiskError>;

    /// Deletes what lies in the trash.
    fn empty_trash(&self) -> Result<(), DiskError>;
}

/// A file or a folder that was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::library) struct Listed {
    pub name: String,
    pub modified: SystemTime,
    /// Bytes of a file; `None` for a folder.
    pub bytes: Option<u64>,
}
