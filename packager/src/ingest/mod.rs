//! The ingest folder: which sources are in it, what titles they are, whether they are still being written.

mod endings;
mod find;
mod ignored;
mod left_out;
mod marks;
mod refused;
mod settling;
mod sidecar;
#[cfg(test)]
mod tests;
mod walk;
mod watch;

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use config::tree::{TitleName, compose};

use crate::library::Stamp;

pub(crate) use endings::AUDIO;
pub use endings::is_recording;
pub use find::{Found, named, scan};
pub use ignored::{Ignored, Why};
pub use marks::language_of;
pub use refused::Refused;
pub use settling::{Looks, Settling};
pub use sidecar::{Audio, Sidecars, Text};
pub use watch::Watcher;

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
    /// The texts and the audio that lie beside it and belong to it, as they were found with it.
    pub beside: Vec<PathBuf>,
}

impl Source {
    /// What people call it, if it has no name of its own: its file's name without the ending, composed.
    #[must_use]
    pub fn label(&self) -> String {
        let file = Path::new(&self.name);
        compose(&file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy())
    }
}

/// All that tells of a change of a file, that of its permissions too.
pub type Changes = (Stamp, i128);

/// What tells of a change of a file: its stamp, and when its metadata last changed, nanoseconds since 1970.
///
/// # Errors
/// When the file can't be asked.
pub fn changes(path: &Path) -> io::Result<Changes> {
    let metadata = fs::metadata(path)?;
    let changed = i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec());
    Ok((Stamp::of(&metadata), changed))
}

/// The stamp that tells whether a file has changed.
///
/// # Errors
/// When the file can't be asked.
pub fn stamp(path: &Path) -> io::Result<Stamp> {
    fs::metadata(path).map(|metadata| Stamp::of(&metadata))
}
