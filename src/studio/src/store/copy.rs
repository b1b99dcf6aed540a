//! Copies of SQLite's files.

use std::path::Path;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags, Result};

/// Copies a database by SQLite's backup API, as of one moment, whoever writes meanwhile. A copied file would not be.
///
/// # Errors
/// When there is no database at `from`, or `to` can't be written.
pub(super) fn file(from: &Path, to: &Path) -> Result<()> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut target = Connection::open(to)?;
    // In one step, which holds one snapshot: with several, each change in between begins all anew.
    Backup::new(&source, &mut target)?.step(-1)?;
    Ok(())
}
