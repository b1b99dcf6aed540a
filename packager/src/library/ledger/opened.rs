//! The ledger's file while it is open: the one that lies there now, whoever deleted, replaced or damaged it meanwhile.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

/// The longest that another process is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The version of what follows, which ends with it.
const VERSION: i64 = 2;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS titles (title TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS control (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS refused (source TEXT PRIMARY KEY, refusal TEXT NOT NULL) WITHOUT ROWID;
    PRAGMA user_version = 2;
";

/// A connection, and the file that it goes to.
#[derive(Debug)]
pub(super) struct Opened {
    pub database: Connection,
    file: Option<File>,
    /// Files that were open before this one.
    pub times: i64,
}

/// A file's device and inode.
type File = (u64, u64);

impl Opened {
    /// Opens the file, or makes it. One that is damaged is put aside.
    pub(super) fn new(path: &Path, times: i64) -> rusqlite::Result<Self> {
        let judged = file(path);
        let database = match connect(path) {
            Err(error) if is_damaged(&error) => {
                // Unless another process has put it aside meanwhile: then there is a new one.
                if file(path) == judged {
                    put_aside(path, &error);
                }
                connect(path)
            }
            other => other,
        }?;
        Ok(Self { database, file: file(path), times })
    }

    /// Opens the file that lies there now, where it is not the one that is open: SQLite goes on reading one that was deleted.
    pub(super) fn follow(&mut self, path: &Path) -> rusqlite::Result<()> {
        if file(path) == self.file {
            return Ok(());
        }
        self.renew(path)?;
        tracing::warn!(
            "the ledger {} was deleted or replaced: all sources are looked at by the one that is there now; titles that \
             were removed come back where it does not know of that",
            path.display()
        );
        Ok(())
    }

    /// Opens the file again.
    pub(super) fn renew(&mut self, path: &Path) -> rusqlite::Result<()> {
        *self = Self::new(path, self.times + 1)?;
        Ok(())
    }
}

/// True if the file is no database, or a broken one.
pub(super) fn is_damaged(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

/// True if tables are missing, since the file was emptied: nothing else is wrong with what is asked of it.
pub(super) fn is_emptied(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::Unknown)
}

fn file(path: &Path) -> Option<File> {
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

fn put_aside(path: &Path, error: &rusqlite::Error) {
    let aside = path.with_extension("damaged");
    tracing::warn!(
        "the ledger {} is damaged ({error}): it is kept as {}, and all sources are looked at anew; titles that were removed \
         come back while their sources are there",
        path.display(),
        aside.display()
    );
    let _ = fs::rename(path, aside);
    let _ = fs::remove_file(path.with_extension("db-journal"));
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let database = Connection::open(path)?;
    database.busy_timeout(PATIENCE)?;
    database.pragma_update_and_check(None, "journal_mode", "TRUNCATE", |_| Ok(()))?;
    database.pragma_update(None, "synchronous", "FULL")?;
    // Only where it is new: whoever only looks can do so on a full disk, and does not wait for those who write.
    if database.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))? != VERSION {
        database.execute_batch(SCHEMA)?;
    }
    Ok(database)
}
