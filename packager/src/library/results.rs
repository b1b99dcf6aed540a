//! The space that jobs' results take.
//!
//! Revisions have the results' files as hard links: a result costs nothing as long as a revision on the disk has it, and
//! is dropped when none has.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use config::tree::TitleName;

use super::manage::folders;
use super::prune::bytes_in;
use super::{DiskError, Library, flat, remove_tree};

impl Library {
    /// Where results for a title are kept, each in a folder of its own.
    #[must_use]
    pub fn results_dir(&self, title: &TitleName) -> PathBuf {
        self.private("results").join(flat(title))
    }

    /// Drops a title's results that no revision has.
    ///
    /// # Errors
    /// The file system's error.
    pub fn drop_results(&self, title: &TitleName) -> Result<(), DiskError> {
        drop_unused(&self.results_dir(title)).map(|_| ())
    }

    /// Drops all results that no revision has: the bytes of each title that had some.
    pub(super) fn drop_all_results(&self) -> Result<Vec<u64>, DiskError> {
        let titles = folders(&self.private("results"))?;
        let dropped = titles.iter().map(|title| drop_unused(title)).collect::<Result<Vec<u64>, _>>()?;
        Ok(dropped.into_iter().filter(|bytes| *bytes > 0).collect())
    }
}

/// Drops what is unused of a title's results; its bytes.
fn drop_unused(results: &Path) -> Result<u64, DiskError> {
    let mut dropped = 0;
    for result in folders(results)?.iter().filter(|result| is_unused(result)) {
        dropped += bytes_in(result);
        remove_tree(result)?;
    }
    // It stays where it is not empty.
    let _ = fs::remove_dir(results);
    Ok(dropped)
}

/// True if no file of a result has another name.
fn is_unused(result: &Path) -> bool {
    let files = fs::read_dir(result).into_iter().flatten().filter_map(Result::ok);
    files.filter_map(|file| file.metadata().ok()).all(|metadata| metadata.nlink() <= 1)
}
