//! Notices what happens in the library.
//!
//! The folders of titles are watched, so that a publish, rollback or removal is seen at once. All of the library is looked
//! through now and then besides: network file systems tell nobody of their changes, and a system may have no watches
//! left.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tokio::time::{sleep_until, timeout_at};

use super::catalog::{CatalogFolder, Changes, Look};
use super::now;
use super::store::Store;

/// The times between two looks at all of the library: where it is watched, and where it can't be.
const RESCAN: Duration = Duration::from_secs(2);
const UNWATCHED: Duration = Duration::from_millis(500);
/// The greatest part of the time, as one in so many, that looks at all may take.
const SHARE: u32 = 100;
/// The time from the first change to the look: a publish is several changes, and one look serves them all.
const CALM: Duration = Duration::from_millis(50);
/// The pause after a look, as a multiple of the time that it took, so that a storm of changes doesn't keep a processor
/// busy.
const REST: u32 = 4;

/// The receiver of the library's changes.
pub(crate) trait Audience {
    /// The library's files.
    fn store(&self) -> Arc<Store>;

    /// Looks at the library's folder, and at who may see its titles: the records of a disk that has just come are in
    /// force before its titles are listed. True if it looked, and the library is there.
    fn refresh(&self) -> bool;

    /// Receives `found`, all that there is now, after these `changes`, of which there may be none.
    fn hear(&mut self, found: &CatalogFolder, changes: &Changes);
}

/// Reports the library's state to `audience`, again and again. Never ends by itself, and blocks its thread whenever the
/// file system does.
pub(crate) async fn watch(audience: &mut impl Audience) -> io::Result<()> {
    let library = std::path::absolute(audience.store().library())?;
    let (mut watched, mut found) = (LibraryWatch::new(&library), CatalogFolder::default());
    let mut due = Instant::now();
    loop {
        let began = Instant::now();
        if watched.place != place(&library) {
            watched = LibraryWatch::new(&library);
            found.doubt();
            due = began;
        }
        let touched = watched.touched();
        let all = touched.all || began >= due;
        let mut changes = Changes::default();
        // Titles that can't be reached for a while are not gone.
        if !audience.store().is_there(began) {
            due = began;
        } else if all || !touched.folders.is_empty() {
            let before = found.clone();
            let enter = &mut |folder: &Path| watched.add(folder);
            let mut look = Look { library: &library, now: now(), enter, changes };
            if all {
                found.look("", &mut look);
            } else {
                touched.folders.iter().for_each(|name| found.look_at(name, &mut look));
            }
            changes = look.changes;
            // Nor are they if the library went away since the store looked.
            if changes != Changes::default() && !audience.refresh() {
                (found, changes, due) = (before, Changes::default(), began);
            }
        }
        audience.hear(&found, &changes);
        let spent = began.elapsed();
        if all {
            due = Instant::now() + watched.period().max(spent * SHARE);
        }
        let now = Instant::now();
        watched.wait(due.min(now + UNWATCHED), now + spent * REST).await;
    }
}

/// Device and inode of a folder.
fn place(folder: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(folder).ok().map(|found| (found.dev(), found.ino()))
}

/// The folders touched since they were last asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Touched {
    /// True if too much was touched to be told folder by folder.
    all: bool,
    /// Paths relative to the library: folders in which something happened, and what it happened to.
    folders: BTreeSet<String>,
}

/// The watches on one library.
struct LibraryWatch {
    /// Device and inode of the folder.
    place: Option<(u64, u64)>,
    /// Ends the watches when dropped; `None` where the system gives none.
    watcher: Option<RecommendedWatcher>,
    /// True if all folders are watched.
    complete: bool,
    touched: Arc<Mutex<Touched>>,
    wake: Arc<Notify>,
}

impl LibraryWatch {
    fn new(library: &Path) -> Self {
        let (wake, touched) = (Arc::new(Notify::new()), Arc::new(Mutex::new(Touched::default())));
        let (waker, noted, below) = (wake.clone(), touched.clone(), library.to_owned());
        let note = move |event: notify::Result<Event>| note(event, &below, &noted, &waker);
        let watcher = notify::recommended_watcher(note)
            .inspect_err(|error| tracing::warn!("can't watch the library, so it is looked through more often: {error}"))
            .ok();
        Self { place: place(library), complete: watcher.is_some(), watcher, touched, wake }
    }

