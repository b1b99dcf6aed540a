//! The library, as its one writer sees it: who holds it, what is in it, how a revision becomes visible.
//!
//! The published tree, and the private copies of the files that say which revision is in force, lie in a [`store`]. All
//! else that is private (the lock, the ledger, results, what is being made) is the writer's own, on its disk.

mod disk;
mod expired;
mod files;
mod ledger;
mod manage;
mod prune;
mod publish;
mod results;
mod seal;
mod store;
mod whole;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use config::tree::{PRIVATE, Revision, TitleName};

use disk::Disk;
pub use expired::{Dated, Keep, expired};
pub use files::DiskError;
pub(crate) use files::{
    At, create_dir, create_private_dir, json, read, remove_file, remove_tree, sync_dir, sync_file, write_replace,
};
pub use ledger::{Entry, Outcome, Stamp};
pub use manage::{TitleOnDisk, titles};
pub use prune::Pruned;
pub use seal::seal;
use store::Store;
pub use whole::Seen;

/// Why the library can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// Another process writes to it.
    #[error("another pack holds the library {} (its lock is .pack/lock): wait for it or stop it", .0.display())]
    Busy(PathBuf),
    /// A title that isn't there.
    #[error("the library has no title '{0}'; `pack list` names those that it has")]
    NoTitle(TitleName),
    /// There is nothing to go back to.
    #[error("'{0}' has no earlier revision to go back to")]
    NoEarlier(TitleName),
    /// Of all earlier revisions files are missing.
    #[error("'{0}' has no earlier revision that is whole: files of each are missing; package its source again")]
    NoneWhole(TitleName),
    /// The file system said no.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A library, held: nobody else writes to it while this lives.
#[derive(Debug)]
pub struct Library {
    /// The writer's own folder.
    own: PathBuf,
    /// The published tree.
    store: Box<dyn Store>,
    /// Its lock ends with the file.
    _lock: File,
}

impl Library {
    /// Takes hold of the library at `root`, which is made when it is missing.
    ///
    /// # Errors
    /// [`LibraryError::Busy`] when another process holds it; otherwise what the file system said.
    pub fn open(root: &Path) -> Result<Self, LibraryError> {
        let private = root.join(PRIVATE);
        create_dir(root)?;
        create_private_dir(&private)?;
        let path = private.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path).at("open", &path)?;
        match lock.try_lock() {
            Ok(()) => {
                let library = Self { own: private, store: Box::new(Disk::new(root)), _lock: lock };
                // Leftovers of a run that was cut short.
                library.empty_trash();
                Ok(library)
            }
            Err(TryLockError::WouldBlock) => {
                Err(LibraryError::Busy(root.canonicalize().unwrap_or_else(|_| root.into())))
            }
            Err(TryLockError::Error(source)) => Err(DiskError { what: "lock", path, source }.into()),
        }
    }

    /// Where a revision is made before it is published.
    #[must_use]
    pub fn staging_dir(&self, title: &TitleName, revision: &Revision) -> PathBuf {
        self.private("staging").join(format!("{}@{revision}", flat(title)))
    }

    /// Where a failed source's report lies.
    #[must_use]
    pub fn report_path(&self, title: &TitleName) -> PathBuf {
        self.private("failed").join(format!("{}.json", flat(title)))
    }

    fn ledger_path(&self, title: &TitleName) -> PathBuf {
        self.private("ledger").join(format!("{}.json", flat(title)))
    }

    fn private(&self, folder: &str) -> PathBuf {
        self.own.join(folder)
    }
}

/// Where a revision lies in the published tree.
fn revision_path(title: &TitleName, revision: &Revision) -> String {
    format!("{title}/{revision}")
}

/// Where copies of a title's small files lie, a folder for each revision that is kept: so that one can be gone back to.
fn kept_path(title: &TitleName) -> String {
    format!("{PRIVATE}/revisions/{}", flat(title))
}

/// A title's name as one file name. `@` stands in no title's name, so that no two names become one; a name too long for
/// a file name is cut and told apart by its digest.
fn flat(title: &TitleName) -> String {
    let name = title.as_str().replace('/', "@");
    if name.len() <= 200 {
        return name;
    }
    let digest = blake3::hash(name.as_bytes()).to_hex();
    format!("{}@@{}", &name[..150], &digest[..16])
}

#[cfg(test)]
mod tests;
