//! Failures of the database.

use std::path::PathBuf;

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused, or can't be reached.
    #[error("the studio's database: {0}")]
    Database(#[from] sqlx::Error),
    /// A migration failed; the data is as it was.
    #[error("the studio's database can't be brought up to date, and is as it was: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A newer pack has been at it.
    #[error("the studio's database is of a newer pack (its schema is {found}, this one knows {known}): use that one")]
    Newer {
        /// The schema's number in the database.
        found: i64,
        /// The highest that this program knows.
        known: i64,
    },
    /// The folder of the state can't be made or used.
    #[error("can't use the studio's folder {}: {source}", .path.display())]
    Folder {
        /// The folder, or a file of it.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A row holds a value that no version of the program writes.
    #[error("the studio's database holds '{value}' as {column}, which this pack does not know")]
    Damaged {
        /// The column.
        column: &'static str,
        /// Its value.
        value: String,
    },
    /// The studio is ending.
    #[error("the studio is ending")]
    Closed,
}

impl StoreError {
    /// True if a row can't be there twice, and is there already.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// Reads a column's text as a value.
pub(super) fn parsed<T: std::str::FromStr>(column: &'static str, value: &str) -> Result<T, StoreError> {
    value.parse().map_err(|_| StoreError::Damaged { column, value: value.into() })
}
