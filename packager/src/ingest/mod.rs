//! The ingest folder: which sources are in it, what titles they are, whether they are still being written.

mod find;
mod refused;
mod sidecar;
#[cfg(test)]
mod tests;
mod watch;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use config::tree::TitleName;

use crate::library::Stamp;

pub(crate) use find::AUDIO;
pub use find::{Found, named, scan};
pub use refused::Refused;
pub use sidecar::Sidecars;
pub use watch::Watcher;

/// A file is taken for finished when it has been left alone for this long.
pub const SETTLE: Duration = Duration::from_secs(2);

/// A source and the title that it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The title's name.
    pub title: TitleName,
    /// The file.
    pub path: PathBuf,
    /// Its path below the ingest folder, or its file name: what the published title says it was made from.
    pub name: String,
    /// The ledger's name for it, which tells two files of one name apart: `name` below the ingest folder, the whole
    /// path elsewhere.
    pub recorded: String,
    /// It was named on the command line, not found.
    pub named: bool,
}

/// True if a file may still be being written: it was changed less than [`SETTLE`] before `now`.
///
/// # Errors
/// When the file can't be asked.
pub fn is_growing(path: &Path, now: SystemTime) -> io::Result<bool> {
    let modified = fs::metadata(path)?.modified()?;
    // A file from the future was not written just now, whatever its date says.
    Ok(now.duration_since(modified).is_ok_and(|age| age < SETTLE))
}

/// The stamp that tells whether a file has changed.
///
/// # Errors
/// When the file can't be asked.
pub fn stamp(path: &Path) -> io::Result<Stamp> {
    fs::metadata(path).map(|metadata| Stamp::of(&metadata))
}
