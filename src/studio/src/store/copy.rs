//! Copies of SQLite's files.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, Result};

/// Times that a database is tried which another connection holds.
const TRIES: u32 = 100;
/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(100);

/// Copies a database by SQLite's backup API, as of one moment, whoever writes meanwhile. A copied file would not be.
///
/// # Errors
/// When there is no database at `from`, others hold it for ten seconds, or `to` can't be written.
pub(super) fn file(from: &Path, to: &Path) -> Result<()> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut target = Connection::open(to)?;
    let backup = Backup::new(&source, &mut target)?;
    for _ in 0..TRIES {
        // In one step, which holds one snapshot: with several, each change in between begins all anew.
        match backup.step(-1)? {
            StepResult::Done => return Ok(()),
            _ => thread::sleep(PAUSE),
        }
    }
    Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None))
}

/// Makes a database a single file, without a log beside it.
///
/// # Errors
/// When it is none, or somebody has it open.
pub(super) fn without_log(path: &Path) -> Result<()> {
    let database = Connection::open(path)?;
    database.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0)).map(drop)
}
