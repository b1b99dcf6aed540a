//! What an operator does with a library: list, remove, go back, tidy.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use config::title::Title;
use config::tree::{PRIVATE, Revision, TITLE_JSON, TitleName};
use walkdir::WalkDir;

use super::{At, DiskError, Entry, Library, LibraryError, Outcome, flat, remove_file, remove_tree};

/// A published title as it lies in a library.
#[derive(Debug, Clone, PartialEq)]
pub struct TitleOnDisk {
    /// Its name.
    pub name: TitleName,
    /// Its description; the reason where it can't be read.
    pub title: Result<Title, String>,
}

/// What was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Revisions that nothing referred to.
    pub revisions: u32,
    /// Remains of work that was given up.
    pub staged: u32,
    /// Bytes in them.
    pub bytes: u64,
}

/// The titles of the library at `root`, by name. Reads only: no lock is needed.
///
/// # Errors
/// When the folder can't be read.
pub fn titles(root: &Path) -> Result<Vec<TitleOnDisk>, DiskError> {
    let visible = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || entry.file_name().to_str().is_some_and(|n| n != PRIVATE && Revision::parse(n).is_none())
    };
    let mut found = Vec::new();
    for entry in WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter().filter_entry(visible) {
        let entry = entry.map_err(std::io::Error::from).at("read the library", root)?;
        if entry.file_name() != TITLE_JSON {
            continue;
        }
        let folder = entry.path().parent().and_then(|p| p.strip_prefix(root).ok()).and_then(Path::to_str);
        if let Some(name) = folder.and_then(|f| TitleName::parse(f).ok()) {
            found.push(TitleOnDisk { name, title: describe(entry.path()) });
        }
    }
    Ok(found)
}

fn describe(path: &Path) -> Result<Title, String> {
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))
}

impl Library {
    /// Takes a title out: the small files first, so that nobody is sent to what is going away.
    ///
    /// # Errors
    /// [`LibraryError::NoTitle`], or what the file system said.
    pub fn remove(&self, title: &TitleName) -> Result<(), LibraryError> {
        let dir = self.title_dir(title);
        if !dir.join(TITLE_JSON).is_file() {
            return Err(LibraryError::NoTitle(title.clone()));
        }
        for name in super::publish::SMALL_FILES {
            remove_file(&dir.join(name))?;
        }
        for revision in self.revisions(title)? {
            remove_tree(&dir.join(revision.as_str()))?;
        }
        remove_tree(&self.private("revisions").join(flat(title)))?;
        // The source may still lie in the ingest folder: it must not come back by itself.
        if let Some(entry) = self.entry(title) {
            self.record(title, &Entry { outcome: Outcome::Removed, ..entry })?;
        }
        self.remove_empty_folders(&dir);
        Ok(())
    }

    /// Goes back to the revision that was published before the one in force; the one gone to.
    ///
    /// # Errors
    /// [`LibraryError::NoTitle`], [`LibraryError::NoEarlier`], or what the file system said.
    pub fn rollback(&self, title: &TitleName) -> Result<Revision, LibraryError> {
        let current = self.current(title)?;
        let revisions = self.revisions(title)?;
        let at = revisions.iter().position(|r| *r == current).unwrap_or(revisions.len());
        let earlier = at.checked_sub(1).and_then(|i| revisions.get(i));
        let earlier = earlier.ok_or_else(|| LibraryError::NoEarlier(title.clone()))?;
        self.show(title, earlier)?;
        Ok(earlier.clone())
    }

    /// Deletes what nothing refers to any more: revisions other than the one in force, and the remains of work that
    /// was given up.
    ///
    /// # Errors
    /// What the file system said.
    pub fn prune(&self) -> Result<Pruned, LibraryError> {
        let mut pruned = Pruned::default();
        for on_disk in titles(&self.root)? {
            let Ok(current) = self.current(&on_disk.name) else { continue };
            for revision in self.revisions(&on_disk.name)?.into_iter().filter(|r| *r != current) {
                let dir = self.title_dir(&on_disk.name).join(revision.as_str());
                pruned.bytes += bytes_in(&dir);
                pruned.revisions += 1;
                remove_tree(&dir)?;
                remove_tree(&self.small_files_dir(&on_disk.name, &revision))?;
            }
        }
        for left in folders(&self.private("staging"))? {
            pruned.bytes += bytes_in(&left);
            pruned.staged += 1;
            remove_tree(&left)?;
        }
        Ok(pruned)
    }

    /// Number and bytes of the media segments that a title's small files refer to.
    #[must_use]
    pub fn media(&self, title: &TitleName) -> (u64, u64) {
        let Ok(title) = describe(&self.title_dir(title).join(TITLE_JSON)) else { return (0, 0) };
        let video = title.video.iter().map(|track| (track.segments, track.bytes));
        let audio = title.audio.iter().map(|track| (track.segments, track.bytes));
        video.chain(audio).fold((0, 0), |(count, sum), (segments, bytes)| (count + u64::from(segments), sum + bytes))
    }

    /// Whether a title is there: its small files, and the revision that they refer to.
    #[must_use]
    pub fn is_published(&self, title: &TitleName) -> bool {
        let dir = self.title_dir(title);
        super::publish::SMALL_FILES.iter().all(|name| dir.join(name).is_file())
            && self.current(title).is_ok_and(|revision| dir.join(revision.as_str()).is_dir())
    }

    /// The revision that a title's small files refer to.
    ///
    /// # Errors
    /// [`LibraryError::NoTitle`] where there are none.
    pub fn current(&self, title: &TitleName) -> Result<Revision, LibraryError> {
        let described = describe(&self.title_dir(title).join(TITLE_JSON)).ok();
        described.and_then(|t| Revision::parse(&t.revision)).ok_or_else(|| LibraryError::NoTitle(title.clone()))
    }

    /// A title's revisions in the order in which they were published.
    fn revisions(&self, title: &TitleName) -> Result<Vec<Revision>, LibraryError> {
        let mut dated: Vec<(SystemTime, Revision)> = Vec::new();
        for path in folders(&self.title_dir(title))? {
            let Some(revision) = path.file_name().and_then(|n| n.to_str()).and_then(Revision::parse) else { continue };
            // Written when the revision was published, and never since.
            let kept = self.small_files_dir(title, &revision).join(TITLE_JSON);
            let published = fs::metadata(&kept).and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            dated.push((published, revision));
        }
        dated.sort();
        Ok(dated.into_iter().map(|(_, revision)| revision).collect())
    }

    /// Removes a title's folder and those above it, as far as they are empty.
    fn remove_empty_folders(&self, dir: &Path) {
        let below = dir.ancestors().take_while(|a| *a != self.root);
        for folder in below {
            if fs::remove_dir(folder).is_err() {
                return;
            }
        }
    }
}

/// The folders in a folder; none where it isn't there.
fn folders(path: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.at("read the folder", path)?,
    };
    Ok(entries.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.is_dir()).collect())
}

fn bytes_in(dir: &Path) -> u64 {
    let files = WalkDir::new(dir).into_iter().filter_map(Result::ok);
    files.filter_map(|e| e.metadata().ok()).filter(std::fs::Metadata::is_file).map(|m| m.len()).sum()
}
