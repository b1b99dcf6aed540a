//! What operators ask of a running packager.

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};

use super::{Ledger, LedgerError};

/// A pause that an operator ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When, seconds since 1970.
    pub since: u64,
}

const PAUSE: &str = "pause";

impl Ledger {
    /// The pause in force, if there is one.
    pub(in crate::library) fn pause(&self) -> Result<Option<Pause>, LedgerError> {
        let text: Option<String> = self.with(|database| {
            let mut read = database.prepare_cached("SELECT value FROM control WHERE key = ?1")?;
            read.query_row([PAUSE], |row| row.get(0)).optional()
        })?;
        Ok(text.as_deref().and_then(|text| serde_json::from_str(text).ok()))
    }

    /// Orders a pause, or ends it.
    pub(in crate::library) fn set_pause(&self, pause: Option<Pause>) -> Result<(), LedgerError> {
        self.write(|transaction| {
            let text = pause.and_then(|pause| serde_json::to_string(&pause).ok());
            match text {
                Some(text) => {
                    transaction.execute("INSERT OR REPLACE INTO control (key, value) VALUES (?1, ?2)", [PAUSE, &text])
                }
                None => transaction.execute("DELETE FROM control WHERE key = ?1", [PAUSE]),
            }
            .map(drop)
        })
    }
}