    /// Watches `folder`, without what lies in its folders.
    fn add(&mut self, folder: &Path) {
        let Some(watcher) = &mut self.watcher else { return };
        match watcher.watch(folder, RecursiveMode::NonRecursive) {
            Err(error) if self.complete && folder.is_dir() => {
                self.complete = false;
                let at = folder.display();
                tracing::warn!("can't watch {at}, so the library is looked through more often: {error}");
            }
            // A folder that is gone already was reported by the one above it.
            Ok(()) | Err(_) => {}
        }
    }

    fn touched(&self) -> Touched {
        std::mem::take(&mut *self.touched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The time between two looks at all folders.
    fn period(&self) -> Duration {
        if self.complete && self.place.is_some() { RESCAN } else { UNWATCHED }
    }

    /// Waits until the time `until`; or until a folder is touched, then a moment for further changes, and at least
    /// until `rested`.
    async fn wait(&self, until: Instant, rested: Instant) {
        if timeout_at(until.into(), self.wake.notified()).await.is_ok() {
            sleep_until((Instant::now() + CALM).max(rested).into()).await;
        }
    }
}

fn note(event: notify::Result<Event>, library: &Path, touched: &Mutex<Touched>, waker: &Notify) {
    const MOST_FOLDERS: usize = 10_000;
    // Reading is an event too, and we read.
    if event.as_ref().is_ok_and(|event| event.kind.is_access()) {
        return;
    }
    let mut touched = touched.lock().unwrap_or_else(PoisonError::into_inner);
    match event {
        Ok(event) if !event.need_rescan() && touched.folders.len() < MOST_FOLDERS => {
            let below = event.paths.iter().filter_map(|path| path.strip_prefix(library).ok());
            let both = below.flat_map(|path| path.parent().into_iter().chain([path]));
            touched.folders.extend(both.filter_map(Path::to_str).map(str::to_owned));
        }
        Ok(_) | Err(_) => *touched = Touched { all: true, folders: BTreeSet::new() },
    }
    waker.notify_one();
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ear {
        store: Arc<Store>,
        gone: Vec<String>,
    }

    impl Audience for Ear {
        fn store(&self) -> Arc<Store> {
            self.store.clone()
        }

        fn refresh(&self) -> bool {
            self.store.refresh(Instant::now(), || ())
        }

        fn hear(&mut self, _: &CatalogFolder, changes: &Changes) {
            self.gone.extend(changes.gone.iter().cloned());
        }
    }

    #[test]
    fn what_is_away_before_the_store_knows_is_not_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (library, elsewhere) = (folder.path().join("library"), folder.path().join("elsewhere"));
        std::fs::create_dir_all(library.join("a/R0123456789abcdef")).unwrap();
        let mut ear = Ear { store: Arc::new(Store::new(library.clone(), Instant::now())), gone: Vec::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let moved = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            std::fs::rename(&library, &elsewhere).unwrap();
            tokio::time::sleep(2 * RESCAN).await;
        };
        runtime.block_on(async {
            tokio::select! {
                _ = watch(&mut ear) => {}
                () = moved => {}
            }
        });
        assert_eq!(ear.gone, [""; 0]);
    }

    /// Waits until all of `wanted` was told, in whatever portions.
    fn wait(watched: &LibraryWatch, wanted: [&str; 2]) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (began, mut told) = (Instant::now(), BTreeSet::new());
        while !wanted.iter().all(|name| told.contains(*name)) {
            assert!(began.elapsed() < Duration::from_secs(20), "{wanted:?} wanted, told of {told:?} alone");
            // A thread that is not woken sleeps for too long.
            runtime.block_on(watched.wait(began + Duration::from_secs(60), Instant::now()));
            told.extend(watched.touched().folders);
        }
    }

    #[test]
    fn what_happens_in_a_watched_folder_is_told() {
        let library = tempfile::tempdir().unwrap();
        let title = library.path().join("a");
        std::fs::create_dir(&title).unwrap();
        let mut watched = LibraryWatch::new(library.path());
        watched.add(library.path());
        watched.add(&title);
        assert_eq!((watched.touched(), watched.period()), (Touched::default(), RESCAN));
        std::fs::write(library.path().join("new"), "").unwrap();
        std::fs::rename(library.path().join("new"), title.join("index.m3u8")).unwrap();
        wait(&watched, ["a", "a/index.m3u8"]);
        std::fs::create_dir(library.path().join("b")).unwrap();
        wait(&watched, ["", "b"]);
        std::fs::remove_dir_all(&title).unwrap();
        wait(&watched, ["", "a"]);
    }

    #[test]
    fn without_watches_all_is_looked_through_more_often() {
        let library = tempfile::tempdir().unwrap();
        let absent = LibraryWatch::new(&library.path().join("none"));
        assert_eq!((absent.place, absent.period()), (None, UNWATCHED));
    }
}
