//! Sources that can't become titles: they have no name that an entry could stand under.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::{Ledger, LedgerError};
use crate::event::Cause;

/// A source that can't become a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The kind of reason.
    pub cause: Cause,
    /// The error, then its cause, and so on down.
    pub errors: Vec<String>,
    /// When it was first found so, seconds since 1970.
    pub since: u64,
}

/// Refusals, by the sources below the ingest folder.
pub type Refusals = BTreeMap<String, Refusal>;

impl Ledger {
    /// All sources that the last look through the ingest folder refused.
    pub(in crate::library) fn refusals(&self) -> Result<Refusals, LedgerError> {
        self.with(all)
    }

    /// Notes all that a look has refused, in the place of what the one before had. What was refused for the same reason
    /// before has been so since then.
    pub(in crate::library) fn refuse(&self, refusals: Refusals) -> Result<(), LedgerError> {
        let before = self.refusals()?;
        let since_then = |(source, mut refusal): (String, Refusal)| {
            if let Some(before) = before.get(&source).filter(|before| before.errors == refusal.errors) {
                refusal.since = before.since;
            }
            (source, refusal)
        };
        let refusals: Refusals = refusals.into_iter().map(since_then).collect();
        // Most looks find the same, and cost the disk nothing.
        if refusals == before {
            return Ok(());
        }
        self.write(|transaction| {
            transaction.execute("DELETE FROM refused", [])?;
            let mut put = transaction.prepare_cached("INSERT INTO refused (source, refusal) VALUES (?1, ?2)")?;
            for (source, refusal) in &refusals {
                let text = serde_json::to_string(refusal)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                put.execute(params![source, text])?;
            }
            Ok(())
        })
    }
}

fn all(database: &Connection) -> rusqlite::Result<Refusals> {
    let mut all = database.prepare_cached("SELECT source, refusal FROM refused")?;
    let rows = all.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    // One that can't be understood, of another version, counts as none.
    let read = |(source, refusal): (String, String)| Some((source, serde_json::from_str(&refusal).ok()?));
    rows.filter_map(|row| row.map(read).transpose()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(names: &[(&str, &str, u64)]) -> Refusals {
        let refusal = |error: &str, since| Refusal { cause: Cause::Name, errors: vec![error.into()], since };
        names.iter().map(|(source, error, since)| ((*source).into(), refusal(error, *since))).collect()
    }

    #[test]
    fn what_is_refused_is_so_since_it_was_first_and_until_a_look_does_not_find_it() {
        let dir = tempfile::tempdir().unwrap();
        let (ours, theirs) = (Ledger::open(dir.path()).unwrap(), Ledger::open(dir.path()).unwrap());
        ours.refuse(refused(&[("a", "x", 1), ("b", "x", 1)])).unwrap();
        let before = theirs.version().unwrap();
        ours.refuse(refused(&[("a", "x", 5), ("b", "x", 5)])).unwrap();
        assert_eq!(theirs.version().unwrap(), before, "the same is not written again");
        ours.refuse(refused(&[("a", "x", 9), ("c", "y", 9)])).unwrap();
        assert_eq!(theirs.refusals().unwrap(), refused(&[("a", "x", 1), ("c", "y", 9)]));
        ours.refuse(refused(&[("a", "y", 12)])).unwrap();
        assert_eq!(theirs.refusals().unwrap(), refused(&[("a", "y", 12)]));
    }

    #[test]
    fn a_ledger_from_before_there_were_refusals_takes_them() {
        let dir = tempfile::tempdir().unwrap();
        let before = Connection::open(dir.path().join("ledger.db")).unwrap();
        let first = "CREATE TABLE titles (title TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE control (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
            PRAGMA user_version = 1;";
        before.execute_batch(first).unwrap();
        drop(before);
        let ledger = Ledger::open(dir.path()).unwrap();
        ledger.refuse(refused(&[("a", "x", 1)])).unwrap();
        assert_eq!(ledger.refusals().unwrap(), refused(&[("a", "x", 1)]));
    }
}
