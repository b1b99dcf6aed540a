//! The ledger: what is known of each title, so that a run with nothing new does nothing, and so that operators see and
//! steer what goes on from another process.
//!
//! It is an SQLite database, `.pack/ledger.db`: its changes are atomic and last, and several processes may look and write.
//! Its journal is a file that is emptied, not a write-ahead log, which no network file system can share.

mod control;
mod entry;
mod opened;
mod refused;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use config::tree::TitleName;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};

pub use control::Pause;
pub use entry::{Decision, Entry, Held, Last, Outcome, Seen, Stamp, State, Waiting};
use opened::{Opened, is_damaged, is_emptied};
pub use refused::{Refusal, Refusals};

/// Entries of all titles, and what operators asked for.
#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    opened: Mutex<Opened>,
}

/// The ledger can't be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the ledger {}: {}", .path.display(), advice(.source))]
pub struct LedgerError {
    /// Its file.
    pub path: PathBuf,
    /// SQLite's answer.
    pub source: rusqlite::Error,
}

fn advice(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full; free some space and run again".into(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another pack has been writing to it for a while; run again".into()
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "it can't be opened for writing; give the user that runs pack access to it".into()
        }
        _ => error.to_string(),
    }
}

impl LedgerError {
    /// True if there is no room for it.
    pub(super) fn is_full(&self) -> bool {
        self.source.sqlite_error_code() == Some(ErrorCode::DiskFull)
    }
}

impl Ledger {
    /// Opens the ledger in the private folder `own`. One that is damaged is put aside: titles are then looked at anew, and
    /// those that are published found unchanged.
    pub(super) fn open(own: &Path) -> Result<Self, LedgerError> {
        let path = own.join("ledger.db");
        let opened = Opened::new(&path, 0).map_err(|source| LedgerError { path: path.clone(), source })?;
        Ok(Self { path, opened: Mutex::new(opened) })
    }

    /// A title's entry. One that can't be understood, of another version, counts as none.
    pub(super) fn entry(&self, title: &TitleName) -> Result<Option<Entry>, LedgerError> {
        self.with(|database| entry_of(database, title))
    }

    /// All entries, by title.
    pub(super) fn entries(&self) -> Result<Vec<(TitleName, Entry)>, LedgerError> {
        self.with(|database| {
            let mut all = database.prepare_cached("SELECT title, entry FROM titles ORDER BY title")?;
            let rows = all.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            let read = |(title, entry): (String, String)| Some((TitleName::parse(&title).ok()?, parse(&entry)?));
            rows.filter_map(|row| row.map(read).transpose()).collect()
        })
    }

    /// Changes a title's entry, which is a new one where it has none: nobody else's change comes in between.
    pub(super) fn update<T>(&self, title: &TitleName, change: impl FnOnce(&mut Entry) -> T) -> Result<T, LedgerError> {
        self.write(|transaction| {
            let mut entry = entry_of(transaction, title)?.unwrap_or_default();
            let told = change(&mut entry);
            put(transaction, title, &entry)?;
            Ok(told)
        })
    }

    /// Changes the entries of many titles: all of it lasts, or none.
    pub(super) fn update_all<'t, T>(
        &self,
        titles: impl Iterator<Item = (&'t TitleName, T)>,
        change: impl Fn(&mut Entry, T),
    ) -> Result<(), LedgerError> {
        let mut titles = titles.peekable();
        if titles.peek().is_none() {
            return Ok(());
        }
        self.write(|transaction| {
            for (title, with) in titles {
                let mut entry = entry_of(transaction, title)?.unwrap_or_default();
                change(&mut entry, with);
                put(transaction, title, &entry)?;
            }
            Ok(())
        })
    }

    /// A number that changes whenever another process has written, or put another file in its place.
    pub(super) fn version(&self) -> Result<i64, LedgerError> {
        let version = |opened: &mut Opened| {
            let written: i64 = opened.database.query_row("PRAGMA data_version", [], |row| row.get(0))?;
            Ok((opened.times << 32) + written)
        };
        self.work(version)
    }

    fn write<T>(&self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        self.work(|opened| {
            let transaction = opened.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let told = change(&transaction)?;
            transaction.commit()?;
            Ok(told)
        })
    }

    fn with<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        self.work(|opened| look(&opened.database))
    }

    /// Works on the file that lies there now. One that turns out to be damaged is put aside, and one that was emptied made
    /// anew, for the next who works on it.
    fn work<T>(&self, work: impl FnOnce(&mut Opened) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let worked = opened.follow(&self.path).and_then(|()| work(&mut opened));
        if worked.as_ref().is_err_and(|error| is_damaged(error) || is_emptied(error)) {
            opened.renew(&self.path).map_err(|source| self.error(source))?;
        }
        worked.map_err(|source| self.error(source))
    }

    fn error(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError { path: self.path.clone(), source }
    }
}

