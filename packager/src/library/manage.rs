//! An operator's actions on a library: list, go back, tidy.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use config::title::Title;
use config::tree::{Revision, TITLE_JSON, TitleName};

use super::publish::ORDER;
use super::store::disk::Disk;
use super::store::{Listed, Store};
use super::{At, Decision, DiskError, Entry, Held, Library, LibraryError, flat, kept_path, remove_tree};
use crate::event::Published;

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
    let store = Disk::new(root);
    let mut titles = Vec::new();
    for (name, listed) in walk(&store)? {
        if listed.iter().any(|listed| listed.name == TITLE_JSON && listed.bytes.is_some()) {
            let title = describe(&store, &name);
            titles.push(TitleOnDisk { name, title });
        }
    }
    Ok(titles)
}

/// The folders that may be titles', each before those in it, with what is in them. Nothing else that lies in a library is
/// looked into: revisions, the private folder, the likes of `lost+found`.
pub(super) fn walk(store: &dyn Store) -> Result<Vec<(TitleName, Vec<Listed>)>, DiskError> {
    let mut found = Vec::new();
    let mut ahead = folders_of_titles("", &store.list("")?);
    while let Some(name) = ahead.pop() {
        let listed = store.list(name.as_str())?;
        ahead.extend(folders_of_titles(&format!("{name}/"), &listed));
        found.push((name, listed));
    }
    Ok(found)
}

/// Those of the folders in one that may be titles', the last first; `before` is what their names begin with.
fn folders_of_titles(before: &str, listed: &[Listed]) -> Vec<TitleName> {
    let folders = listed.iter().rev().filter(|listed| listed.bytes.is_none());
    folders.filter_map(|folder| TitleName::parse(&format!("{before}{}", folder.name)).ok()).collect()
}

