//! What the ledger knows of a title, and is told of it.

use config::tree::Revision;

use super::{Done, Work};
use crate::library::{Decision, Entry, Last, Outcome, Stamp};
use crate::pipeline::error::TitleError;
use crate::pipeline::identity;

impl Work<'_> {
    /// Compares the source with what was made a title of before, where it may be the same: a touch, a restore, another
    /// name of the folder or a new ffmpeg encode nothing again. `None` where something is to be done.
    pub(super) fn known(&self, stamp: Stamp, settings: &str) -> Result<Option<Done>, TitleError> {
        let entry = self.library.entry(&self.source.title)?.unwrap_or_default();
        if self.anew || entry.retry {
            return Ok(None);
        }
        let held = entry.held.as_ref().filter(|_| !self.source.named);
        let last = entry.last.as_ref();
        let is_made = last.is_some_and(|last| {
            matches!(last.outcome, Outcome::Published(_)) && last.settings == settings && last.stamp.size == stamp.size
        });
        if held.is_none() && !is_made {
            return Ok(None);
        }
        let path = &self.source.path;
        let read = |source| TitleError::Read { path: path.clone(), source };
        let digest = identity::content_digest(path, &self.cancel).map_err(read)?.ok_or(TitleError::Cancelled)?;
        let content = digest.to_hex().to_string();
        let before = held.map_or(last.and_then(|last| last.content.as_ref()), |held| held.content.as_ref());
        if before.is_some_and(|before| *before != content) {
            return Ok(None);
        }
        let done = match held.map(|held| held.decision) {
            Some(Decision::Removed) => Done::Held,
            Some(Decision::RolledBack) | None if self.library.published(&self.source.title).is_some() => {
                Done::Unchanged
            }
            Some(Decision::RolledBack) | None => return Ok(None),
        };
        // The next look finds it as it is.
        self.library.update(&self.source.title, |entry| {
            entry.source.clone_from(&self.source.recorded);
            entry.moved_to = None;
            entry.held.iter_mut().for_each(|held| held.content = Some(content.clone()));
            let outcome = entry.last.take().map_or(Outcome::Held, |last| last.outcome);
            entry.last = Some(Last { stamp, content: Some(content), settings: settings.into(), outcome, seen: None });
        })?;
        Ok(Some(done))
    }

    /// True if the ledger has it that the title was published as this revision.
    pub(super) fn is_recorded(&self, revision: &Revision) -> Result<bool, TitleError> {
        let last = self.library.entry(&self.source.title)?.and_then(|entry| entry.last);
        Ok(last.is_some_and(|last| matches!(last.outcome, Outcome::Published(name) if name == revision.as_str())))
    }

    /// Notes how an attempt ended. An operator's decision holds on where it is of the same content, or came meanwhile.
    pub(super) fn record(&self, last: &Last) -> Result<(), TitleError> {
        let same = |entry: &Entry| {
            let held = entry.held.as_ref().and_then(|held| held.content.as_ref());
            held.is_some() && held == last.content.as_ref()
        };
        let is_published = matches!(last.outcome, Outcome::Published(_));
        self.library.update(&self.source.title, |entry| {
            if is_published && entry.decisions == self.decisions && (self.source.named || entry.retry || !same(entry)) {
                entry.held = None;
            }
            entry.source.clone_from(&self.source.recorded);
            entry.moved_to = None;
            // What an operator asked for meanwhile is still to be done.
            entry.retry &= entry.decisions != self.decisions;
            if is_published {
                entry.tries = 0;
            }
            entry.last = Some(last.clone());
        })?;
        Ok(())
    }
}
