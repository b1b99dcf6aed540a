//! The table of uploads.

pub mod quota;

use config::access::Visibility;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use super::error::{StoreError, parsed};
use crate::model::{Id, Micros, Track, UploadState};

/// A thing that an upload becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// A title.
    Title,
    /// The source of a title, in the place of another.
    Source(Id),
    /// Sound in a further language, beside the source of a title.
    Sound(Id, Track),
}

/// An upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: Id,
    /// The account whose it is.
    pub account: Id,
    /// The name of the sender's file.
    pub filename: String,
    /// The name of the title that it becomes.
    pub name: String,
    /// The audience of that title.
    pub visibility: Visibility,
    /// What it becomes.
    pub goal: Goal,
    /// Bytes in all.
    pub length: i64,
    /// Bytes that are on disk and outlive a power loss.
    pub received: i64,
    /// Its state.
    pub state: UploadState,
    /// Its title, once the last byte is there.
    pub title: Option<Id>,
    /// When it was made.
    pub created: Micros,
    /// When the last byte came, or when it ended.
    pub touched: Micros,
}

impl Goal {
    /// The title that is there already, which it belongs to.
    #[must_use]
    pub const fn title(&self) -> Option<&Id> {
        match self {
            Self::Title => None,
            Self::Source(title) | Self::Sound(title, _) => Some(title),
        }
    }
}

/// Puts in a new upload.
///
/// # Errors
/// When the database refuses.
pub async fn insert(db: &mut AnyConnection, upload: &Upload) -> Result<(), StoreError> {
    let sql = "INSERT INTO uploads \
               (id, account, filename, name, visibility, replaces, track, length, received, state, title, created, touched) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let track = match &upload.goal {
        Goal::Sound(_, track) => Some(track.to_string()),
        Goal::Title | Goal::Source(_) => None,
    };
    query(sql)
        .bind(upload.id.as_str())
        .bind(upload.account.as_str())
        .bind(upload.filename.as_str())
        .bind(upload.name.as_str())
        .bind(upload.visibility.name())
        .bind(upload.goal.title().map(Id::as_str))
        .bind(track)
        .bind(upload.length)
        .bind(upload.received)
        .bind(upload.state.name())
        .bind(upload.title.as_ref().map(Id::as_str))
        .bind(upload.created.0)
        .bind(upload.touched.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The upload with this id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(db: &mut AnyConnection, id: &Id) -> Result<Option<Upload>, StoreError> {
    let row = query("SELECT * FROM uploads WHERE id = $1").bind(id.as_str()).fetch_optional(db).await?;
    row.map(|row| upload(&row)).transpose()
}

/// The uploads of an account that are under way, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn under_way(db: &mut AnyConnection, account: &Id) -> Result<Vec<Upload>, StoreError> {
    let sql = "SELECT * FROM uploads WHERE account = $1 AND state = 'receiving' ORDER BY created DESC, id";
    query(sql).bind(account.as_str()).fetch_all(db).await?.iter().map(upload).collect()
}

/// The uploads under way of which no byte came since `before`.
///
/// # Errors
/// When the database refuses.
pub async fn untouched(db: &mut AnyConnection, before: Micros) -> Result<Vec<Upload>, StoreError> {
    let sql = "SELECT * FROM uploads WHERE state = 'receiving' AND touched < $1 ORDER BY created, id";
    query(sql).bind(before.0).fetch_all(db).await?.iter().map(upload).collect()
}

/// Notes that bytes up to `received` are on disk; false where the upload takes none any more.
///
/// # Errors
/// When the database refuses.
pub async fn advance(db: &mut AnyConnection, id: &Id, received: i64, now: Micros) -> Result<bool, StoreError> {
    let sql = "UPDATE uploads SET received = $1, touched = $2 WHERE id = $3 AND state = 'receiving'";
    Ok(query(sql).bind(received).bind(now.0).bind(id.as_str()).execute(db).await?.rows_affected() > 0)
}