fn describe(store: &dyn Store, title: &TitleName) -> Result<Title, String> {
    let path = format!("{title}/{TITLE_JSON}");
    let bytes = store.read(&path).map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("{path} is not there"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{path}: {error}"))
}

/// Number and bytes of its media segments.
fn media(described: &Title) -> (u64, u64) {
    let video = described.video.iter().map(|track| (track.segments, track.bytes));
    let audio = described.audio.iter().map(|track| (track.segments, track.bytes));
    video.chain(audio).fold((0, 0), |(count, sum), (segments, bytes)| (count + u64::from(segments), sum + bytes))
}

impl Library {
    /// Notes an operator's decision; how many there are of the title. Work on it that is under way will notice it.
    pub(super) fn decide(&self, title: &TitleName, held: &Held) -> Result<u64, LibraryError> {
        Ok(self.ledger.update(title, |entry| {
            (entry.held, entry.retry, entry.tries) = (Some(held.clone()), false, 0);
            entry.decisions += 1;
            entry.become_now(held.decision.state());
            entry.decisions
        })?)
    }

    /// BLAKE3 of each source that a title was made from, that of the revision in force first.
    pub(super) fn contents(&self, title: &TitleName, entry: Option<&Entry>) -> Result<Vec<String>, LibraryError> {
        let mut contents = Vec::new();
        contents.extend(describe(self.store.as_ref(), title).ok().map(|described| described.source.blake3));
        for revision in self.revisions(title)? {
            let kept = self.store.read(&format!("{}/{revision}/{TITLE_JSON}", kept_path(title)))?;
            let described = kept.and_then(|bytes| serde_json::from_slice::<Title>(&bytes).ok());
            contents.extend(described.map(|described| described.source.blake3));
        }
        contents.extend(entry.and_then(|entry| entry.last.as_ref()).and_then(|last| last.content.clone()));
        // It becomes the name of a folder.
        contents.retain(|content| content.len() == 64 && content.bytes().all(|b| b.is_ascii_hexdigit()));
        Ok(contents)
    }

    /// Removes the revisions in the making that interrupted runs left of a title.
    ///
    /// # Errors
    /// The file system's error.
    pub fn remove_staging(&self, title: &TitleName) -> Result<(), DiskError> {
        let prefix = format!("{}@", flat(title));
        for path in folders(&self.private("staging"))? {
            let rest = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix(&prefix));
            // The rest is more of a name where the title is in a folder called as this one: `a@b@R…`.
            if rest.and_then(Revision::parse).is_some() {
                remove_tree(&path)?;
            }
        }
        Ok(())
    }

    /// Goes back to the last revision that was published before the one in force and is whole; the one gone to.
    ///
    /// # Errors
    /// [`LibraryError::NoTitle`], [`LibraryError::NoEarlier`], [`LibraryError::NoneWhole`], or what the file system said.
    pub fn rollback(&self, title: &TitleName) -> Result<Revision, LibraryError> {
        let _tree = self.change()?;
        let current = self.current(title)?;
        let revisions = self.revisions(title)?;
        let at = revisions.iter().position(|r| *r == current).unwrap_or(revisions.len());
        let earlier = revisions.get(..at).unwrap_or_default();
        for revision in earlier.iter().rev() {
            if let Some(small_files) = self.kept_whole(title, revision)? {
                let content = self.entry(title)?.and_then(|entry| entry.last).and_then(|last| last.content);
                let content = content.or(describe(self.store.as_ref(), title).ok().map(|newest| newest.source.blake3));
                let held = Held { decision: Decision::RolledBack, content, untold: None };
                self.making_room(|| {
                    self.decide(title, &held)?;
                    Ok(self.show(title, &small_files)?)
                })?;
                return Ok(revision.clone());
            }
        }
        let none = if earlier.is_empty() { LibraryError::NoEarlier } else { LibraryError::NoneWhole };
        Err(none(title.clone()))
    }

    /// The event of a title's publication, as far as the title itself tells of it; `None` where it is not there.
    #[must_use]
    pub fn as_published(&self, title: &TitleName) -> Option<Published> {
        let described = describe(self.store.as_ref(), title).ok()?;
        let (segments, bytes) = media(&described);
        let duration = described.duration;
        Some(Published {
            title: title.to_string(),
            revision: described.revision,
            duration_ms: duration.ticks.checked_mul(1000)?.checked_div(duration.timescale.into())?,
            segments,
            bytes,
            warnings: described.warnings,
            took_ms: 0,
            once: self.once(title)?,
        })
    }

    /// Names the publication that is in force: revisions are numbered anew once an operator has decided on the title.
    fn once(&self, title: &TitleName) -> Option<String> {
        let current = self.current(title).ok()?;
        let (number, ..) = self.dated_revisions(title).ok()?.into_iter().find(|(.., revision)| *revision == current)?;
        Some(format!("{current} {number} {}", self.decisions(title).ok()?))
    }

    /// The revision that a title's small files refer to.
    ///
    /// # Errors
    /// [`LibraryError::NoTitle`] where there are none.
    pub fn current(&self, title: &TitleName) -> Result<Revision, LibraryError> {
        let described = describe(self.store.as_ref(), title).ok();
        described.and_then(|t| Revision::parse(&t.revision)).ok_or_else(|| self.no_title(title))
    }

    /// A title's revisions in the order in which they were published.
    pub(super) fn revisions(&self, title: &TitleName) -> Result<Vec<Revision>, DiskError> {
        Ok(self.dated_revisions(title)?.into_iter().map(|(.., revision)| revision).collect())
    }

    /// The same, each with the number of its publication, which no clock decides, and its date.
    pub(super) fn dated_revisions(&self, title: &TitleName) -> Result<Vec<(u64, SystemTime, Revision)>, DiskError> {
        let mut ordered: Vec<(u64, SystemTime, Revision)> = Vec::new();
        let listed = self.store.list(title.as_str())?;
        for folder in listed.iter().filter(|listed| listed.bytes.is_none()) {
            let Some(revision) = Revision::parse(&folder.name) else { continue };
            let kept = format!("{}/{revision}", kept_path(title));
            // Written whenever the revision is published.
            let number = self.store.read(&format!("{kept}/{ORDER}"))?;
            let number = number.and_then(|text| str::from_utf8(&text).ok()?.parse().ok()).unwrap_or(0);
            let listed = self.store.list(&kept)?;
            let published = listed.iter().find(|listed| listed.name == TITLE_JSON).map(|listed| listed.modified);
            ordered.push((number, published.unwrap_or(SystemTime::UNIX_EPOCH), revision));
        }
        ordered.sort();
        Ok(ordered)
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
