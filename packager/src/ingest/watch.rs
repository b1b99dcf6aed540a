//! Waiting for something to change in the ingest folder.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use tools::cancel::Cancel;

/// Network file systems tell nobody of their changes: the folder is looked through this often in any case.
const RESCAN: Duration = Duration::from_secs(30);
/// The longest time until a stop is noticed.
const TICK: Duration = Duration::from_millis(200);
/// A file that is copied in tells of itself many times a second: this long after the first, one look serves them all.
const CALM: Duration = Duration::from_secs(1);

/// Tells when an ingest folder is worth another look.
#[derive(Debug)]
pub struct Watcher {
    changes: Receiver<()>,
    /// Ends the watch when dropped; `None` where the system has no watches left: then rescans alone do the work.
    _watch: Option<RecommendedWatcher>,
}

impl Watcher {
    /// Watches `ingest` and all below it.
    #[must_use]
    pub fn new(ingest: &Path) -> Self {
        // That something changed is all that is told, however often it did while nobody asked.
        let (tell, changes) = sync_channel(1);
        let told = move |event: notify::Result<notify::Event>| {
            // Reading a file is an event too, and we read them ourselves.
            if event.is_ok_and(|e| !e.kind.is_access()) {
                let _ = tell.try_send(());
            }
        };
        let watch = notify::recommended_watcher(told)
            .and_then(|mut watch| watch.watch(ingest, RecursiveMode::Recursive).map(|()| watch));
        if let Err(error) = &watch {
            tracing::warn!(%error, ingest = %ingest.display(), "can't watch the ingest folder; looking through it every {RESCAN:?}");
        }
        Self { changes, _watch: watch.ok() }
    }

    /// Waits until something changed, and a moment for what follows it; or until `at_most` (and in any case half a
    /// minute) has passed, or work is to stop.
    pub fn wait(&self, at_most: Option<Duration>, cancel: &Cancel) {
        let until = Instant::now() + at_most.unwrap_or(RESCAN).min(RESCAN);
        while !cancel.is_cancelled() {
            let left = until.saturating_duration_since(Instant::now());
            match self.changes.recv_timeout(left.min(TICK)) {
                Ok(()) => return self.calm_down(cancel),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return,
                Err(RecvTimeoutError::Timeout) => {}
                // Without a watch nobody sends: this is a plain wait.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(left.min(TICK)),
            }
            if left.is_zero() {
                return;
            }
        }
    }

    /// Lets what follows a change go by, unless work is to stop.
    fn calm_down(&self, cancel: &Cancel) {
        let until = Instant::now() + CALM;
        let mut left = CALM;
        while !left.is_zero() && !cancel.is_cancelled() {
            std::thread::sleep(left.min(TICK));
            left = until.saturating_duration_since(Instant::now());
        }
        while self.changes.try_recv().is_ok() {}
    }
}
