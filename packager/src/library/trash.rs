//! The trash: what is removed leaves its place at once and as a whole, and is deleted afterwards.
//!
//! Deleting a folder takes a step for each of its files. A revision that lost only some of them to a crash would look
//! like a whole one to whoever comes next.

use std::fs;
use std::io;
use std::path::Path;

use super::{At, DiskError, Library, create_dir, remove_tree, sync_dir};

impl Library {
    /// Moves a folder to the trash, so that it lasts; one that isn't there is no error.
    pub(crate) fn discard(&self, path: &Path) -> Result<(), DiskError> {
        let trash = self.private("trash");
        create_dir(&trash)?;
        // A folder of its own keeps its name from meeting another's.
        let place = tempfile::Builder::new().prefix("").tempdir_in(&trash).at("create a folder in", &trash)?;
        let moved = fs::rename(path, place.path().join("removed"));
        match moved {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other.at("remove", path)?,
        }
        let _ = place.keep();
        path.parent().map_or(Ok(()), sync_dir)
    }

    /// Deletes what lies in the trash. What can't be deleted is deleted when the library is opened the next time.
    pub(super) fn empty_trash(&self) {
        if let Err(error) = remove_tree(&self.private("trash")) {
            tracing::warn!("{error}; it is tried again at the next start");
        }
    }
}
