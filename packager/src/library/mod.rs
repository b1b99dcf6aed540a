//! The library, as those see it who change it: who may, what is in it, how a revision becomes visible.
//!
//! The published tree, and the private copies of the files that say which revision is in force, lie in a [`store`]. All
//! else that is private (locks, the ledger, results, what is being made) is on a disk of the writers' own.

mod failures;
mod ledger;
mod locks;
mod manage;
mod near;
mod publish;
mod removal;
mod space;
mod steer;
mod store;
mod whole;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use config::tree::{PRIVATE, Revision, TitleName};

use ledger::Ledger;
pub use ledger::{
    Decision, Entry, Held, Last, LedgerError, Outcome, Pause, Refusal, Refusals, Seen, Stamp, State, Waiting,
};
use locks::Locked;
pub use manage::{TitleOnDisk, titles};
pub use publish::ShownAgain;
pub use space::expired::Keep;
pub use space::prune::Pruned;
pub use space::results::ContentLock;
pub(crate) use steer::seconds_now;
use store::Store;
use store::disk::Disk;
pub use store::files::DiskError;
pub(crate) use store::files::{
    At, create_dir, create_private_dir, json, read, remove_file, remove_tree, sync_dir, sync_file, write_replace,
};
pub use whole::seal::seal;
pub use whole::verify::Verified;

/// Why the library can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// Another process packages into it.
    #[error("another pack packages into the library {} (its lock is .pack/lock): wait for it or stop it", .0.display())]
    Busy(PathBuf),
    /// A title that isn't there.
    #[error("the library has no title '{title}'; {}", meant(near))]
    NoTitle {
        /// The name.
        title: TitleName,
        /// Titles that may have been meant.
        near: Vec<TitleName>,
    },
    /// There is nothing to go back to.
    #[error("'{0}' has no earlier revision to go back to")]
    NoEarlier(TitleName),
    /// Of all earlier revisions files are missing.
    #[error("'{0}' has no earlier revision that is whole: files of each are missing; package its source again")]
    NoneWhole(TitleName),
    /// The file system said no.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The ledger can't be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The hint to someone who named a title that is not there.
fn meant(near: &[TitleName]) -> String {
    let names: Vec<String> = near.iter().map(|name| format!("'{name}'")).collect();
    match names.is_empty() {
        true => "`pack list` names those that are published, with --failed and --queued the others".into(),
        false => format!("did you mean {}? `pack list` names all that are published", names.join(" or ")),
    }
}

impl LibraryError {
    /// There is no such title, but those that are `known`.
    #[must_use]
    pub fn no_title(title: TitleName, known: impl Iterator<Item = TitleName>) -> Self {
        let near = near::near(&title, known);
        Self::NoTitle { title, near }
    }

    /// True if the disk is full.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Disk(error) => error.is_full(),
            Self::Ledger(error) => error.is_full(),
            _ => false,
        }
    }
}

/// A library, as those who change it see it: a packager, or an operator's command, beside it or without one.
#[derive(Debug)]
pub struct Library {
    /// The private folder.
    own: PathBuf,
    /// The published tree.
    store: Box<dyn Store>,
    ledger: Ledger,
    /// The packager's lock, in its own library; gone with it.
    lock: Option<Mutex<Locked>>,
}

impl Library {
    /// Opens the library at `root`, which is made when it is missing. Others may package into it meanwhile.
    ///
    /// # Errors
    /// What the file system or the ledger said.
    pub fn open(root: &Path) -> Result<Self, LibraryError> {
        let own = root.join(PRIVATE);
        create_dir(root)?;
        create_private_dir(&own)?;
        let ledger = Ledger::open(&own)?;
        let library = Self { store: Box::new(Disk::new(root)), own, ledger, lock: None };
        library.keep_room_back();
        Ok(library)
    }

    /// The same for the one who packages into it.
    ///
    /// # Errors
    /// [`LibraryError::Busy`] when another process does; otherwise as [`Self::open`].
    pub fn hold(root: &Path) -> Result<Self, LibraryError> {
        let library = Self::open(root)?;
        // Whoever is changing something for a moment may hold the packager's lock as well.
        let tree = library.change()?;
        let lock = locks::take(&locks::packager(&library.own))?;
        drop(tree);
        if lock.is_none() {
            return Err(LibraryError::Busy(root.canonicalize().unwrap_or_else(|_| root.into())));
        }
        // Leftovers of a run that was cut short.
        library.empty_trash();
        Ok(Self { lock: lock.map(Mutex::new), ..library })
    }

    /// Takes the packager's lock again where it, or all of the private folder, was deleted meanwhile: a lock that nobody
    /// finds keeps nobody away.
    ///
    /// # Errors
    /// [`LibraryError::Busy`] when another process was faster; otherwise what the file system said.
    pub fn keep_hold(&self) -> Result<(), LibraryError> {
        let Some(lock) = &self.lock else { return Ok(()) };
        let mut lock = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let path = locks::packager(&self.own);
        if lock.is_at(&path) {
            return Ok(());
        }
        create_private_dir(&self.own)?;
        let _tree = self.change()?;
        let taken =
            locks::take(&path)?.ok_or_else(|| LibraryError::Busy(self.own.parent().unwrap_or(&self.own).into()))?;
        tracing::warn!("{} was deleted while it was held; it is taken again", path.display());
        *lock = taken;
        Ok(())
    }

    /// Waits until nobody else changes what is published; nobody does until the lock is dropped.
    fn change(&self) -> Result<Locked, DiskError> {
        locks::wait_for(&locks::tree(&self.own))
    }

    /// Keeps packagers from starting; `None` where another than this one is running. What unfinished work has left may be
    /// cleared away meanwhile.
    fn alone(&self) -> Result<Option<Alone>, DiskError> {
        if self.lock.is_some() {
            return Ok(Some(Alone { _lock: None }));
        }
        Ok(locks::take(&locks::packager(&self.own))?.map(|lock| Alone { _lock: Some(lock) }))
    }

    /// Where a revision is made before it is published.
    #[must_use]
    pub fn staging_dir(&self, title: &TitleName, revision: &Revision) -> PathBuf {
        self.private("staging").join(format!("{}@{revision}", flat(title)))
    }

    /// The error about a title that is not there.
    fn no_title(&self, title: &TitleName) -> LibraryError {
        let known = self.entries().unwrap_or_default().into_iter();
        LibraryError::no_title(title.clone(), known.map(|(known, _)| known).filter(|known| known != title))
    }

    fn private(&self, folder: &str) -> PathBuf {
        self.own.join(folder)
    }
}

/// No other packager runs while this lives.
#[derive(Debug)]
struct Alone {
    _lock: Option<Locked>,
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
