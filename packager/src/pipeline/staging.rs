//! Where a revision grows until it is whole, and what of it survives a crash.
//!
//! ```text
//! .pack/staging/<title>@<revision>/title/                the title's folder as it will be published
//! .pack/staging/<title>@<revision>/title/<revision>/…
//! .pack/staging/<title>@<revision>/jobs/<job>.json       written when all files of the job are on the disk
//! ```

use std::path::{Path, PathBuf};

use config::tree::{Revision, TitleName, segment_name};
use serde::{Deserialize, Serialize};

use crate::library::{
    DiskError, Library, create_dir, json, read, remove_tree, seal, sync_dir, sync_file, write_replace,
};
use media::cmaf::Part;

/// What a finished job made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// One for each track that the job had a part in, with the track's folder below the revision.
    pub parts: Vec<(String, Part)>,
    /// What ffmpeg complained of.
    pub complaints: Vec<String>,
}

/// A revision in the making.
#[derive(Debug)]
pub(super) struct Staging {
    root: PathBuf,
    revision: Revision,
}

impl Staging {
    /// Opens it, with what an interrupted run left.
    pub(super) fn open(library: &Library, title: &TitleName, revision: &Revision) -> Result<Self, DiskError> {
        let staging = Self { root: library.staging_dir(title, revision), revision: revision.clone() };
        create_dir(&staging.revision_dir())?;
        create_dir(&staging.root.join("jobs"))?;
        Ok(staging)
    }

    /// Its folder; for files on their way into it too.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The title's folder as it will be published.
    pub(super) fn title_dir(&self) -> PathBuf {
        self.root.join("title")
    }

    /// The revision's folder in it.
    pub(super) fn revision_dir(&self) -> PathBuf {
        self.title_dir().join(self.revision.as_str())
    }

    /// What the job named `job` made, if it is finished and all its files are there.
    pub(super) fn finished(&self, job: &str) -> Option<Record> {
        let bytes = read(&self.record_path(job)).ok().flatten()?;
        let record: Record = serde_json::from_slice(&bytes).ok()?;
        let whole = record.parts.iter().all(|(track, part)| self.is_there(track, part));
        whole.then_some(record)
    }

    fn is_there(&self, track: &str, part: &Part) -> bool {
        let dir = self.revision_dir().join(track);
        segment_paths(&dir, part)
            .zip(&part.segments)
            .all(|(path, segment)| path.metadata().is_ok_and(|m| m.len() == segment.bytes))
    }

    /// Makes a finished job last: its files first, then the record that says so.
    pub(super) fn finish(&self, job: &str, record: &Record) -> Result<(), DiskError> {
        for (track, part) in &record.parts {
            let dir = self.revision_dir().join(track);
            // Sealed now, while the kernel still has them in memory.
            segment_paths(&dir, part).try_for_each(|path| seal(&path).and_then(|()| sync_file(&path)))?;
            sync_dir(&dir)?;
        }
        let path = self.record_path(job);
        write_replace(&path, &json(record, &path)?, &self.root)
    }

    /// Throws it all away.
    pub(super) fn remove(&self) -> Result<(), DiskError> {
        remove_tree(&self.root)
    }

    fn record_path(&self, job: &str) -> PathBuf {
        self.root.join("jobs").join(format!("{job}.json"))
    }
}

fn segment_paths<'a>(dir: &'a Path, part: &'a Part) -> impl Iterator<Item = PathBuf> + 'a {
    let count = u32::try_from(part.segments.len()).unwrap_or(u32::MAX);
    (0..count).map(move |at| dir.join(segment_name(part.first_segment + at + 1)))
}
