//! The journal, `LIBRARY/.pack/after`: a record of each group of files that is being taken out of the ingest folder,
//! written before the first of them is touched, so that whatever ends the program, the next start goes on from there.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use config::tree::PRIVATE;
use serde::{Deserialize, Serialize};

use crate::disk;

/// A source and its sidecars, on their way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// Names the record, and the files while they are under way.
    pub(crate) id: String,
    /// The source's path below the ingest folder.
    pub(crate) below: PathBuf,
    /// The source first: without its sidecars it would be another title, they are none without it.
    pub(crate) files: Vec<Item>,
    /// A text that is laid beside them, before they are touched.
    pub(crate) report: Option<(PathBuf, String)>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    /// Its place in the ingest folder.
    pub(crate) from: PathBuf,
    /// Where it goes; `None` where it is deleted.
    pub(crate) to: Option<PathBuf>,
    /// As it was packaged.
    pub(crate) mark: Mark,
}

/// A fingerprint of a file that a change of its content changes, and another name does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970, by the file system's clock.
    pub modified_ns: i128,
    /// Its number in its file system.
    pub inode: u64,
}

impl Mark {
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

impl Group {
    /// The files, each with the name that it has, in the same folder, from when it is taken until it is gone. It is
    /// hidden, so that nobody takes it for a source.
    pub(crate) fn items(&self) -> impl Iterator<Item = (&Item, PathBuf)> {
        let aside = |(at, item): (usize, &Item)| item.from.with_file_name(format!(".pack-after-{}-{at}", self.id));
        self.files.iter().enumerate().map(move |(at, item)| (item, aside((at, item))))
    }
}

/// The journal of one library. One process writes it: the one that packages.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
}

impl Journal {
    pub(crate) fn of(library: &Path) -> Self {
        Self { folder: library.join(PRIVATE).join("after") }
    }

    /// What a crash cut short. A record that can't be read is dropped: its files are left where they are.
    pub(crate) fn unfinished(&self) -> io::Result<Vec<Group>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut groups = Vec::new();
        for entry in entries {
            let path = entry?.path();
            match serde_json::from_slice(&fs::read(&path)?) {
                Ok(group) => groups.push(group),
                Err(_) => fs::remove_file(&path)?,
            }
        }
        Ok(groups)
    }

    /// Notes a group; it lasts once this has returned.
    pub(crate) fn note(&self, group: &Group) -> io::Result<()> {
        disk::write(&self.path(group), &serde_json::to_vec(group)?)
    }

    /// Forgets a group that is finished, or left.
    pub(crate) fn forget(&self, group: &Group) -> io::Result<()> {
        disk::remove(&self.path(group))
    }

    fn path(&self, group: &Group) -> PathBuf {
        self.folder.join(format!("{}.json", group.id))
    }
}
