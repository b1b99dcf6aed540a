//! Taking titles out, and telling of it, whatever ends the program in between.

use config::tree::TitleName;

use super::publish::SMALL_FILES;
use super::{
    Decision, Entry, Held, LedgerError, Library, LibraryError, Locked, State, kept_path, revision_path, seconds_now,
};
use crate::event::Removed;

impl Library {
    /// Takes a title out: the small files first, so that nobody is sent to what is going away. Its source, while its
    /// content is the same, does not become a title again. Idempotent: completes an interrupted removal. It is to be
    /// told of, and then [noted as told](Self::removal_is_told).
    ///
    /// # Errors
    /// [`LibraryError::NoTitle`], or what the file system or the ledger said.
    pub fn remove(&self, title: &TitleName) -> Result<Removed, LibraryError> {
        let tree = self.change()?;
        let entry = self.entry(title)?;
        let listed = self.store.list(title.as_str())?;
        let is_published = SMALL_FILES.iter().any(|name| listed.iter().any(|l| l.name == *name));
        let is_known = entry.as_ref().is_some_and(|entry| entry.held.is_none() && entry.state != State::Gone);
        if !is_published && !is_known && self.revisions(title)?.is_empty() {
            return Err(self.no_title(title));
        }
        let contents = self.contents(title, entry.as_ref())?;
        let known = entry.and_then(|entry| entry.last).and_then(|last| last.content);
        let now = seconds_now();
        let held = Held { untold: Some(now), ..Held::removed(known.or_else(|| contents.first().cloned())) };
        let decisions = self.making_room(|| {
            // Before all else: the source may still lie in the ingest folder, and must not come back by itself even
            // when we end half-way.
            let decisions = self.decide(title, &held)?;
            self.take_out(title)?;
            Ok(decisions)
        })?;
        self.clear_after_removal(title, tree, &contents)?;
        Ok(removed(title, decisions, now))
    }

    /// Completes the removals that were cut short before anybody was told of them; those, to be told of.
    ///
    /// # Errors
    /// What the file system or the ledger said.
    pub fn untold_removals(&self) -> Result<Vec<Removed>, LibraryError> {
        let mut all = Vec::new();
        for (title, _) in self.entries()?.into_iter().filter(|(title, entry)| untold(title, entry).is_some()) {
            let tree = self.change()?;
            // Whoever removed it may be just about to tell, or an operator may have decided otherwise meanwhile.
            let entry = self.entry(&title)?.unwrap_or_default();
            let Some(removed) = untold(&title, &entry) else { continue };
            let contents = self.contents(&title, Some(&entry))?;
            self.take_out(&title)?;
            self.clear_after_removal(&title, tree, &contents)?;
            all.push(removed);
        }
        Ok(all)
    }

    /// Notes that all who are to hear of a removal were told.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn removal_is_told(&self, told: &Removed) -> Result<(), LedgerError> {
        let Ok(title) = TitleName::parse(&told.title) else { return Ok(()) };
        self.ledger.update(&title, |entry| {
            if untold(&title, entry).as_ref() == Some(told) {
                entry.held.iter_mut().for_each(|held| held.untold = None);
            }
        })
    }

    /// Removes all that is published of a title. Its revisions go last: as long as there is one, what is left is found.
    pub(super) fn take_out(&self, title: &TitleName) -> Result<(), LibraryError> {
        for name in SMALL_FILES {
            self.store.discard(&format!("{title}/{name}"))?;
        }
        let revisions = self.revisions(title)?;
        self.store.discard(&kept_path(title))?;
        for revision in revisions {
            self.store.discard(&revision_path(title, &revision))?;
        }
        Ok(())
    }

    /// Clears away what nobody needs any more of a title that is taken out, made from these `contents`.
    fn clear_after_removal(&self, title: &TitleName, tree: Locked, contents: &[String]) -> Result<(), LibraryError> {
        if let Some(_alone) = self.alone()? {
            self.remove_staging(title)?;
        }
        drop(tree);
        self.empty_trash();
        Ok(self.drop_results_of(contents.iter().map(String::as_str))?)
    }
}

/// A removal, named apart from any other of the title.
fn removed(title: &TitleName, decisions: u64, at: u64) -> Removed {
    Removed { title: title.to_string(), once: format!("{decisions} {at}") }
}

/// The removal that an entry has, and that is still to be told of.
fn untold(title: &TitleName, entry: &Entry) -> Option<Removed> {
    let held = entry.held.as_ref().filter(|held| held.decision == Decision::Removed)?;
    Some(removed(title, entry.decisions, held.untold?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removal_is_told_until_it_is_noted_and_completed_first() {
        let dir = tempfile::tempdir().unwrap();
        let (library, title) = (Library::open(dir.path()).unwrap(), TitleName::parse("a").unwrap());
        library.update(&title, |_| ()).unwrap();
        let removed = library.remove(&title).unwrap();
        // As one that was cut short leaves it.
        let left = dir.path().join("a/manifest.mpd");
        std::fs::create_dir_all(dir.path().join("a")).unwrap();
        std::fs::write(&left, "left").unwrap();
        assert_eq!(library.untold_removals().unwrap(), std::slice::from_ref(&removed));
        assert!(!left.exists());
        assert_eq!(library.untold_removals().unwrap(), std::slice::from_ref(&removed));
        library.removal_is_told(&removed).unwrap();
        assert_eq!(library.untold_removals().unwrap(), []);
        // Another of the same title is another.
        library.retry(&title, None).unwrap();
        assert_ne!(library.remove(&title).unwrap(), removed);
    }
}
