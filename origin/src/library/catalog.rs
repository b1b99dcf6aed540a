//! The titles of the library, found by looking at the folders that changed.
//!
//! A folder's change time moves whenever an entry of it appears, goes or is replaced, so that in a look at all of the
//! library one system call a title tells that nothing happened; revisions, where nearly all files lie, are never
//! entered. [`super::watch`] says when a look is due.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use config::title::{Duration, Title};
use config::tree::{MPD, PLAYLIST, Revision, TITLE_JSON, TitleName};
use serde::Serialize;

/// A title, as `/api/titles` lists it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// Its name.
    pub title: String,
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

/// What was found in one folder of the library, to be compared with what is there now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folder {
    /// Whether it was ever looked at.
    known: bool,
    /// When it last changed, nanoseconds since 1970, if that was long enough before it was read to tell a later change.
    changed: Option<u128>,
    title: Option<Arc<Summary>>,
    revisions: Vec<String>,
    folders: BTreeMap<String, Folder>,
}

/// One look at the library: where it is, when, and what it comes to.
pub(crate) struct Look<'a> {
    /// The library.
    pub library: &'a Path,
    /// Nanoseconds since 1970.
    pub now: u128,
    /// Told of each folder before what lies in it is read: what happens from then on is the caller's to notice.
    pub enter: &'a mut dyn FnMut(&Path),
    /// What is other than it was.
    pub changes: Changes,
}

/// What a look at the library came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Whether any title appeared, went or changed.
    pub any: bool,
    /// Paths of the revisions that are gone, relative to the library.
    pub gone: Vec<String>,
}

/// A folder that changed this recently, nanoseconds, may change again without its time telling.
const SETTLED: u128 = 2_000_000_000;

impl Folder {
    /// Looks at all that changed by its time, from the title or group of titles `name` (empty for the library) down.
    pub(crate) fn look(&mut self, name: &str, look: &mut Look<'_>) {
        let changed = changed(&look.library.join(name));
        if changed.is_none() || changed != self.changed {
            self.list(name, look);
            self.changed = changed.filter(|changed| look.now >= changed.saturating_add(SETTLED));
        }
        for (part, folder) in &mut self.folders {
            folder.look(&join(name, part), look);
        }
    }

    /// Looks at the folder `name` whatever its time says, and at those in it that are new; at nothing where no such
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

    fn list(&mut self, name: &str, look: &mut Look<'_>) {
        let path = look.library.join(name);
        (look.enter)(&path);
        self.known = true;
        let (revisions, folders) = self.read(&path);
        for (part, folder) in std::mem::replace(&mut self.folders, folders) {
            folder.vanish(&join(name, &part), &mut look.changes);
        }
        let before = std::mem::replace(&mut self.revisions, revisions);
        let gone = before.iter().filter(|revision| !self.revisions.contains(revision));
        look.changes.gone.extend(gone.map(|revision| join(name, revision)));
        let title = read_title(&path.join(TITLE_JSON), name).map(Arc::new);
        look.changes.any |= title != self.title;
        self.title = title;
    }

    /// The revisions and the folders of titles at `path`, with what was known of these, which is taken.
    fn read(&mut self, path: &Path) -> (Vec<String>, BTreeMap<String, Folder>) {
        let (mut revisions, mut folders) = (Vec::new(), BTreeMap::new());
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            let Ok(part) = entry.file_name().into_string() else { continue };
            // A link is no folder of the tree: the store doesn't follow it either.
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            if Revision::parse(&part).is_some() {
                revisions.push(part);
            } else if TitleName::parse(&part).is_ok() {
                let known = self.folders.remove(&part).unwrap_or_default();
                folders.insert(part, known);
            }
        }
        revisions.sort_unstable();
        (revisions, folders)
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

/// The title `name`; `None` where its description isn't there or isn't one, which the log tells.
fn read_title(path: &Path, name: &str) -> Option<Summary> {
    let text = std::fs::read(path).ok()?;
    match serde_json::from_slice(&text) {
        Ok(title) => Some(summarise(name, title)),
        Err(error) => {
            tracing::warn!("{}: not listed, as its description can't be read: {error}", path.display());
            None
        }
    }
}

fn summarise(name: &str, title: Title) -> Summary {
    let best = title.video.iter().max_by_key(|video| (video.height, video.width));
    Summary {
        title: name.to_owned(),
        duration: title.duration,
        width: best.map(|video| video.width),
        height: best.map(|video| video.height),
        poster: title.poster.map(|poster| format!("/vod/{name}/{poster}")),
        hls: format!("/vod/{name}/{PLAYLIST}"),
        dash: format!("/vod/{name}/{MPD}"),
    }
}

#[cfg(test)]
mod tests {
    use config::title::{MadeWith, Source};

