//! What is known of titles, and what operators ask for: looked at and changed by any process.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use config::tree::TitleName;

use super::{Entry, LedgerError, Library, LibraryError, Pause, Refusals, State};

impl Library {
    /// A title's entry; `None` where it has none.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn entry(&self, title: &TitleName) -> Result<Option<Entry>, LedgerError> {
        self.ledger.entry(title)
    }

    /// All entries, by title.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn entries(&self) -> Result<Vec<(TitleName, Entry)>, LedgerError> {
        self.ledger.entries()
    }

    /// Changes a title's entry.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn update<T>(&self, title: &TitleName, change: impl FnOnce(&mut Entry) -> T) -> Result<T, LedgerError> {
        self.ledger.update(title, change)
    }

    /// Changes the entries of many titles, each with what goes with it, at once.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn update_all<'t, T>(
        &self,
        titles: impl Iterator<Item = (&'t TitleName, T)>,
        change: impl Fn(&mut Entry, T),
    ) -> Result<(), LedgerError> {
        self.ledger.update_all(titles, change)
    }

    /// Sources of the ingest folder that can't become titles.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn refusals(&self) -> Result<Refusals, LedgerError> {
        self.ledger.refusals()
    }

    /// Notes all that a look through the ingest folder has refused, in the place of what the one before had.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn refuse(&self, refusals: Refusals) -> Result<(), LedgerError> {
        self.ledger.refuse(refusals)
    }

    /// Notes where the `source` of a title lies that was taken out of the ingest folder.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn source_moved(&self, title: &TitleName, source: &str, to: &Path) -> Result<(), LedgerError> {
        self.ledger.update(title, |entry| {
            // Another may have taken the name meanwhile.
            if entry.source == source {
                entry.moved_to = Some(to.display().to_string());
            }
        })
    }

    /// A number that changes whenever another process has changed an entry, or asked for something.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn news(&self) -> Result<i64, LedgerError> {
        self.ledger.version()
    }

    /// The pause in force, if an operator ordered one.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn paused(&self) -> Result<Option<Pause>, LedgerError> {
        self.ledger.pause()
    }

    /// Orders a pause: what is running goes on to the end of its chunk, and nothing starts.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn pause(&self) -> Result<(), LibraryError> {
        self.making_room(|| Ok(self.ledger.set_pause(Some(Pause { since: seconds_now() }))?))
    }

    /// Ends a pause.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn resume(&self) -> Result<(), LibraryError> {
        self.making_room(|| Ok(self.ledger.set_pause(None)?))
    }

    /// Has a title tried again at the next look, whatever became of it before, also one that was removed or taken back;
    /// before others of a lower `priority`.
    ///
    /// # Errors
    /// [`LibraryError::NoTitle`] where nothing is known of it, or when the ledger can't be written.
    pub fn retry(&self, title: &TitleName, priority: Option<i32>) -> Result<(), LibraryError> {
        if self.entry(title)?.is_none() {
            return Err(self.no_title(title));
        }
        let asked = |entry: &mut Entry| {
            entry.priority = priority.or(entry.priority);
            // What was just decided on may still be noted as at work.
            if !entry.state.is_at_work() || entry.held.is_some() {
                (entry.retry, entry.held, entry.tries) = (true, None, 0);
                entry.become_now(State::Queued);
            }
        };
        self.making_room(|| Ok(self.ledger.update(title, asked)?))
    }
}

impl Entry {
    /// Notes what becomes of the title from now on.
    pub fn become_now(&mut self, state: State) {
        (self.state, self.since) = (state, seconds_now());
    }
}

/// The time now, seconds since 1970.
pub(crate) fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
