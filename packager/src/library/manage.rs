//! What an operator does with a library: list, remove, go back, tidy.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use config::title::Title;
use config::tree::{Revision, TITLE_JSON, TitleName};
use walkdir::{DirEntry, WalkDir};

use super::publish::SMALL_FILES;
use super::{At, DiskError, Entry, Library, LibraryError, Outcome, flat, is_gone, remove_file, remove_tree};

/// A published title as it lies in a library.
#[derive(Debug, Clone, PartialEq)]
pub struct TitleOnDisk {
    /// Its name.
    pub name: TitleName,
    /// Its description; the reason where it can't be read.
    pub title: Result<Title, String>,
}

/// The titles of the library at `root`, by name. Reads only: no lock is needed.
///
/// # Errors
/// When the folder can't be read.
pub fn titles(root: &Path) -> Result<Vec<TitleOnDisk>, DiskError> {
    let mut found = Vec::new();
    for entry in walk(root) {
        let entry = entry?;
        if entry.file_name() != TITLE_JSON {
            continue;
        }
        if let Some(name) = entry.path().parent().and_then(|folder| title_at(root, folder)) {
            found.push(TitleOnDisk { name, title: describe(entry.path()) });
        }
    }
    Ok(found)
}

/// The folders that may be titles', and the titles' descriptions. Nothing else that lies in a library is looked into:
/// revisions, the private folder, the likes of `lost+found`.
pub(super) fn walk(root: &Path) -> impl Iterator<Item = Result<DirEntry, DiskError>> {
    let visible = |entry: &DirEntry| {
        let named = |name: &str| name == TITLE_JSON || TitleName::parse(name).is_ok();
        entry.depth() == 0 || entry.file_name().to_str().is_some_and(named)
    };
    // Without the lock, a title may be taken out under our eyes.
    let entries = WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter().filter_entry(visible);
    entries.filter(|entry| !entry.as_ref().is_err_and(is_gone)).map(|entry| {
        entry.map_err(|error| DiskError {
            what: "read",
            path: error.path().unwrap_or(root).into(),
            source: error.into(),
        })
    })
}

/// The name of the title whose folder this is.
pub(super) fn title_at(root: &Path, folder: &Path) -> Option<TitleName> {
    folder.strip_prefix(root).ok()?.to_str().and_then(|name| TitleName::parse(name).ok())
}

pub(super) fn describe(path: &Path) -> Result<Title, String> {
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))
}

impl Library {
    /// Takes a title out: the small files first, so that nobody is sent to what is going away. Idempotent: completes an
    /// interrupted removal.
    ///
    /// # Errors
    /// [`LibraryError::NoTitle`], or what the file system said.
    pub fn remove(&self, title: &TitleName) -> Result<(), LibraryError> {
        let dir = self.title_dir(title);
        if self.revisions(title)?.is_empty() && !SMALL_FILES.iter().any(|name| dir.join(name).is_file()) {
            return Err(LibraryError::NoTitle(title.clone()));
        }
        // Before all else: the source may still lie in the ingest folder, and must not come back by itself even when
        // we end half-way.
        if let Some(entry) = self.entry(title) {
            self.record(title, &Entry { outcome: Outcome::Removed, ..entry })?;
        }
        self.remove_staging(title)?;
        self.take_out(title)?;
        self.empty_trash();
        Ok(self.drop_results(title)?)
    }

    /// Removes all that is published of a title. Its revisions go last: as long as there is one, what is left is found.
    pub(super) fn take_out(&self, title: &TitleName) -> Result<(), LibraryError> {
        let dir = self.title_dir(title);
        for name in SMALL_FILES {
            remove_file(&dir.join(name))?;
        }
        let revisions = self.revisions(title)?;
        self.discard(&self.private("revisions").join(flat(title)))?;
        for revision in revisions {
            self.discard(&dir.join(revision.as_str()))?;
        }
        self.remove_empty_folders(&dir);
        Ok(())
    }

    /// Removes the revisions in the making that interrupted runs left of a title.
    ///
    /// # Errors
    /// What the file system said.
    pub fn remove_staging(&self, title: &TitleName) -> Result<(), DiskError> {
        let prefix = format!("{}@", flat(title));
        for path in folders(&self.private("staging"))? {
            let rest = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix(&prefix));
            // What follows is more of a name where the title is in a folder called as this one: `a@b@R…`.
            if rest.and_then(Revision::parse).is_some() {
                remove_tree(&path)?;
            }
        }
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

    /// Number and bytes of the media segments that a title's small files refer to.
    #[must_use]
    pub fn media(&self, title: &TitleName) -> (u64, u64) {
        let Ok(title) = describe(&self.title_dir(title).join(TITLE_JSON)) else { return (0, 0) };
        let video = title.video.iter().map(|track| (track.segments, track.bytes));
        let audio = title.audio.iter().map(|track| (track.segments, track.bytes));
        video.chain(audio).fold((0, 0), |(count, sum), (segments, bytes)| (count + u64::from(segments), sum + bytes))
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
    pub(super) fn revisions(&self, title: &TitleName) -> Result<Vec<Revision>, LibraryError> {
        let mut dated: Vec<(SystemTime, Revision)> = Vec::new();
        for path in folders(&self.title_dir(title))? {
            let Some(revision) = path.file_name().and_then(|n| n.to_str()).and_then(Revision::parse) else { continue };
            // Written whenever the revision is published.
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
pub(super) fn folders(path: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.at("read the folder", path)?,
    };
    Ok(entries.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.is_dir()).collect())
}
