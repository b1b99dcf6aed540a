//! The table of titles, as far as the packager has its say in it: sources, states and bytes.

use sqlx::{AnyConnection, Row as _, query};

use super::{Title, title};
use crate::model::{Id, Micros, TitleState};
use crate::store::error::{StoreError, parsed};

/// A state, and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Become {
    /// The state.
    pub state: TitleState,
    /// Of a failure: the reason, for people.
    pub reason: String,
    /// What there is to watch.
    pub watch: Watch,
}

/// What there is to watch of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watch {
    /// What there was before.
    AsBefore,
    /// Nothing any more.
    Nothing,
    /// A revision.
    Revision {
        /// When it was published. A title that was before keeps its first time.
        published: Micros,
        /// Milliseconds; `None` leaves what is there.
        duration: Option<i64>,
        /// Path of its poster below its folder in the library; empty where it has none.
        poster: String,
    },
}

/// All titles, by their names in the library.
///
/// # Errors
/// When the database refuses.
pub async fn all(db: &mut AnyConnection) -> Result<Vec<Title>, StoreError> {
    query("SELECT * FROM titles ORDER BY title").fetch_all(db).await?.iter().map(title).collect()
}

/// The titles of an account that were made from a source with this BLAKE3, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_source(db: &mut AnyConnection, owner: &Id, hash: &str) -> Result<Vec<Title>, StoreError> {
    let sql =
        "SELECT * FROM titles WHERE owner = $1 AND source_hash = $2 AND deleted IS NULL ORDER BY created DESC, id";
    query(sql).bind(owner.as_str()).bind(hash).fetch_all(db).await?.iter().map(title).collect()
}

/// Brings a title into another state.
///
/// # Errors
/// When the database refuses.
pub async fn become_now(db: &mut AnyConnection, id: &Id, to: &Become) -> Result<(), StoreError> {
    let sql = "UPDATE titles SET state = $1, reason = $2 WHERE id = $3";
    query(sql).bind(to.state.name()).bind(to.reason.as_str()).bind(id.as_str()).execute(&mut *db).await?;
    match &to.watch {
        Watch::AsBefore => {}
        Watch::Nothing => {
            query("UPDATE titles SET published = NULL WHERE id = $1").bind(id.as_str()).execute(db).await?;
        }
        Watch::Revision { published, duration, poster } => {
            let sql = "UPDATE titles SET published = COALESCE(published, $1), duration = COALESCE($2, duration), \
                       poster = $3 WHERE id = $4";
            query(sql).bind(published.0).bind(*duration).bind(poster.as_str()).bind(id.as_str()).execute(db).await?;
        }
    }
    Ok(())
}

/// Notes the source of a title: its path below the ingest folder, its BLAKE3, and its bytes.
///
/// # Errors
/// When the database refuses.
pub async fn set_source(
    db: &mut AnyConnection,
    id: &Id,
    source: &str,
    hash: &str,
    bytes: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE titles SET source = $1, source_hash = $2, bytes = $3 WHERE id = $4";
    query(sql).bind(source).bind(hash).bind(bytes).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Titles that nobody owns, with their sources.
///
/// # Errors
/// When the database refuses.
pub async fn unowned(db: &mut AnyConnection) -> Result<Vec<(Id, String)>, StoreError> {
    let rows = query("SELECT id, source FROM titles WHERE owner IS NULL ORDER BY id").fetch_all(db).await?;
    rows.iter().map(|row| Ok((parsed("titles.id", row.try_get("id")?)?, row.try_get("source")?))).collect()
}

/// Gives a title an owner.
///
/// # Errors
/// When the database refuses.
pub async fn set_owner(db: &mut AnyConnection, id: &Id, owner: &Id) -> Result<(), StoreError> {
    query("UPDATE titles SET owner = $1 WHERE id = $2").bind(owner.as_str()).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Notes the bytes that a title takes on disk.
///
/// # Errors
/// When the database refuses.
pub async fn set_bytes(db: &mut AnyConnection, id: &Id, bytes: i64) -> Result<(), StoreError> {
    query("UPDATE titles SET bytes = $1 WHERE id = $2").bind(bytes).bind(id.as_str()).execute(db).await?;
    Ok(())
}