    use super::*;

    const R1: &str = "R0123456789abcdef";
    const R2: &str = "Rfedcba9876543210";

    fn put(library: &Path, name: &str, revision: &str) {
        let title = Title {
            title: name.into(),
            revision: revision.into(),
            duration: Duration { ticks: 5, timescale: 1 },
            poster: Some(format!("{revision}/poster.jpg")),
            source: Source { name: String::new(), size: 0, blake3: String::new(), format: String::new(), tracks: None },
            made_with: MadeWith { pack: String::new(), ffmpeg: String::new() },
            video: Vec::new(),
            audio: Vec::new(),
            warnings: Vec::new(),
        };
        let folder = library.join(name);
        std::fs::create_dir_all(folder.join(revision).join("video/x")).unwrap();
        std::fs::write(folder.join(".new"), serde_json::to_vec(&title).unwrap()).unwrap();
        std::fs::rename(folder.join(".new"), folder.join(TITLE_JSON)).unwrap();
    }

    fn looked(library: &Path, now: u128, how: impl FnOnce(&mut Look<'_>)) -> Changes {
        let mut look = Look { library, now, enter: &mut |_| {}, changes: Changes::default() };
        how(&mut look);
        look.changes
    }

    fn names(folder: &Folder) -> Vec<String> {
        folder.titles().iter().map(|title| title.title.clone()).collect()
    }

    #[test]
    fn titles_come_change_and_go() {
        let library = tempfile::tempdir().unwrap();
        let path = library.path();
        let mut found = Folder::default();
        // Far enough in the future for every change to count as long past. It really is: file systems take their time
        // from a clock that goes on every ten milliseconds at the latest.
        let look = |found: &mut Folder| {
            let changes = looked(path, u128::MAX, |look| found.look("", look));
            std::thread::sleep(std::time::Duration::from_millis(20));
            changes
        };
        assert_eq!(look(&mut found), Changes::default());
        put(path, "a", R1);
        put(path, "shows/ep-1", R1);
        std::fs::create_dir_all(path.join(".pack/staging/x")).unwrap();
        assert!(look(&mut found).any);
        assert_eq!(names(&found), ["a", "shows/ep-1"]);
        assert_eq!(found.titles()[0].poster.as_deref(), Some("/vod/a/R0123456789abcdef/poster.jpg"));
        assert_eq!(look(&mut found), Changes::default());
        put(path, "a", R2);
        assert!(look(&mut found).any);
        std::fs::remove_dir_all(path.join("a").join(R1)).unwrap();
        assert_eq!(look(&mut found), Changes { any: false, gone: vec![format!("a/{R1}")] });
        std::fs::remove_dir_all(path.join("shows")).unwrap();
        assert_eq!(look(&mut found), Changes { any: true, gone: vec![format!("shows/ep-1/{R1}")] });
        std::fs::write(path.join("a").join(TITLE_JSON), "{").unwrap();
        std::fs::remove_dir_all(path).unwrap();
        assert_eq!(look(&mut found), Changes { any: true, gone: vec![format!("a/{R2}")] });
        assert_eq!(names(&found), [""; 0]);
    }

    #[test]
    fn two_changes_in_one_tick_are_both_seen() {
        let library = tempfile::tempdir().unwrap();
        let mut found = Folder::default();
        for round in 0..50 {
            put(library.path(), &format!("t{round}"), R1);
            looked(library.path(), crate::library::now(), |look| found.look("", look));
            assert_eq!(found.titles().len(), round + 1);
        }
    }

    #[test]
    fn one_folder_is_looked_at_alone_with_what_is_new_in_it() {
        let library = tempfile::tempdir().unwrap();
        let path = library.path();
        let mut found = Folder::default();
        put(path, "a", R1);
        looked(path, u128::MAX, |look| found.look("", look));
        put(path, "a", R2);
        put(path, "shows/ep-1", R1);
        let mut entered = Vec::new();
        let enter = &mut |folder: &Path| entered.push(folder.strip_prefix(path).unwrap().to_owned());
        let mut look = Look { library: path, now: u128::MAX, enter, changes: Changes::default() };
        found.look_at("none", &mut look);
        found.look_at("shows/ep-1", &mut look);
        assert_eq!(look.changes, Changes::default(), "neither is known");
        found.look_at("", &mut look);
        assert_eq!(entered, ["", "shows", "shows/ep-1"].map(Path::new), "the new one is entered, the old one is not");
        assert_eq!(names(&found), ["a", "shows/ep-1"]);
        std::fs::remove_dir_all(path.join("a").join(R1)).unwrap();
        let changes = looked(path, 0, |look| found.look_at("a", look));
        assert_eq!(changes, Changes { any: true, gone: vec![format!("a/{R1}")] });
    }
}
