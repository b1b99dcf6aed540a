//! The library on disk, as its one writer sees it: who holds it, what is in it, how a revision becomes visible.

mod disk;
mod ledger;
mod manage;
mod prune;
mod publish;
mod results;
mod seal;
mod trash;
mod whole;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use config::tree::{PRIVATE, Revision, TitleName};

pub use disk::DiskError;
pub(crate) use disk::{
    At, create_dir, create_private_dir, is_gone, json, read, remove_file, remove_tree, sync_dir, sync_file,
    write_replace,
};
pub use ledger::{Entry, Outcome, Stamp};
pub use manage::{TitleOnDisk, titles};
pub use prune::Pruned;
pub use seal::seal;
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
    /// The file system said no.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A library, held: nobody else writes to it while this lives.
#[derive(Debug)]
pub struct Library {
    root: PathBuf,
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
                let library = Self { root: root.into(), _lock: lock };
                // What a run that was cut short has left in it.
                library.empty_trash();
                Ok(library)
            }
            Err(TryLockError::WouldBlock) => {
                Err(LibraryError::Busy(root.canonicalize().unwrap_or_else(|_| root.into())))
            }
            Err(TryLockError::Error(source)) => Err(DiskError { what: "lock", path, source }.into()),
        }
    }

    /// A title's folder.
    #[must_use]
    pub fn title_dir(&self, title: &TitleName) -> PathBuf {
        self.root.join(title.as_str())
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

    /// Copies of the small files of every revision that is kept, so that one can be gone back to.
    fn small_files_dir(&self, title: &TitleName, revision: &Revision) -> PathBuf {
        self.private("revisions").join(flat(title)).join(revision.as_str())
    }

    fn ledger_path(&self, title: &TitleName) -> PathBuf {
        self.private("ledger").join(format!("{}.json", flat(title)))
    }

    fn private(&self, folder: &str) -> PathBuf {
        self.root.join(PRIVATE).join(folder)
    }
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
