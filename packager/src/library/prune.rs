//! Deleting what nothing refers to any more.

use std::path::Path;

use config::tree::{Revision, TitleName};
use walkdir::WalkDir;

use super::manage::{title_at, walk};
use super::publish::SMALL_FILES;
use super::{DiskError, Library, LibraryError, read, remove_tree};

/// What was deleted.
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
    /// Deletes what nothing refers to any more: revisions other than those in force, and the remains of work that was
    /// given up or cut short.
    ///
    /// # Errors
    /// What the file system said.
    pub fn prune(&self) -> Result<Pruned, LibraryError> {
        let mut pruned = Pruned::default();
        // Before revisions go: what they have is not of unfinished work.
        for bytes in self.drop_all_results()? {
            pruned.bytes += bytes;
            pruned.staged += 1;
        }
        let entries = walk(&self.root).collect::<Result<Vec<_>, _>>()?;
        for folder in entries.iter().filter(|entry| entry.file_type().is_dir()) {
            if let Some(title) = title_at(&self.root, folder.path()) {
                self.prune_title(&title, &mut pruned)?;
            }
        }
        // Its segments are the results'.
        remove_tree(&self.private("staging"))?;
        // Files that were to replace others.
        let new = self.private("new");
        pruned.bytes += bytes_in(&new);
        remove_tree(&new)?;
        self.empty_trash();
        self.drop_all_results()?;
        Ok(pruned)
    }

    fn prune_title(&self, title: &TitleName, pruned: &mut Pruned) -> Result<(), LibraryError> {
        let dir = self.title_dir(title);
        let in_force = match self.in_force(title)? {
            InForce::Unknown => return Ok(()),
            InForce::Shown(revisions) => revisions,
            InForce::NotShown => Vec::new(),
        };
        let unused: Vec<_> = self.revisions(title)?.into_iter().filter(|r| !in_force.contains(r)).collect();
        for revision in &unused {
            pruned.bytes += bytes_in(&dir.join(revision.as_str()));
            pruned.revisions += 1;
        }
        if in_force.is_empty() && !unused.is_empty() {
            // Killed while it was taken out, or before it was shown for the first time.
            return self.take_out(title);
        }
        for revision in &unused {
            self.discard(&dir.join(revision.as_str()))?;
            self.discard(&self.small_files_dir(title, revision))?;
        }
        Ok(())
    }

    /// Asks all small files: killed between the renames of two, a library has one that refers to the new revision and
    /// one that refers to the old, and players have read either.
    pub(super) fn in_force(&self, title: &TitleName) -> Result<InForce, DiskError> {
        let mut named = Vec::new();
        for name in SMALL_FILES {
            let Some(bytes) = read(&self.title_dir(title).join(name))? else { continue };
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
pub(super) enum InForce {
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

pub(super) fn bytes_in(dir: &Path) -> u64 {
    let files = WalkDir::new(dir).into_iter().filter_map(Result::ok);
    files.filter_map(|e| e.metadata().ok()).filter(std::fs::Metadata::is_file).map(|m| m.len()).sum()
}
