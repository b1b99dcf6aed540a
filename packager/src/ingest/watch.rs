//! Waiting for something to change in the ingest folder.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use config::settings::Settings;
use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::settling::file_system;
use super::walk::{Met, walk};

/// The time between two looks at folders that nobody tells of: network file systems do not, and some can't be watched.
const RESCAN: Duration = Duration::from_secs(30);
/// The same where all are watched: for what is missing in the library, and for what a watch may have lost.
const RESCAN_WATCHED: Duration = Duration::from_secs(300);
/// A file that is copied in tells of itself many times a second: this long after the first, one look serves them all.
const CALM: Duration = Duration::from_millis(300);

/// A file was written, and is closed.
const CLOSED: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));

/// Tells when an ingest folder is worth another look.
#[derive(Debug)]
pub struct Watcher {
    settings: Arc<Settings>,
    changes: Receiver<()>,
    /// The first change that no look has followed.
    changed: Option<Instant>,
    /// Ends the watch when dropped; `None` where the system has none: then rescans alone do the work.
    watch: Option<RecommendedWatcher>,
    /// Folders that can't be watched, as far as that was told.
    told: BTreeSet<PathBuf>,
    /// Nobody tells of changes in some folder.
    blind: bool,
}

impl Watcher {
    /// Watches the ingest folder and all below it.
    #[must_use]
    pub fn new(settings: Arc<Settings>) -> Self {
        // That something changed is all that is told, however often it did while nobody asked.
        let (tell, changes) = sync_channel(1);
        let told = move |event: notify::Result<notify::Event>| {
            // Reading a file is an event too, and we read them ourselves.
            if event.is_ok_and(|e| !e.kind.is_access() || e.kind == CLOSED) {
                let _ = tell.try_send(());
            }
        };
        let watch = notify::recommended_watcher(told);
        if let Err(error) = &watch {
            tracing::warn!(%error, "can't watch the ingest folder; looking through it every {RESCAN:?}");
        }
        let mut watcher =
            Self { settings, changes, changed: None, watch: watch.ok(), told: BTreeSet::new(), blind: true };
        watcher.follow();
        watcher
    }

    /// Watches what has come since the last time, too: before each look, so that nothing comes in between unseen. Each
    /// folder is watched by itself, so that one that can't be ends no other's watch. One that is watched already is so
    /// again, since it may be another one of the same name.
    pub fn follow(&mut self) {
        let Some(watch) = &mut self.watch else { return };
        let (mut devices, mut blind) = (BTreeSet::new(), false);
        let below = walk(&self.settings).filter_map(|met| match met {
            Met::Folder(path) => Some(path),
            Met::File(_) | Met::Library(_) | Met::Special(_) | Met::Unreadable(_) => None,
        });
        for folder in [self.settings.ingest.path.clone()].into_iter().chain(below) {
            if let Ok(metadata) = fs::metadata(&folder)
                && devices.insert(metadata.dev())
            {
                blind |= file_system::is_network(&metadata);
            }
            let watched = watch.watch(&folder, RecursiveMode::NonRecursive);
            blind |= watched.is_err();
            match watched {
                Ok(()) => drop(self.told.remove(&folder)),
                Err(error) if is_told_elsewhere(&error) => {}
                Err(error) => {
                    // Where there are no watches left, it is the same with all that follow.
                    let none_left = matches!(error.kind, ErrorKind::MaxFilesWatch);
                    if self.told.insert(if none_left { PathBuf::new() } else { folder.clone() }) {
                        tell(&folder, &error);
                    }
                }
            }
        }
        self.blind = blind;
    }

    /// True if a look at `now` may find something: something changed a moment ago, or the last look, at `looked`, is long
    /// ago.
    pub fn is_look_due(&mut self, now: Instant, looked: Instant) -> bool {
        if self.changes.try_recv().is_ok() {
            self.changed.get_or_insert(now);
        }
        let calm = self.changed.is_some_and(|changed| now.duration_since(changed) >= CALM);
        let rescan = if self.blind { RESCAN } else { RESCAN_WATCHED };
        let due = calm || now.duration_since(looked) >= rescan;
        if due {
            self.changed = None;
        }
        due
    }
}

fn tell(folder: &Path, error: &notify::Error) {
    let mend = match error.kind {
        ErrorKind::MaxFilesWatch => "; raise fs.inotify.max_user_watches",
        _ => "",
    };
    tracing::warn!(folder = %folder.display(), "can't watch: {error}; looking there every {RESCAN:?}{mend}");
}

/// True if a look says it, too: a folder that was there a moment ago, or that can't be read.
fn is_told_elsewhere(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied),
        _ => false,
    }
}
