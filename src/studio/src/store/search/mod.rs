//! The index of the search: FTS5 in SQLite, tsvector in PostgreSQL, and the words of both for typing errors.
//!
//! Triggers note which titles have changed, and [`catch_up`] brings their entries up to date before a transaction ends:
//! whoever writes a title need not know of the search. All of it is derived, and made anew by [`prepare`].

mod counts;
pub mod cues;
mod document;
mod find;
mod question;
mod words;

use sqlx::{AnyConnection, Row as _, query, raw_sql};

use super::Dialect;
use super::error::{StoreError, parsed};
use crate::model::Id;
pub use counts::{Counted, Kind, count, counted};
use document::Document;
pub use document::Facet;
pub use find::{Part, find};
pub use question::{Audience, Match, Order, Question, Term};
use words::Known;
pub use words::{forget, near};

/// The version of the index: of its tables, and of what is put into them.
const VERSION: &str = "2";
/// Titles that are read at a time.
const BATCH: i64 = 500;

/// Makes the index where it is missing or of another version.
///
/// # Errors
/// When the database refuses.
pub(super) async fn prepare(db: &mut AnyConnection, dialect: Dialect) -> Result<(), StoreError> {
    // No fact of the studio: facts are saved and restored, the index is not.
    query("CREATE TABLE IF NOT EXISTS search_version (version TEXT NOT NULL)").execute(&mut *db).await?;
    let found = query("SELECT version FROM search_version").fetch_optional(&mut *db).await?;
    if found.map(|row| row.try_get::<String, _>("version")).transpose()?.as_deref() == Some(VERSION) {
        return Ok(());
    }
    let sql = match dialect {
        Dialect::Sqlite => include_str!("../../../migrations/search_sqlite.sql"),
        Dialect::Postgres => include_str!("../../../migrations/search_postgres.sql"),
    };
    raw_sql(sql).execute(&mut *db).await?;
    query("DELETE FROM search_version").execute(&mut *db).await?;
    query("INSERT INTO search_version (version) VALUES ($1)").bind(VERSION).execute(&mut *db).await?;
    Ok(())
}

/// Brings the entries of titles that have changed up to date.
///
/// # Errors
/// When the database refuses.
pub(super) async fn catch_up(db: &mut AnyConnection, dialect: Dialect) -> Result<(), StoreError> {
    let (mut known, mut changes) = (Known::default(), counts::Changes::default());
    document::place(db, dialect).await?;
    loop {
        let sql = "SELECT title FROM search_due ORDER BY title LIMIT $1";
        let due = query(sql).bind(BATCH).fetch_all(&mut *db).await?;
        if due.is_empty() {
            return changes.apply(db).await;
        }
        for row in due {
            let id: Id = parsed("search_due.title", row.try_get("title")?)?;
            let document = document::of(db, &id).await?;
            changes.note(db, &id, document.as_ref()).await?;
            enter(db, dialect, &id, document, &mut known).await?;
            query("DELETE FROM search_due WHERE title = $1").bind(id.as_str()).execute(&mut *db).await?;
        }
    }
}

/// Puts in the entry of a title, or takes it out where there is none any more.
async fn enter(
    db: &mut AnyConnection,
    dialect: Dialect,
    id: &Id,
    document: Option<Document>,
    known: &mut Known,
) -> Result<(), StoreError> {
    let Some(document) = document else {
        return document::remove(db, dialect, id).await;
    };
    words::learn(db, &document, known).await?;
    document::put(db, dialect, id, &document).await
}
