//! Room on the library's disk: titles that wait for it, and old revisions that make some.

use std::time::{Duration, Instant, SystemTime};

use super::dispatch::{Dispatcher, PutOff};
use super::ends::failure;
use super::shop::Shop;
use crate::event::Skip;
use crate::ingest::{self, Source};
use crate::library::{Keep, State, Waiting};
use crate::pipeline::TitleError;

/// The time until a title is tried again that had no room.
const AGAIN: Duration = Duration::from_secs(60);
/// The time between two looks for revisions that are kept no longer.
const SWEEP: Duration = Duration::from_secs(60 * 60);

impl Dispatcher<'_> {
    /// A title waits for room, which is no failure where it is tried again; said the first time.
    pub(super) fn wait_for_room(&mut self, source: &Source, error: &TitleError) {
        let why = error.to_string();
        self.notes.become_now(source.title.as_str(), State::Waiting { why: Waiting::Room(why.clone()) });
        let looked = ingest::changes(&source.path).ok();
        self.put_off.insert(source.title.clone(), PutOff { looked, until: Instant::now() + AGAIN });
        if self.watcher.is_none() {
            self.fail(failure(source, error));
        } else if self.without_room.insert(source.title.clone()) {
            tracing::warn!("{} waits: {why}", source.title);
            self.tell_skip(&source.title, Skip::NoRoom);
        }
    }

    /// The bounds by which old revisions are to be deleted now: where the settings have some, and time has passed since the
    /// last look for them.
    pub(super) fn sweeps_now(&mut self) -> Option<Keep> {
        let keep = Keep::of(&self.shop.settings().library)?;
        if self.swept.is_some_and(|at| at.elapsed() < SWEEP) {
            return None;
        }
        self.swept = Some(Instant::now());
        Some(keep)
    }
}

impl Shop<'_> {
    /// Deletes revisions that are kept no longer.
    pub(super) fn sweep(&self, keep: Keep) {
        match self.library.sweep(keep, SystemTime::now()) {
            Ok(swept) if swept.revisions > 0 => {
                tracing::info!("{} old revisions deleted, {} bytes", swept.revisions, swept.bytes);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!("old revisions can't be deleted: {error}"),
        }
    }
}
