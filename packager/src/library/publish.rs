//! Publication of a revision: its folder first, whole and synced; the small files that refer to it last.

use std::path::Path;

use config::tree::{MPD, PLAYLIST, Revision, TITLE_JSON, TitleName};

use super::{DiskError, LedgerError, Library, LibraryError, kept_path, read, revision_path, write_replace};

/// The files that are replaced, in the order in which they are.
pub(super) const SMALL_FILES: [&str; 3] = [PLAYLIST, MPD, TITLE_JSON];

/// The file beside a revision's small files that says how many were published before it.
pub(super) const ORDER: &str = "order";

/// The file beside a revision's small files that holds the report of its proof.
const REPORT: &str = "report.json";

/// The outcome of showing a revision again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownAgain {
    /// It is visible.
    Yes,
    /// It, or some of it, is not there any more.
    NotThere,
    /// An operator decided otherwise.
    Overruled,
}

impl Library {
    /// Puts the report of a revision's proof into `staged`: once that is published, it is [kept](Self::proof).
    ///
    /// # Errors
    /// The file system's error.
    pub fn stage_proof(&self, staged: &Path, report: &[u8]) -> Result<(), DiskError> {
        write_replace(&staged.join(REPORT), report, &self.private("new"))
    }

    /// The report of the proof of the revision in force; `None` where there is none, as of one from before reports were kept.
    ///
    /// # Errors
    /// The file system's error.
    pub fn proof(&self, title: &TitleName) -> Result<Option<Vec<u8>>, DiskError> {
        let Ok(revision) = self.current(title) else { return Ok(None) };
        self.store.read(&format!("{}/{revision}/{REPORT}", kept_path(title)))
    }

    /// Publishes what lies in `staged`: the revision's folder and the small files. Its files are synced already. `false`
    /// where an operator decided on the title since it had had so many `decisions`: then nothing is done.
    ///
    /// Cut short at any point, it leaves the title as it was or as it will be, and can be done again.
    ///
    /// # Errors
    /// The file system's or the ledger's error.
    pub fn publish(
        &self,
        title: &TitleName,
        revision: &Revision,
        staged: &Path,
        decisions: u64,
    ) -> Result<bool, LibraryError> {
        let _tree = self.change()?;
        if self.decisions(title)? != decisions {
            return Ok(false);
        }
        let mut small_files = Vec::new();
        for name in SMALL_FILES {
            small_files.extend(read(&staged.join(name))?.map(|bytes| (name, bytes)));
        }
        self.keep_small_files(title, revision, &small_files)?;
        if let Some(report) = read(&staged.join(REPORT))? {
            self.store.replace(&format!("{}/{revision}/{REPORT}", kept_path(title)), &report)?;
        }
        // A name is a digest of all that decides the bytes: what is there already is the same, if nobody took of it.
        let described = small_files.iter().find(|(name, _)| *name == TITLE_JSON).map(|(_, bytes)| bytes.as_slice());
        if !described.is_some_and(|bytes| self.is_whole(title, revision, bytes)) {
            let path = revision_path(title, revision);
            self.store.discard(&path)?;
            self.store.put(&staged.join(revision.as_str()), &path)?;
        }
        self.show(title, &small_files)?;
        Ok(true)
    }

    /// An operator's decisions on a title until now.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn decisions(&self, title: &TitleName) -> Result<u64, LedgerError> {
        Ok(self.entry(title)?.map_or(0, |entry| entry.decisions))
    }

    /// Makes a revision that was published before visible again. Where an operator decided on the title since it had had so
    /// many `decisions`, nothing is done.
    ///
    /// # Errors
    /// The file system's or the ledger's error.
    pub fn show_again(
        &self,
        title: &TitleName,
        revision: &Revision,
        decisions: u64,
    ) -> Result<ShownAgain, LibraryError> {
        let _tree = self.change()?;
        if self.decisions(title)? != decisions {
            return Ok(ShownAgain::Overruled);
        }
        let Some(small_files) = self.kept_whole(title, revision)? else { return Ok(ShownAgain::NotThere) };
        // Their date says when the revision was last published: what was in force until now is what came before.
        self.keep_small_files(title, revision, &small_files)?;
        self.show(title, &small_files)?;
        Ok(ShownAgain::Yes)
    }

    /// The small files of a revision as they were kept; `None` where one is missing, or a file that they speak of.
    pub(super) fn kept_whole(
        &self,
        title: &TitleName,
        revision: &Revision,
    ) -> Result<Option<Vec<SmallFile>>, DiskError> {
        let whole = |(name, bytes): &SmallFile| *name != TITLE_JSON || self.is_whole(title, revision, bytes);
        Ok(self.kept_small_files(title, revision)?.filter(|files| files.iter().all(whole)))
    }

    /// The same, whatever became of the files that they speak of.
    pub(super) fn kept_small_files(
        &self,
        title: &TitleName,
        revision: &Revision,
    ) -> Result<Option<Vec<SmallFile>>, DiskError> {
        let kept = kept_path(title);
        let read = |name| Ok(self.store.read(&format!("{kept}/{revision}/{name}"))?.map(|bytes| (name, bytes)));
        SMALL_FILES.into_iter().map(read).collect()
    }

    /// Makes a title's small files those of a revision.
    pub(super) fn show(&self, title: &TitleName, small_files: &[SmallFile]) -> Result<(), DiskError> {
        small_files.iter().try_for_each(|(name, bytes)| self.store.replace(&format!("{title}/{name}"), bytes))
    }

    fn keep_small_files(
        &self,
        title: &TitleName,
        revision: &Revision,
        small_files: &[SmallFile],
    ) -> Result<(), DiskError> {
        let kept = kept_path(title);
        let mut all = small_files.iter();
        all.try_for_each(|(name, bytes)| self.store.replace(&format!("{kept}/{revision}/{name}"), bytes))?;
        let last = self.dated_revisions(title)?.into_iter().rfind(|(.., other)| other != revision);
        let number = last.map_or(1, |(number, ..)| number + 1).to_string();
        self.store.replace(&format!("{kept}/{revision}/{ORDER}"), number.as_bytes())
    }
}

/// A small file's name and content.
pub(super) type SmallFile = (&'static str, Vec<u8>);
