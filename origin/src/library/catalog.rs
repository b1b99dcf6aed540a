//! The titles of the library, found by looking at the folders that changed.
//!
//! A folder's change time moves whenever an entry of it appears, goes or is replaced, so that in a look at all of the
//! library one system call a title tells that nothing happened; revisions, where nearly all files lie, are never
//! entered. [`super::watch`] says when a look is due.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use config::title::{Duration, Title};
use config::tree::{MPD, PLAYLIST, Revision, TITLE_JSON, TitleName};
use serde::Serialize;

use super::identity::SETTLED;

/// A title, as `/api/titles` lists it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// Its name in addresses.
    pub title: String,
    /// Its name for people; `None` in libraries of before it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its length.
    pub duration: Duration,
    /// Pixels of its best rendition; `None` where it has no video.
    pub width: Option<u32>,
    /// Pixels of its best rendition; `None` where it has no video.
    pub height: Option<u32>,
    /// Path of its poster.
    pub poster: Option<String>,
    /// Path of its multivariant playlist.
    pub hls: String,
    /// Path of its MPD.
    pub dash: String,
}

/// The list of `titles`, as JSON.
#[must_use]
pub(crate) fn json(titles: &[&Summary]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Listing<'a> {
        titles: &'a [&'a Summary],
    }
    // Writing these types to memory can't fail.
    serde_json::to_vec(&Listing { titles }).unwrap_or_default()
}

/// One folder of the library as it was last read, to be compared with what is there now.
#[derive(Debug, Clone, Default)]
pub(crate) struct CatalogFolder {
    /// True once it was looked at.
    known: bool,
    /// When it last changed, nanoseconds since the Unix epoch; `None` if that was too short before it was read to tell
    /// a later change.
    changed: Option<u128>,
    title: Option<Arc<Summary>>,
    revisions: Vec<String>,
    folders: BTreeMap<String, CatalogFolder>,
}

/// One look at the library: where it is, when, and what it comes to.
pub(crate) struct Look<'a> {
    pub library: &'a Path,
    /// Nanoseconds since the Unix epoch.
    pub now: u128,
    /// Called with each folder before its entries are read: the caller has to notice any later change.
    pub enter: &'a mut dyn FnMut(&Path),
    /// The changes found so far.
    pub changes: Changes,
}

/// The changes that a look at the library found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// True if any title appeared, went or changed.
    pub any: bool,
    /// Paths of the revisions that are gone, relative to the library.
    pub gone: Vec<String>,
}

impl CatalogFolder {
    /// Reads the folders whose times have changed, from the title or group of titles `name` (empty for the library)
    /// down.
    pub(crate) fn look(&mut self, name: &str, look: &mut Look<'_>) {
        let changed = changed(&look.library.join(name));
        if changed.is_none() || changed != self.changed {
            let is_read = self.list(name, look);
            self.changed = changed.filter(|changed| is_read && look.now >= changed.saturating_add(SETTLED));
        }
        for (part, folder) in &mut self.folders {
            folder.look(&join(name, part), look);
        }
    }

    /// Reads the folder `name` whatever its time says, and the folders in it that are new; does nothing where no such
    /// folder is known.
    pub(crate) fn look_at(&mut self, name: &str, look: &mut Look<'_>) {
        let mut folder = self;
        for part in name.split('/').filter(|part| !part.is_empty()) {
            match folder.folders.get_mut(part) {
                Some(below) => folder = below,
                None => return,
            }
        }
        folder.list(name, look);
        folder.changed = None;
        for (part, new) in folder.folders.iter_mut().filter(|(_, folder)| !folder.known) {
            new.look(&join(name, part), look);
        }
    }

    /// Trusts no time any more: the next look reads all folders.
    pub(crate) fn doubt(&mut self) {
        self.changed = None;
        self.folders.values_mut().for_each(Self::doubt);
    }

