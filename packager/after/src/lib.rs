//! What becomes of a source afterwards: it stays, is moved or is deleted once its title is published, and may be moved to a
//! quarantine when it can't be packaged.
//!
//! Nothing is lost whatever comes in between: a [`journal`] has each group of files before the first of them is touched,
//! and each file goes only as it was packaged ([`step`]). All of it is done on a thread of its own, since a move to
//! another file system copies.

mod copy;
mod disk;
mod journal;
mod names;
mod pending;
mod step;
mod worker;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use config::settings::{After as Setting, Settings};

pub use journal::Mark;
use pending::Pending;
use worker::{Fate, Task, Worker};

/// Takes sources out of one ingest folder, for the one that packages them.
#[derive(Debug)]
pub struct After {
    setting: Setting,
    has_quarantine: bool,
    /// `None` once it is to end.
    tasks: Option<Sender<Task>>,
    pending: Pending,
    worker: Option<JoinHandle<()>>,
}

impl After {
    /// Starts with what was cut short before. Work ends as soon as `stopped` holds, and goes on at the next start. `moved`
    /// is told of each source that was moved: its path below the ingest folder, and where it is now.
    #[must_use]
    pub fn start(
        settings: &Settings,
        stopped: impl Fn() -> bool + Send + 'static,
        moved: impl Fn(&Path, &Path) + Send + 'static,
    ) -> Self {
        let (tasks, handed) = channel();
        let pending = Pending::default();
        let worker = Worker::new(settings, Box::new(stopped), Box::new(moved), pending.clone());
        let worker = thread::Builder::new().name("after".into()).spawn(move || worker.work(handed));
        if let Err(error) = &worker {
            tracing::error!("sources stay where they are, since no thread can be started to take them out: {error}");
        }
        let has_quarantine = !settings.ingest.quarantine.as_os_str().is_empty();
        Self { setting: settings.ingest.after, has_quarantine, tasks: Some(tasks), pending, worker: worker.ok() }
    }

    /// True if any source is taken out.
    #[must_use]
    pub fn takes_any(&self) -> bool {
        self.setting != Setting::Keep || self.has_quarantine
    }

    /// Takes out the source at `below` the ingest folder, which was `mark` when it was packaged, and whose title is
    /// published and synced; with its sidecars, which lie beside it.
    pub fn published(&self, below: &Path, mark: Mark, sidecars: impl FnOnce() -> Vec<PathBuf>) {
        if self.setting != Setting::Keep && self.pending.add(below, mark) {
            self.hand_over(below, mark, sidecars(), Fate::Published);
        }
    }

    /// Takes out a source that can't be packaged, with what is known of the reason.
    pub fn failed(
        &self,
        below: &Path,
        mark: Mark,
        sidecars: impl FnOnce() -> Vec<PathBuf>,
        report: impl FnOnce() -> String,
    ) {
        if self.has_quarantine && self.pending.add(below, mark) {
            self.hand_over(below, mark, sidecars(), Fate::Failed(report()));
        }
    }

    fn hand_over(&self, below: &Path, mark: Mark, sidecars: Vec<PathBuf>, fate: Fate) {
        let named = |path: PathBuf| Some((path.file_name()?.to_owned(), Mark::of(&disk::look(&path).ok()??)));
        let sidecars: Vec<(OsString, Mark)> = sidecars.into_iter().filter_map(named).collect();
        let task = Task { below: below.into(), mark, sidecars, fate };
        // Without the thread nothing is taken out, as was said.
        let _ = self.tasks.as_ref().map(|tasks| tasks.send(task));
    }
}

impl Drop for After {
    /// Waits until all that was handed over is done, or put off by a stop.
    fn drop(&mut self) {
        self.tasks = None;
        let _ = self.worker.take().map(JoinHandle::join);
    }
}

#[cfg(test)]
mod tests;
