//! The table of titles, as far as the packager has its say in it: sources, states and bytes.

use config::access::Visibility;
use config::tree::TitleName;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use super::error::{StoreError, parsed};
use crate::model::{Id, Micros, TitleState};

/// A title that is being made, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub id: Id,
    /// Its name in the library.
    pub title: TitleName,
    /// The account whose it is; `None` for what an operator put in.
    pub owner: Option<Id>,
    /// The name that people read.
    pub name: String,
    /// Its audience.
    pub visibility: Visibility,
    /// Its state.
    pub state: TitleState,
    /// Of a failure: the reason, for people.
    pub reason: String,
    /// Its source below the ingest folder; empty where there is none.
    pub source: String,
    /// BLAKE3 of the source, hexadecimal; empty until it is known.
    pub source_hash: String,
    /// Bytes on disk: source and revisions.
    pub bytes: i64,
    /// When it was put in.
    pub created: Micros,
    /// When it was deleted.
    pub deleted: Option<Micros>,
}

/// A state, and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Become {
    /// The state.
    pub state: TitleState,
    /// Of a failure: the reason, for people.
    pub reason: String,
    /// When it was published; `None` leaves what is there.
    pub published: Option<Micros>,
    /// Milliseconds; `None` leaves what is there.
    pub duration: Option<i64>,
}

/// A query for titles, which ends with this.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, title, owner, name, visibility, state, reason, source, source_hash, bytes, created, deleted ",
            "FROM titles ",
            $rest
        )
    };
}

/// Puts in a new title.
///
/// # Errors
/// When its name is taken ([`StoreError::is_duplicate`]), or the database refuses.
pub async fn insert(db: &mut AnyConnection, made: &Made) -> Result<(), StoreError> {
    let sql = "INSERT INTO titles (id, title, owner, name, visibility, state, reason, source, source_hash, bytes, created) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    query(sql)
        .bind(made.id.as_str())
        .bind(made.title.as_str())
        .bind(made.owner.as_ref().map(Id::as_str))
        .bind(made.name.as_str())
        .bind(made.visibility.name())
        .bind(made.state.name())
        .bind(made.reason.as_str())
        .bind(made.source.as_str())
        .bind(made.source_hash.as_str())
        .bind(made.bytes)
        .bind(made.created.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The title with this id, deleted or not.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(db: &mut AnyConnection, id: &Id) -> Result<Option<Made>, StoreError> {
    let row = query(select!("WHERE id = $1")).bind(id.as_str()).fetch_optional(db).await?;
    row.map(|row| made(&row)).transpose()
}

/// The title of this name in the library, deleted or not.
///
/// # Errors
/// When the database refuses.
pub async fn by_title(db: &mut AnyConnection, title: &TitleName) -> Result<Option<Made>, StoreError> {
    let row = query(select!("WHERE title = $1")).bind(title.as_str()).fetch_optional(db).await?;
    row.map(|row| made(&row)).transpose()
}

/// All titles, by their names in the library.
///
/// # Errors
/// When the database refuses.
pub async fn all(db: &mut AnyConnection) -> Result<Vec<Made>, StoreError> {
    query(select!("ORDER BY title")).fetch_all(db).await?.iter().map(made).collect()
}

/// The titles of an account that were made from a source with this BLAKE3, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_source(db: &mut AnyConnection, owner: &Id, hash: &str) -> Result<Vec<Made>, StoreError> {
    let sql = select!("WHERE owner = $1 AND source_hash = $2 AND deleted IS NULL ORDER BY created DESC, id");
    query(sql).bind(owner.as_str()).bind(hash).fetch_all(db).await?.iter().map(made).collect()
}

/// Brings a title into another state.
///
/// # Errors
/// When the database refuses.
pub async fn become_now(db: &mut AnyConnection, id: &Id, to: &Become) -> Result<(), StoreError> {
    let sql = "UPDATE titles SET state = $1, reason = $2, published = COALESCE(published, $3), \
               duration = COALESCE($4, duration) WHERE id = $5";
    query(sql)
        .bind(to.state.name())
        .bind(to.reason.as_str())
        .bind(to.published.map(|at| at.0))
        .bind(to.duration)
        .bind(id.as_str())
        .execute(db)
        .await?;
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

/// Notes the bytes that a title takes on disk.
///
/// # Errors
/// When the database refuses.
pub async fn set_bytes(db: &mut AnyConnection, id: &Id, bytes: i64) -> Result<(), StoreError> {
    query("UPDATE titles SET bytes = $1 WHERE id = $2").bind(bytes).bind(id.as_str()).execute(db).await?;
    Ok(())
}

fn made(row: &AnyRow) -> Result<Made, StoreError> {
    let title: String = row.try_get("title")?;
    let owner: Option<String> = row.try_get("owner")?;
    Ok(Made {
        id: parsed("titles.id", row.try_get("id")?)?,
        title: TitleName::parse(&title).map_err(|_| StoreError::Damaged { column: "titles.title", value: title })?,
        owner: owner.map(|owner| parsed("titles.owner", &owner)).transpose()?,
        name: row.try_get("name")?,
        visibility: parsed("titles.visibility", row.try_get("visibility")?)?,
        state: parsed("titles.state", row.try_get("state")?)?,
        reason: row.try_get("reason")?,
        source: row.try_get("source")?,
        source_hash: row.try_get("source_hash")?,
        bytes: row.try_get("bytes")?,
        created: Micros(row.try_get("created")?),
        deleted: row.try_get::<Option<i64>, _>("deleted")?.map(Micros),
    })
}