    /// Compares the folder with what was known of it, which stays where it can't be read. True if it could be read.
    fn list(&mut self, name: &str, look: &mut Look<'_>) -> bool {
        let path = look.library.join(name);
        (look.enter)(&path);
        self.known = true;
        let read = if_there(folders(&path))
            .and_then(|parts| Ok((parts, if_there(std::fs::read(path.join(TITLE_JSON)).map(Some))?)));
        let (parts, text) = match read {
            Ok(read) => read,
            Err(error) => {
                tracing::debug!("{}: {error}", path.display());
                return false;
            }
        };
        let (mut revisions, mut folders) = (Vec::new(), BTreeMap::new());
        for part in parts {
            if Revision::parse(&part).is_some() {
                revisions.push(part);
            } else if TitleName::parse(&part).is_ok() {
                let known = self.folders.remove(&part).unwrap_or_default();
                folders.insert(part, known);
            }
        }
        revisions.sort_unstable();
        for (part, folder) in std::mem::replace(&mut self.folders, folders) {
            folder.vanish(&join(name, &part), &mut look.changes);
        }
        let before = std::mem::replace(&mut self.revisions, revisions);
        let gone = before.iter().filter(|revision| !self.revisions.contains(revision));
        look.changes.gone.extend(gone.map(|revision| join(name, revision)));
        let title = text.and_then(|text| described(&text, name)).map(Arc::new);
        look.changes.any |= title != self.title;
        self.title = title;
        true
    }

    fn vanish(self, name: &str, changes: &mut Changes) {
        changes.any |= self.title.is_some();
        changes.gone.extend(self.revisions.iter().map(|revision| join(name, revision)));
        for (part, folder) in self.folders {
            folder.vanish(&join(name, &part), changes);
        }
    }

    /// All titles found, by name.
    #[must_use]
    pub(crate) fn titles(&self) -> Vec<&Summary> {
        let own = self.title.as_deref().into_iter();
        own.chain(self.folders.values().flat_map(Self::titles)).collect()
    }
}

fn join(name: &str, part: &str) -> String {
    if name.is_empty() { part.to_owned() } else { format!("{name}/{part}") }
}

fn changed(path: &Path) -> Option<u128> {
    let found = std::fs::symlink_metadata(path).ok()?;
    let seconds = u128::try_from(found.ctime()).ok()?;
    Some(seconds * 1_000_000_000 + u128::try_from(found.ctime_nsec()).ok()?)
}

/// `found`, or the default where there is no such file or folder. Any other error (no descriptor left, a disk that
/// fails) tells nothing of what is there.
fn if_there<T: Default>(found: io::Result<T>) -> io::Result<T> {
    match found {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(T::default()),
        other => other,
    }
}

/// The names of the folders in the folder at `path`.
fn folders(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        // A link is no folder of the tree: the store doesn't follow it either.
        if if_there(entry.file_type().map(|kind| kind.is_dir()))? {
            names.extend(entry.file_name().into_string());
        }
    }
    Ok(names)
}

/// Parses the description `text` of the title `name`; logs it and gives `None` where it isn't one.
fn described(text: &[u8], name: &str) -> Option<Summary> {
    match serde_json::from_slice(text) {
        Ok(title) => Some(summarise(name, title)),
        Err(error) => {
            tracing::warn!("{name}: not listed, as its {TITLE_JSON} can't be read: {error}");
            None
        }
    }
}

fn summarise(name: &str, title: Title) -> Summary {
    let best = title.video.iter().max_by_key(|video| (video.height, video.width));
    Summary {
        title: name.to_owned(),
        name: title.name,
        duration: title.duration,
        width: best.map(|video| video.width),
        height: best.map(|video| video.height),
        poster: title.poster.map(|poster| format!("/vod/{name}/{poster}")),
        hls: format!("/vod/{name}/{PLAYLIST}"),
        dash: format!("/vod/{name}/{MPD}"),
    }
}

#[cfg(test)]
mod tests;
