//! How a revision becomes visible: its folder first, whole and synced; the small files that refer to it last.

use std::fs;
use std::io;
use std::path::Path;

use config::tree::{MPD, PLAYLIST, Revision, TITLE_JSON, TitleName};
use walkdir::WalkDir;

use super::whole::is_whole;
use super::{At, DiskError, Library, create_dir, read, sync_dir, write_replace};

/// The files that are replaced, in the order in which they are.
pub(super) const SMALL_FILES: [&str; 3] = [PLAYLIST, MPD, TITLE_JSON];

impl Library {
    /// Publishes what lies in `staged`: the revision's folder and the small files. Its files are synced already.
    ///
    /// Cut short at any point, it leaves the title as it was or as it will be, and can be done again.
    ///
    /// # Errors
    /// What the file system said.
    pub fn publish(&self, title: &TitleName, revision: &Revision, staged: &Path) -> Result<(), DiskError> {
        self.keep_small_files(title, revision, staged)?;
        let dir = self.title_dir(title);
        create_dir(&dir)?;
        let target = dir.join(revision.as_str());
        // A name is a digest of all that decides the bytes: what is there already is the same, if nobody took of it.
        if !is_whole(&target, &staged.join(TITLE_JSON)) {
            self.discard(&target)?;
            let made = staged.join(revision.as_str());
            sync_dirs(&made)?;
            fs::rename(&made, &target).at("move the finished revision to", &target)?;
        }
        // The title's folder may be new, and those above it.
        for folder in dir.ancestors().take_while(|a| a.starts_with(&self.root)) {
            sync_dir(folder)?;
        }
        self.show(title, revision)
    }

    /// Makes a revision that was published before visible again; whether it is still there.
    ///
    /// # Errors
    /// What the file system said.
    pub fn show_again(&self, title: &TitleName, revision: &Revision) -> Result<bool, DiskError> {
        let kept = self.small_files_dir(title, revision);
        let there = SMALL_FILES.iter().all(|name| kept.join(name).is_file())
            && is_whole(&self.title_dir(title).join(revision.as_str()), &kept.join(TITLE_JSON));
        if there {
            // Their date says when the revision was last published: what was in force until now is what came before.
            self.keep_small_files(title, revision, &kept)?;
            self.show(title, revision)?;
        }
        Ok(there)
    }

    /// Makes the small files refer to `revision`, whose own were kept.
    pub(super) fn show(&self, title: &TitleName, revision: &Revision) -> Result<(), DiskError> {
        let kept = self.small_files_dir(title, revision);
        for name in SMALL_FILES {
            let bytes = fs::read(kept.join(name)).at("read", &kept.join(name))?;
            write_replace(&self.title_dir(title).join(name), &bytes, &self.private("new"))?;
        }
        Ok(())
    }

    fn keep_small_files(&self, title: &TitleName, revision: &Revision, staged: &Path) -> Result<(), DiskError> {
        let kept = self.small_files_dir(title, revision);
        for name in SMALL_FILES {
            if let Some(bytes) = read(&staged.join(name))? {
                write_replace(&kept.join(name), &bytes, &self.private("new"))?;
            }
        }
        Ok(())
    }
}

/// Makes the names in a folder and in all below it last.
fn sync_dirs(root: &Path) -> Result<(), DiskError> {
    for entry in WalkDir::new(root) {
        let entry = entry.map_err(io::Error::from).at("read", root)?;
        if entry.file_type().is_dir() {
            sync_dir(entry.path())?;
        }
    }
    Ok(())
}
