//! The space that jobs' results take.
//!
//! They lie by the content of the source that they are made of, so that a copy of a source under another name has them too.
//! Revisions have the results' files as hard links: a result costs nothing as long as a revision on the disk has it, and
//! is dropped when none has.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::library::locks::{self, Locked};
use crate::library::manage::folders;
use crate::library::space::prune::bytes_in;
use crate::library::{DiskError, Library, create_dir, remove_file, remove_tree};

/// The results of a content, to be added to by nobody else while this lives.
#[derive(Debug)]
pub struct ContentLock {
    _lock: Locked,
}

impl Library {
    /// Where results of a source with this content are kept, each in a folder of its own.
    #[must_use]
    pub fn results_dir(&self, content: &str) -> PathBuf {
        self.private("results").join(content)
    }

    /// Takes hold of a content's results; `None` while somebody else has them.
    ///
    /// # Errors
    /// The file system's error.
    pub fn lock_content(&self, content: &str) -> Result<Option<ContentLock>, DiskError> {
        let folder = self.results_dir(content);
        create_dir(&folder)?;
        let path = folder.join(LOCK);
        let lock = match locks::take(&path) {
            // Dropped since it was made.
            Err(error) if error.source.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        // Whoever dropped the results has taken their lock away with them.
        Ok(lock.filter(|lock| lock.is_at(&path)).map(|lock| ContentLock { _lock: lock }))
    }

    /// Drops a content's results that no revision has, whose lock the caller has.
    ///
    /// # Errors
    /// The file system's error.
    pub fn drop_results(&self, content: &str, _lock: &ContentLock) -> Result<(), DiskError> {
        drop_unused(&self.results_dir(content)).map(drop)
    }

    /// The same, unless they are being added to: then whoever does so drops them in the end.
    pub(in crate::library) fn drop_results_of<'a>(
        &self,
        contents: impl Iterator<Item = &'a str>,
    ) -> Result<(), DiskError> {
        for content in contents.filter(|content| self.results_dir(content).is_dir()) {
            if let Some(lock) = self.lock_content(content)? {
                self.drop_results(content, &lock)?;
            }
        }
        Ok(())
    }

    /// Drops all results that no revision has, but for those that are being added to: the bytes of each content that had
    /// some.
    pub(in crate::library) fn drop_all_results(&self) -> Result<Vec<u64>, DiskError> {
        let mut dropped = Vec::new();
        for folder in folders(&self.private("results"))? {
            let Some(content) = folder.file_name().and_then(|name| name.to_str()) else { continue };
            if let Some(_lock) = self.lock_content(content)? {
                dropped.push(drop_unused(&folder)?);
            }
        }
        dropped.retain(|bytes| *bytes > 0);
        Ok(dropped)
    }
}

/// The file in a content's folder that is locked.
const LOCK: &str = "lock";

/// Drops what is unused of a content's results; its bytes.
fn drop_unused(results: &Path) -> Result<u64, DiskError> {
    let mut dropped = 0;
    let (unused, used): (Vec<_>, Vec<_>) = folders(results)?.into_iter().partition(|result| is_unused(result));
    for result in &unused {
        dropped += bytes_in(result);
        remove_tree(result)?;
    }
    if used.is_empty() {
        remove_file(&results.join(LOCK))?;
        // It stays where it is not empty.
        let _ = fs::remove_dir(results);
    }
    Ok(dropped)
}

/// True if no file of a result has another name.
fn is_unused(result: &Path) -> bool {
    let files = fs::read_dir(result).into_iter().flatten().filter_map(Result::ok);
    files.filter_map(|file| file.metadata().ok()).all(|metadata| metadata.nlink() <= 1)
}
