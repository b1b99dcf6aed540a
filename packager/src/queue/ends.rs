//! The ends that titles come to, and what follows from each.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use config::tree::TitleName;

use super::decide::retry;
use super::dispatch::{Dispatcher, PutOff};
use crate::event::{Cause, Event, Failed, Skip, error_chain};
use crate::ingest::{self, Source};
use crate::library::{State, Waiting};
use crate::pipeline::{Done, TitleError};

impl Dispatcher<'_> {
    /// A title had its end; it may have been `given_up` for what came meanwhile.
    pub(super) fn ended(&mut self, source: &Source, done: Result<Done, TitleError>, given_up: bool) {
        let title = &source.title;
        self.notes.is_over(title);
        match done {
            Ok(Done::Published(published)) => {
                self.summary.published += 1;
                let event = Event::Published(published);
                (self.tell)(event.clone());
                // Not before: where the program ends in between, it is told again.
                self.notes.event(&event, Instant::now());
            }
            Ok(Done::Unchanged) => {
                self.notes.is_published(title.as_str());
                self.tell_skip(title, Skip::Unchanged);
            }
            Ok(Done::Held) | Err(TitleError::Overruled) => {
                self.notes.is_held(title);
                self.tell_skip(title, Skip::Removed);
            }
            Err(TitleError::Changed(_)) => self.changed(source),
            // It looked as if it had changed for a moment.
            Err(TitleError::Cancelled) if given_up => self.changed(source),
            Err(TitleError::Gone(_)) => self.note_gone(title),
            Err(error @ TitleError::NoRoom { .. }) => return self.wait_for_room(source, &error),
            Err(error) => self.failed(source, &error),
        }
        self.without_room.remove(title);
        self.shop.let_go_of_ended(source);
    }

    /// Tells of a publication that the last packager was killed before it could tell of.
    pub(super) fn tell_at_last(&mut self, source: &Source) {
        if !self.making.contains_key(&source.title)
            && let Some(published) = self.shop.library.as_published(&source.title)
        {
            self.ended(source, Ok(Done::Published(published)), false);
        }
    }

    fn changed(&mut self, source: &Source) {
        self.notes.become_now(source.title.as_str(), State::Waiting { why: Waiting::Growing });
        self.unsettled.insert(source.title.clone(), source.path.clone());
        self.tell_skip(&source.title, Skip::Changed);
    }

    fn failed(&mut self, source: &Source, error: &TitleError) {
        let failed = failure(source, error);
        if failed.cause == Cause::Cancelled {
            self.notes.become_now(source.title.as_str(), State::Queued);
        } else {
            let before = self.shop.library.entry(&source.title).ok().flatten().map_or(0, |entry| entry.tries);
            let tries = before.saturating_add(1);
            let wait = if error.is_passing() { retry::wait(tries) } else { None };
            if let Some(wait) = wait {
                let looked = ingest::changes(&source.path).ok();
                let put_off = PutOff { looked, until: Instant::now() + wait };
                self.put_off.insert(source.title.clone(), put_off);
            }
            let at = |wait| SystemTime::now() + wait;
            let seconds = |at: SystemTime| at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            let again = wait.map(at).map(seconds);
            self.notes.failed(&failed, if error.is_passing() { tries } else { 0 }, again);
        }
        self.fail(failed);
    }

    pub(super) fn skip(&mut self, title: &TitleName, why: Skip) {
        if !self.quiet {
            self.tell_skip(title, why);
        }
    }

    pub(super) fn tell_skip(&mut self, title: &TitleName, why: Skip) {
        self.summary.skipped += 1;
        (self.tell)(Event::Skipped { title: title.to_string(), why });
    }

    pub(super) fn fail(&mut self, failed: Failed) {
        if failed.cause != Cause::Cancelled {
            self.summary.failed += 1;
        }
        (self.tell)(Event::Failed(failed));
    }
}

/// What is told of a failure.
pub(super) fn failure(source: &Source, error: &TitleError) -> Failed {
    Failed {
        title: source.title.to_string(),
        source: source.path.clone(),
        cause: error.cause(),
        errors: error_chain(error),
    }
}
