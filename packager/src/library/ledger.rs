//! The ledger: what became of each source, so that a run with nothing new does nothing.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use config::tree::TitleName;
use serde::{Deserialize, Serialize};

use super::{DiskError, Library, Seen, json, read, remove_file, write_replace};

/// A fingerprint of a file that is cheap to read and changes when the content does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970.
    pub modified_ns: i128,
    /// Inode: a file moved over another can keep both of the others.
    pub inode: u64,
}

impl Stamp {
    /// Reads it off a file's metadata.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified_ns: i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec()),
            inode: metadata.ino(),
        }
    }
}

/// A line of the ledger: the last thing that became of a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The source, below the ingest folder or as it was named.
    pub source: String,
    /// The source as it was then.
    pub stamp: Stamp,
    /// Digest of the settings that decide the title's bytes.
    pub settings: String,
    /// The source's outcome.
    pub outcome: Outcome,
    /// The published title as it looked when all its files were there.
    #[serde(default)]
    pub seen: Option<Seen>,
}

/// The outcome of packaging a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was published as this revision.
    Published(String),
    /// It was given up.
    Failed,
    /// It was published, and an operator took it out.
    Removed,
}

impl Library {
    /// A title's line; `None` where it has none, or one that can't be read: then the title is made again.
    #[must_use]
    pub fn entry(&self, title: &TitleName) -> Option<Entry> {
        let bytes = read(&self.ledger_path(title)).ok().flatten()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Writes a title's line.
    ///
    /// # Errors
    /// The file system's error.
    pub fn record(&self, title: &TitleName, entry: &Entry) -> Result<(), DiskError> {
        let path = self.ledger_path(title);
        write_replace(&path, &json(entry, &path)?, &self.private("new"))
    }

    /// Keeps what is known of a failure for whoever looks into it.
    ///
    /// # Errors
    /// The file system's error.
    pub fn report(&self, title: &TitleName, errors: &[String], stderr: Option<&str>) -> Result<(), DiskError> {
        let report = serde_json::json!({ "title": title.as_str(), "errors": errors, "ffmpeg": stderr });
        write_replace(&self.report_path(title), report.to_string().as_bytes(), &self.private("new"))
    }

    /// Forgets an earlier failure.
    ///
    /// # Errors
    /// The file system's error.
    pub fn forget_report(&self, title: &TitleName) -> Result<(), DiskError> {
        remove_file(&self.report_path(title))
    }
}
