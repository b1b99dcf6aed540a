//! Deleting what nothing refers to any more.

use std::path::Path;

use config::tree::{Revision, TitleName};
use walkdir::WalkDir;

use crate::library::manage::walk;
use crate::library::publish::SMALL_FILES;
use crate::library::{DiskError, Library, LibraryError, kept_path, remove_tree, revision_path};

/// The totals that were deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Revisions that nothing referred to.
    pub revisions: u32,
    /// Titles whose unfinished work was given up.
    pub staged: u32,
    /// Bytes in them.
    pub bytes: u64,
}

impl Library {
    /// Deletes what nothing refers to any more: revisions other than those in force, and, unless a packager is running,
    /// the remains of work that was given up or cut short.
    ///
    /// # Errors
    /// The file system's error.
    pub fn prune(&self) -> Result<Pruned, LibraryError> {
        let tree = self.change()?;
        let alone = self.alone()?;
        let mut pruned = Pruned::default();
        if alone.is_some() {
            // Before revisions go: what they have is not of unfinished work.
            for bytes in self.drop_all_results()? {
                pruned.bytes += bytes;
                pruned.staged += 1;
            }
        }
        let mut contents = Vec::new();
        for (title, _) in walk(self.store.as_ref())? {
            contents.extend(self.prune_title(&title, &mut pruned)?);
        }
        if alone.is_some() {
            // Its segments are the results'.
            remove_tree(&self.private("staging"))?;
            // Files that were to replace others.
            let new = self.private("new");
            pruned.bytes += bytes_in(&new);
            remove_tree(&new)?;
        }
        // A packager that starts waits for the tree alone.
        drop(alone);
        drop(tree);
        self.empty_trash();
        self.drop_results_of(contents.iter().map(String::as_str))?;
        Ok(pruned)
    }

    /// Prunes one title; BLAKE3 of the sources that what went was made of, among others.
    fn prune_title(&self, title: &TitleName, pruned: &mut Pruned) -> Result<Vec<String>, LibraryError> {
        let in_force = match self.in_force(title)? {
            InForce::Unknown => return Ok(Vec::new()),
            InForce::Shown(revisions) => revisions,
            InForce::NotShown => Vec::new(),
        };
        let unused: Vec<_> = self.revisions(title)?.into_iter().filter(|r| !in_force.contains(r)).collect();
        if unused.is_empty() {
            return Ok(Vec::new());
        }
        let contents = self.contents(title, None)?;
        for revision in &unused {
            pruned.bytes += self.stored_bytes(&revision_path(title, revision))?;
            pruned.revisions += 1;
        }
        if in_force.is_empty() {
            // Killed while it was taken out, or before it was shown for the first time.
            self.take_out(title)?;
        } else {
            unused.iter().try_for_each(|revision| self.discard(title, revision))?;
        }
        Ok(contents)
    }

    /// Deletes a revision, and what is kept to go back to it.
    pub(in crate::library) fn discard(&self, title: &TitleName, revision: &Revision) -> Result<(), DiskError> {
        self.store.discard(&revision_path(title, revision))?;
        self.store.discard(&format!("{}/{revision}", kept_path(title)))
    }

    /// Bytes of all files below a folder of the published tree.
    pub(in crate::library) fn stored_bytes(&self, folder: &str) -> Result<u64, DiskError> {
        let below = |name: &str| self.stored_bytes(&format!("{folder}/{name}"));
        self.store.list(folder)?.iter().map(|listed| listed.bytes.map_or_else(|| below(&listed.name), Ok)).sum()
    }

    /// Deletes what lies in the trash. What can't be deleted is deleted when the library is opened the next time.
    pub(in crate::library) fn empty_trash(&self) {
        if let Err(error) = self.store.empty_trash() {
            tracing::warn!("{error}; it is tried again at the next start");
        }
    }

    /// Asks all small files: killed between the renames of two, a library has one that refers to the new revision and
    /// one that refers to the old, and players have read either.
    pub(in crate::library) fn in_force(&self, title: &TitleName) -> Result<InForce, DiskError> {
        let mut named = Vec::new();
        for name in SMALL_FILES {
            let Some(bytes) = self.store.read(&format!("{title}/{name}"))? else { continue };
            let revisions = revisions_in(&String::from_utf8_lossy(&bytes));
            if revisions.is_empty() {
                return Ok(InForce::Unknown);
            }
            named.extend(revisions);
        }
        named.sort();
        named.dedup();
        Ok(if named.is_empty() { InForce::NotShown } else { InForce::Shown(named) })
    }
}

/// The revisions that a title's small files refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::library) enum InForce {
    /// There are no small files.
    NotShown,
    /// One, or two in the middle of a publication.
    Shown(Vec<Revision>),
    /// A small file is damaged.
    Unknown,
}

/// The names of revisions in the text of a playlist, an MPD or a description.
fn revisions_in(text: &str) -> Vec<Revision> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(Revision::parse).collect()
}

pub(in crate::library) fn bytes_in(dir: &Path) -> u64 {
    let files = WalkDir::new(dir).into_iter().filter_map(Result::ok);
    files.filter_map(|e| e.metadata().ok()).filter(std::fs::Metadata::is_file).map(|m| m.len()).sum()
}
