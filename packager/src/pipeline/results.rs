//! Results of jobs, kept under the key of all that decided them.
//!
//! ```text
//! .pack/results/<content>/<key>/00001.m4s …    the media segments, those of a text and all of it, or the poster
//! .pack/results/<content>/<key>/result.json    written when all files are on the disk
//! .pack/results/<content>/<key>/proven-<set>   it was proven, together with the others of a set
//! .pack/results/<content>/<key>/copy.mkv       the copy of the source that is decoded, where there is one
//! ```
//!
//! `<content>` is the BLAKE3 of the source: a copy of it under another name has the same results.
//!
//! A revision takes its files as hard links, so that a result costs no space as long as a revision on the disk has it. A
//! result that none has is one of unfinished work: it goes when its title is published or removed, or the library pruned.

use std::fs;
use std::path::{Path, PathBuf};

use config::tree::{POSTER, WHOLE_TEXT, segment_name, text_segment_name};
use serde::{Deserialize, Serialize};

use super::key::Key;
use crate::library::{
    At, DiskError, Library, create_dir, json, read, remove_tree, seal, sync_dir, sync_file, write_replace,
};
use crate::probe::Damage;
use media::presentation::{Part, TextPart};

/// The result of a job for one output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Made {
    pub files: Files,
    /// ffmpeg's complaints.
    pub complaints: Vec<String>,
    /// Where the source is damaged that it complained of.
    pub damage: Damage,
}

/// The files of a result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Files {
    /// A run of a track's segments.
    Track(Part),
    /// A text track.
    Text(TextPart),
    /// A poster of so many bytes; none could be made where it is 0.
    Poster(u64),
}

impl Made {
    /// A result of a source that is not known to be damaged.
    pub(super) fn new(files: Files, complaints: Vec<String>) -> Self {
        Self { files, complaints, damage: Damage::default() }
    }
}

/// The results of the jobs of a source.
#[derive(Debug)]
pub(super) struct Results {
    root: PathBuf,
}

impl Results {
    /// Those of a source with this content: BLAKE3, hexadecimal.
    pub(super) fn of(library: &Library, content: &str) -> Self {
        Self { root: library.results_dir(content) }
    }

    /// Makes an empty folder for a result's files. What an interrupted job left goes first: a file of it that a
    /// revision has as well must not be written to.
    pub(super) fn begin(&self, key: &Key) -> Result<PathBuf, DiskError> {
        let dir = self.dir(key);
        remove_tree(&dir)?;
        create_dir(&dir)?;
        Ok(dir)
    }

    /// Makes a result last: its files first, then the record that says so.
    pub(super) fn keep(&self, key: &Key, made: &Made) -> Result<(), DiskError> {
        let dir = self.dir(key);
        // Sealed now, while the kernel still has them in memory.
        made.files.names().iter().try_for_each(|(name, _)| {
            let path = dir.join(name);
            seal(&path).and_then(|()| sync_file(&path))
        })?;
        sync_dir(&dir)?;
        let record = dir.join(RECORD);
        write_replace(&record, &json(made, &record)?, &dir)
    }

    /// The result under a key, if its job is finished and all its files are there.
    pub(super) fn find(&self, key: &Key) -> Option<Made> {
        let dir = self.dir(key);
        let made: Made = serde_json::from_slice(&read(&dir.join(RECORD)).ok().flatten()?).ok()?;
        let is_there = |(name, bytes): &(String, u64)| dir.join(name).metadata().is_ok_and(|m| m.len() == *bytes);
        made.files.names().iter().all(is_there).then_some(made)
    }

    /// Puts a result's files into `folder`, which must exist and have none of them. Where the file system has no hard
    /// links they are moved: the job is done again when they are wanted another time.
    pub(super) fn put(&self, key: &Key, made: &Made, folder: &Path) -> Result<(), DiskError> {
        made.files.names().iter().try_for_each(|(name, _)| {
            let (from, to) = (self.dir(key).join(name), folder.join(name));
            fs::hard_link(&from, &to).or_else(|_| fs::rename(&from, &to)).at("move a result to", &to)
        })
    }

    /// Marks a result that was proven as one of a set. The mark goes when the result does.
    pub(super) fn mark(&self, key: &Key, set: &str) -> Result<(), DiskError> {
        let dir = self.dir(key);
        write_replace(&dir.join(format!("proven-{set}")), b"", &dir)
    }

    /// True if it is marked so.
    pub(super) fn has_mark(&self, key: &Key, set: &str) -> bool {
        self.dir(key).join(format!("proven-{set}")).is_file()
    }

    /// The folder of a result.
    pub(super) fn dir(&self, key: &Key) -> PathBuf {
        self.root.join(key.to_string())
    }
}

/// The file that is written last.
const RECORD: &str = "result.json";

impl Files {
    /// Names and sizes of the files.
    fn names(&self) -> Vec<(String, u64)> {
        match self {
            Self::Track(part) => (part.first_segment + 1..)
                .zip(&part.segments)
                .map(|(number, segment)| (segment_name(number), segment.bytes))
                .collect(),
            Self::Text(text) => {
                let segments = (1..).map(text_segment_name).zip(text.segments.iter().copied());
                segments.chain([(WHOLE_TEXT.to_owned(), text.whole)]).collect()
            }
            Self::Poster(0) => Vec::new(),
            Self::Poster(bytes) => vec![(POSTER.into(), *bytes)],
        }
    }
}
