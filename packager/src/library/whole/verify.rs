//! Comparing what is published with what was made: every file is read.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use blake3::Hasher;
use config::seal::{ATTRIBUTE, Seal};
use config::tree::{Revision, TitleName};
use walkdir::WalkDir;

use crate::library::{At, DiskError, Library};

/// What was found of a title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Files of its revision in force.
    pub files: u64,
    /// Those of them that have no seal to be compared with.
    pub unsealed: u64,
    /// Those that are not as they were made, below the library.
    pub damaged: Vec<String>,
    /// No file is missing.
    pub whole: bool,
}

impl Library {
    /// Reads all files of a title's revision in force, and compares each with its seal.
    ///
    /// # Errors
    /// When a folder can't be read. A file that can't be read is damaged.
    pub fn verify(&self, title: &TitleName) -> Result<Verified, DiskError> {
        let mut verified = Verified { whole: self.published(title).is_some(), ..Verified::default() };
        let Ok(revision) = self.current(title) else { return Ok(verified) };
        let folder = self.folder_of(title, &revision);
        for entry in WalkDir::new(&folder).sort_by_file_name() {
            let entry = entry.map_err(io::Error::from).at("read", &folder)?;
            if !entry.file_type().is_file() {
                continue;
            }
            verified.files += 1;
            match is_as_sealed(entry.path()) {
                Ok(Some(true)) => {}
                Ok(None) => verified.unsealed += 1,
                Ok(Some(false)) | Err(_) => {
                    let below = entry.path().strip_prefix(&folder).unwrap_or(entry.path());
                    verified.damaged.push(format!("{title}/{revision}/{}", below.display()));
                }
            }
        }
        Ok(verified)
    }

    fn folder_of(&self, title: &TitleName, revision: &Revision) -> PathBuf {
        let root = self.own.parent().unwrap_or(&self.own);
        root.join(title.as_str()).join(revision.as_str())
    }
}

/// `None` where there is no seal.
fn is_as_sealed(path: &Path) -> io::Result<Option<bool>> {
    let file = File::open(path)?;
    let mut sealed = vec![0; Seal::LEN];
    let Some(seal) = rustix::fs::fgetxattr(&file, ATTRIBUTE, &mut sealed[..]).ok().and_then(|_| Seal::parse(&sealed))
    else {
        return Ok(None);
    };
    let mut hasher = Hasher::new();
    hasher.update_reader(&file)?;
    Ok(Some(*hasher.finalize().as_bytes() == seal.digest))
}
