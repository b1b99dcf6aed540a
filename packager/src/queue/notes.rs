//! Keeping in the ledger what becomes of each title, for whoever looks at it from elsewhere.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use config::tree::TitleName;

use crate::event::{Event, Failed};
use crate::ingest::Source;
use crate::library::{Entry, LedgerError, Library, Outcome, Refusals, State};

/// The time between two notes of a title's progress: each costs the disk a write.
const PACE: Duration = Duration::from_secs(5);

/// Writes states of titles down.
pub(super) struct Notes<'a> {
    library: &'a Library,
    /// When progress was last noted.
    noted: BTreeMap<String, Instant>,
    /// As it was last told.
    census: BTreeMap<&'static str, u64>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(library: &'a Library) -> Self {
        Self { library, noted: BTreeMap::new(), census: BTreeMap::new() }
    }

    /// Notes what an event that happened `now` makes of its title.
    pub(super) fn event(&mut self, event: &Event, now: Instant) {
        let (title, state) = match event {
            Event::Probing { title } => (title, State::Probing),
            Event::Planned(planned) => (&planned.title, State::Encoding { done: 0, total: planned.frames }),
            Event::Progress(progress) => {
                let before = self.noted.get(&progress.title);
                if before.is_some_and(|before| now.duration_since(*before) < PACE) {
                    return;
                }
                self.noted.insert(progress.title.clone(), now);
                let (done, total) = (progress.frames_done, progress.frames_total);
                (&progress.title, State::Encoding { done, total })
            }
            Event::Proving { title } => (title, State::Proving),
            Event::Published(published) => return self.is_published(&published.title),
            // What is skipped is what it was; the queue notes what it knows more of.
            Event::Queued { .. }
            | Event::Ignored { .. }
            | Event::Skipped { .. }
            | Event::Removed(_)
            | Event::Failed(_)
            | Event::States { .. }
            | Event::Finished(_) => return,
        };
        self.become_now(title, state);
    }

    /// Forgets the progress of a title that is not at work any more, whatever its end.
    pub(super) fn is_over(&mut self, title: &TitleName) {
        self.noted.remove(title.as_str());
    }

    /// Notes a failure, and when it is tried `again`, seconds since 1970.
    pub(super) fn failed(&self, failed: &Failed, tries: u32, again: Option<u64>) {
        let state = State::Failed { cause: failed.cause, errors: failed.errors.clone(), again };
        self.change(&failed.title, |entry| {
            entry.tries = tries;
            entry.become_now(state);
        });
    }

    /// Notes the same of many sources, each with the priority that settings give it; and how new ones are recorded.
    pub(super) fn all_become<'t>(&self, sources: impl Iterator<Item = (&'t Source, i32)>, state: &State) {
        let sources = sources.map(|(source, usual)| (&source.title, (&source.recorded, usual)));
        told(self.library.update_all(sources, |entry, (recorded, usual)| {
            if entry.source.is_empty() {
                entry.source.clone_from(recorded);
            }
            entry.usual = Some(usual);
            entry.become_now(state.clone());
        }));
    }

    /// Notes all sources that a look has refused.
    pub(super) fn refused(&self, refused: Refusals) {
        told(self.library.refuse(refused));
    }

    /// Notes what becomes of a title from now on.
    pub(super) fn become_now(&self, title: &str, state: State) {
        self.change(title, |entry| entry.become_now(state));
    }

    /// Notes that a title is there for viewers, unless an operator has decided otherwise meanwhile.
    pub(super) fn is_published(&self, title: &str) {
        self.change(title, |entry| {
            entry.become_now(entry.held.as_ref().map_or(State::Published, |held| held.decision.state()));
        });
    }

    /// Notes that work on titles was cut short: they wait for their turn, unless an operator has decided otherwise.
    pub(super) fn were_cut_short<'t>(&self, titles: impl Iterator<Item = &'t TitleName>) {
        self.change_all(titles, |entry| {
            entry.become_now(entry.held.as_ref().map_or(State::Queued, |held| held.decision.state()));
        });
    }

    /// Notes that titles' sources went away. What was published before is still there.
    pub(super) fn are_gone<'t>(&self, titles: impl Iterator<Item = &'t TitleName>) {
        self.change_all(titles, |entry| {
            let is_published = matches!(&entry.last, Some(last) if matches!(last.outcome, Outcome::Published(_)));
            let state = match &entry.held {
                Some(held) => held.decision.state(),
                None if is_published => State::Published,
                None => State::Gone,
            };
            entry.become_now(state);
        });
    }

    /// Notes that a title is what an operator decided, whatever was being made of it.
    pub(super) fn is_held(&self, title: &TitleName) {
        self.change(title.as_str(), |entry| {
            if let Some(held) = &entry.held {
                entry.become_now(held.decision.state());
            }
        });
    }

    /// Titles by the names of their states, where that has changed.
    pub(super) fn census(&mut self) -> Option<BTreeMap<&'static str, u64>> {
        let mut census = BTreeMap::new();
        for (_, entry) in self.library.entries().ok()? {
            *census.entry(entry.state.name()).or_default() += 1;
        }
        (census != self.census).then(|| self.census.clone_from(&census)).map(|()| census)
    }

    fn change_all<'t>(&self, titles: impl Iterator<Item = &'t TitleName>, change: impl Fn(&mut Entry)) {
        told(self.library.update_all(titles.map(|title| (title, ())), |entry, ()| change(entry)));
    }

    fn change(&self, title: &str, change: impl FnOnce(&mut Entry)) {
        if let Ok(title) = TitleName::parse(title) {
            told(self.library.update(&title, change));
        }
    }
}

/// What can't be noted is said; the work goes on.
fn told(noted: Result<(), LedgerError>) {
    if let Err(error) = noted {
        tracing::warn!("{error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Progress;
    use crate::library::Held;

    #[test]
    fn nothing_is_kept_of_a_title_that_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let library = Library::hold(dir.path()).unwrap();
        let mut notes = Notes::new(&library);
        let progress = Progress { title: "a".into(), frames_done: 1, frames_total: 2, speed: None };
        notes.event(&Event::Progress(progress), Instant::now());
        assert_eq!(notes.noted.len(), 1);
        notes.is_over(&TitleName::parse("a").unwrap());
        assert_eq!(notes.noted.len(), 0);
    }

    #[test]
    fn what_was_removed_meanwhile_is_not_noted_as_published() {
        let dir = tempfile::tempdir().unwrap();
        let library = Library::hold(dir.path()).unwrap();
        let title = TitleName::parse("a").unwrap();
        let state = || library.entry(&title).unwrap().unwrap().state;
        let notes = Notes::new(&library);
        notes.is_published("a");
        assert_eq!(state(), State::Published);
        library.update(&title, |entry| entry.held = Some(Held::removed(None))).unwrap();
        notes.is_published("a");
        assert_eq!(state(), State::Removed);
        notes.are_gone(std::iter::once(&title));
        assert_eq!(state(), State::Removed);
    }
}