/// Notes the title that an upload becomes, whose last byte is there; false where it has one, or is over.
///
/// # Errors
/// When the database refuses.
pub async fn complete(db: &mut AnyConnection, id: &Id, title: &Id) -> Result<bool, StoreError> {
    let sql = "UPDATE uploads SET state = 'received', title = $1 \
               WHERE id = $2 AND state = 'receiving' AND received >= length";
    Ok(query(sql).bind(title.as_str()).bind(id.as_str()).execute(db).await?.rows_affected() > 0)
}

/// The uploads whose last byte is there, and that the packager does not have yet.
///
/// # Errors
/// When the database refuses.
pub async fn whole(db: &mut AnyConnection) -> Result<Vec<Upload>, StoreError> {
    let sql = "SELECT * FROM uploads WHERE state = 'received' OR (state = 'receiving' AND received >= length) \
               ORDER BY created, id";
    query(sql).fetch_all(db).await?.iter().map(upload).collect()
}

/// True while the packager does not have an upload yet whose last byte is there, and which belongs to a title.
///
/// # Errors
/// When the database refuses.
pub async fn is_on_its_way(db: &mut AnyConnection, title: &Id) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM uploads WHERE state = 'received' AND title = $1 LIMIT 1";
    Ok(query(sql).bind(title.as_str()).fetch_optional(db).await?.is_some())
}

/// Brings an upload from one state to another; false where it was in a third.
///
/// # Errors
/// When the database refuses.
pub async fn change(
    db: &mut AnyConnection,
    id: &Id,
    (from, to): (UploadState, UploadState),
    now: Micros,
) -> Result<bool, StoreError> {
    let sql = "UPDATE uploads SET state = $1, touched = $2 WHERE id = $3 AND state = $4";
    let changed = query(sql).bind(to.name()).bind(now.0).bind(id.as_str()).bind(from.name()).execute(db).await?;
    Ok(changed.rows_affected() > 0)
}

/// Ends all uploads of an account.
///
/// # Errors
/// When the database refuses.
pub async fn terminate_all(db: &mut AnyConnection, account: &Id, now: Micros) -> Result<(), StoreError> {
    let sql = "UPDATE uploads SET state = 'terminated', touched = $1 \
               WHERE account = $2 AND state IN ('receiving', 'received')";
    query(sql).bind(now.0).bind(account.as_str()).execute(db).await?;
    Ok(())
}

/// Forgets uploads that ended before `before`.
///
/// # Errors
/// When the database refuses.
pub async fn forget(db: &mut AnyConnection, before: Micros) -> Result<(), StoreError> {
    let sql = "DELETE FROM uploads WHERE state IN ('done', 'expired', 'terminated') AND touched < $1";
    query(sql).bind(before.0).execute(db).await?;
    Ok(())
}

fn upload(row: &AnyRow) -> Result<Upload, StoreError> {
    let id = |column, value: Option<String>| value.map(|value| parsed(column, &value)).transpose();
    let track: Option<String> = row.try_get("track")?;
    let goal = match (id("uploads.replaces", row.try_get("replaces")?)?, track) {
        (None, _) => Goal::Title,
        (Some(title), None) => Goal::Source(title),
        (Some(title), Some(track)) => match Track::audio(&track) {
            Ok(track) => Goal::Sound(title, track),
            Err(_) => return Err(StoreError::Damaged { column: "uploads.track", value: track }),
        },
    };
    Ok(Upload {
        id: parsed("uploads.id", row.try_get("id")?)?,
        account: parsed("uploads.account", row.try_get("account")?)?,
        filename: row.try_get("filename")?,
        name: row.try_get("name")?,
        visibility: parsed("uploads.visibility", row.try_get("visibility")?)?,
        goal,
        length: row.try_get("length")?,
        received: row.try_get("received")?,
        state: parsed("uploads.state", row.try_get("state")?)?,
        title: id("uploads.title", row.try_get("title")?)?,
        created: Micros(row.try_get("created")?),
        touched: Micros(row.try_get("touched")?),
    })
}