fn entry_of(database: &Connection, title: &TitleName) -> rusqlite::Result<Option<Entry>> {
    let mut one = database.prepare_cached("SELECT entry FROM titles WHERE title = ?1")?;
    let text: Option<String> = one.query_row([title.as_str()], |row| row.get(0)).optional()?;
    Ok(text.as_deref().and_then(parse))
}

fn parse(entry: &str) -> Option<Entry> {
    serde_json::from_str(entry).ok()
}

fn put(transaction: &Transaction<'_>, title: &TitleName, entry: &Entry) -> rusqlite::Result<()> {
    let text = serde_json::to_string(entry).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let mut put = transaction.prepare_cached("INSERT OR REPLACE INTO titles (title, entry) VALUES (?1, ?2)")?;
    put.execute(params![title.as_str(), text])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn name(text: &str) -> TitleName {
        TitleName::parse(text).unwrap()
    }

    #[test]
    fn what_was_written_is_there_for_another_process() {
        let dir = tempfile::tempdir().unwrap();
        let (ours, theirs) = (Ledger::open(dir.path()).unwrap(), Ledger::open(dir.path()).unwrap());
        let before = ours.version().unwrap();
        theirs.update(&name("a/b"), |entry| entry.source = "A/B.mp4".into()).unwrap();
        assert_ne!(ours.version().unwrap(), before);
        assert_eq!(ours.entry(&name("a/b")).unwrap().unwrap().source, "A/B.mp4");
        let before = ours.version().unwrap();
        ours.update(&name("a/b"), |entry| entry.priority = Some(3)).unwrap();
        assert_eq!(ours.version().unwrap(), before, "its own changes are no news");
        let entries = theirs.entries().unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].1.source.as_str(), entries[0].1.priority), ("A/B.mp4", Some(3)));
    }

    #[test]
    fn opening_one_that_is_there_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let ours = Ledger::open(dir.path()).unwrap();
        let before = ours.version().unwrap();
        let _theirs = Ledger::open(dir.path()).unwrap();
        assert_eq!(ours.version().unwrap(), before);
    }

    #[test]
    fn a_damaged_ledger_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ledger.db"), vec![7; 9000]).unwrap();
        let ledger = Ledger::open(dir.path()).unwrap();
        assert!(ledger.entries().unwrap().is_empty());
        assert_eq!(fs::read(dir.path().join("ledger.damaged")).unwrap().len(), 9000);
    }

    #[test]
    fn a_ledger_that_was_deleted_or_replaced_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let ours = Ledger::open(dir.path()).unwrap();
        ours.update(&name("a"), |_| ()).unwrap();
        let before = ours.version().unwrap();
        fs::remove_file(dir.path().join("ledger.db")).unwrap();
        let theirs = Ledger::open(dir.path()).unwrap();
        theirs.update(&name("b"), |_| ()).unwrap();
        assert_ne!(ours.version().unwrap(), before);
        ours.update(&name("c"), |_| ()).unwrap();
        let titles: Vec<_> = theirs.entries().unwrap().into_iter().map(|(title, _)| title).collect();
        assert_eq!(titles, [name("b"), name("c")]);
    }

    #[test]
    fn a_ledger_that_is_damaged_while_it_is_open_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let ours = Ledger::open(dir.path()).unwrap();
        fs::write(dir.path().join("ledger.db"), vec![7; 9000]).unwrap();
        assert!(ours.version().is_err());
        ours.update(&name("a"), |_| ()).unwrap();
        assert_eq!(ours.entries().unwrap().len(), 1);
        assert_eq!(fs::read(dir.path().join("ledger.damaged")).unwrap().len(), 9000);
    }

    #[test]
    fn a_ledger_that_was_emptied_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let ours = Ledger::open(dir.path()).unwrap();
        fs::write(dir.path().join("ledger.db"), "").unwrap();
        assert!(ours.entries().is_err());
        ours.update(&name("a"), |_| ()).unwrap();
        assert_eq!(ours.entries().unwrap().len(), 1);
    }

    #[test]
    fn an_entry_of_another_version_counts_as_none() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(dir.path()).unwrap();
        ledger.update(&name("a"), |_| ()).unwrap();
        ledger.opened.lock().unwrap().database.execute("UPDATE titles SET entry = '{\"state\": 7}'", []).unwrap();
        assert_eq!((ledger.entry(&name("a")).unwrap(), ledger.entries().unwrap()), (None, vec![]));
    }
}
