//! The tables of playlists and their items.

use config::access::Visibility;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use super::error::{StoreError, parsed};
use super::sql::Sql;
use super::titles::{Whole, is_shared, select, whole_of};
use crate::model::{AccountName, Id, Micros, Subject};

/// A playlist, without its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playlist {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub owner: Id,
    /// Its owner's name.
    pub owner_name: AccountName,
    /// Its kind.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// Its description, in Markdown.
    pub description: String,
    /// Its audience; a restricted one is its owner's alone.
    pub visibility: Visibility,
    /// When it was made.
    pub created: Micros,
    /// Number of changes of it and of its order, from 1.
    pub version: i64,
}

/// The kind of a playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One that its owner made.
    List,
    /// "Watch later", of which an account has one.
    Later,
}

/// The place of a playlist among others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    created: i64,
    id: Id,
}

impl Kind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Later => "later",
        }
    }
}

impl Playlist {
    /// Its place among others.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { created: self.created.0, id: self.id.clone() }
    }
}

/// Puts in a new playlist.
///
/// # Errors
/// When its owner has a "watch later" already ([`StoreError::is_duplicate`]), or the database refuses.
pub async fn insert(db: &mut AnyConnection, playlist: &Playlist) -> Result<(), StoreError> {
    let sql = "INSERT INTO playlists (id, owner, kind, name, description, visibility, created) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    query(sql)
        .bind(playlist.id.as_str())
        .bind(playlist.owner.as_str())
        .bind(playlist.kind.name())
        .bind(playlist.name.as_str())
        .bind(playlist.description.as_str())
        .bind(playlist.visibility.name())
        .bind(playlist.created.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The playlist with this id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(db: &mut AnyConnection, id: &Id) -> Result<Option<Playlist>, StoreError> {
    let mut sql = all();
    sql.push("WHERE p.id = ").text(id.as_str());
    sql.fetch_all(db).await?.first().map(playlist).transpose()
}

/// The "watch later" of `owner`.
///
/// # Errors
/// When the database refuses.
pub async fn later(db: &mut AnyConnection, owner: &Id) -> Result<Option<Playlist>, StoreError> {
    let mut sql = all();
    sql.push("WHERE p.kind = 'later' AND p.owner = ").text(owner.as_str());
    sql.fetch_all(db).await?.first().map(playlist).transpose()
}

/// The number of playlists of `owner`.
///
/// # Errors
/// When the database refuses.
pub async fn count(db: &mut AnyConnection, owner: &Id) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM playlists WHERE owner = $1";
    Ok(query(sql).bind(owner.as_str()).fetch_one(db).await?.try_get("count")?)
}

/// At most `limit` playlists that `account` may find, newest first: public ones and their own; of `owner` alone where one is
/// named.
///
/// # Errors
/// When the database refuses.
pub async fn page(
    db: &mut AnyConnection,
    account: Option<&Id>,
    owner: Option<&Id>,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Playlist>, StoreError> {
    let mut sql = all();
    sql.push("WHERE (p.visibility = 'public'");
    if let Some(account) = account {
        sql.push(" OR p.owner = ").text(account.as_str());
    }
    sql.push(")");
    if let Some(owner) = owner {
        sql.push(" AND p.owner = ").text(owner.as_str());
    }
    if let Some(after) = after {
        sql.push(" AND (p.created, p.id) < (").number(after.created);
        sql.push(", ").text(after.id.as_str()).push(")");
    }
    sql.push(" ORDER BY p.created DESC, p.id DESC LIMIT ").number(i64::try_from(limit).unwrap_or(i64::MAX));
    sql.fetch_all(db).await?.iter().map(playlist).collect()
}

/// Writes what people write about a playlist, and counts the change up.
///
/// # Errors
/// When the database refuses.
pub async fn edit(
    db: &mut AnyConnection,
    id: &Id,
    name: &str,
    description: &str,
    visibility: Visibility,
) -> Result<(), StoreError> {
    let sql = "UPDATE playlists SET name = $1, description = $2, visibility = $3, version = version + 1 WHERE id = $4";
    query(sql).bind(name).bind(description).bind(visibility.name()).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Deletes a playlist.
///
/// # Errors
/// When the database refuses.
pub async fn delete(db: &mut AnyConnection, id: &Id) -> Result<(), StoreError> {
    query("DELETE FROM playlists WHERE id = $1").bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Locks the row of a playlist until the transaction ends, so that no other change of it comes between.
///
/// # Errors
/// When the database refuses.
pub async fn lock(db: &mut AnyConnection, id: &Id) -> Result<(), StoreError> {
    query("UPDATE playlists SET version = version WHERE id = $1").bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// The titles of a playlist in their order, as `account` sees them. Whoever asks leaves out what is not for them.
///
/// # Errors
/// When the database refuses.
pub async fn items(db: &mut AnyConnection, id: &Id, account: Option<&Id>) -> Result<Vec<Whole>, StoreError> {
    let mut sql = select(account);
    sql.push("FROM playlist_items i JOIN titles t ON t.id = i.title WHERE i.playlist = ").text(id.as_str());
    sql.push(" ORDER BY i.place, t.id");
    sql.fetch_all(db).await?.iter().map(whole_of).collect()
}

/// An item of a playlist, with the facts that decide who may see it.
#[derive(Debug)]
pub struct Item {
    /// The playlist.
    pub playlist: Id,
    owner: Option<Id>,
    visibility: Visibility,
    is_published: bool,
    is_deleted: bool,
    is_shared: bool,
}

impl Item {
    /// The facts that decide what who asked may do with the title.
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            owner: self.owner.as_ref(),
            visibility: self.visibility,
            is_published: self.is_published,
            is_deleted: self.is_deleted,
            is_shared: self.is_shared,
            // Nobody is given a file by a list.
            is_downloadable: false,
        }
    }
}

/// The items of these playlists, in no order, as `account` sees them.
///
/// # Errors
/// When the database refuses.
pub async fn items_of(
    db: &mut AnyConnection,
    playlists: impl IntoIterator<Item = &Id>,
    account: Option<&Id>,
) -> Result<Vec<Item>, StoreError> {
    let mut sql = Sql::default();
    sql.push("SELECT i.playlist, t.owner, t.visibility, t.published, t.deleted, CASE WHEN ");
    is_shared(&mut sql, account);
    sql.push(
        " THEN 1 ELSE 0 END AS is_shared FROM playlist_items i JOIN titles t ON t.id = i.title WHERE i.playlist IN ",
    );
    sql.list(playlists.into_iter().map(Id::as_str));
    sql.fetch_all(db).await?.iter().map(item).collect()
}

fn item(row: &AnyRow) -> Result<Item, StoreError> {
    let owner: Option<&str> = row.try_get("owner")?;
    Ok(Item {
        playlist: parsed("playlist_items.playlist", row.try_get("playlist")?)?,
        owner: owner.map(|owner| parsed("titles.owner", owner)).transpose()?,
        visibility: parsed("titles.visibility", row.try_get("visibility")?)?,
        is_published: row.try_get::<Option<i64>, _>("published")?.is_some(),
        is_deleted: row.try_get::<Option<i64>, _>("deleted")?.is_some(),
        is_shared: row.try_get::<i64, _>("is_shared")? != 0,
    })
}

/// Gives a playlist these items, in this order, instead of those it has, and counts the change up.
///
/// # Errors
/// When the database refuses.
pub async fn set_items(db: &mut AnyConnection, id: &Id, titles: &[Id]) -> Result<(), StoreError> {
    query("DELETE FROM playlist_items WHERE playlist = $1").bind(id.as_str()).execute(&mut *db).await?;
    for (place, title) in (0_i64..).zip(titles) {
        let sql = "INSERT INTO playlist_items (playlist, title, place) VALUES ($1, $2, $3)";
        query(sql).bind(id.as_str()).bind(title.as_str()).bind(place).execute(&mut *db).await?;
    }
    let sql = "UPDATE playlists SET version = version + 1 WHERE id = $1";
    query(sql).bind(id.as_str()).execute(db).await?;
    Ok(())
}

fn all() -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT p.*, a.name AS owner_name FROM playlists p JOIN accounts a ON a.id = p.owner ");
    sql
}

fn playlist(row: &AnyRow) -> Result<Playlist, StoreError> {
    let name: String = row.try_get("owner_name")?;
    let kind: &str = row.try_get("kind")?;
    Ok(Playlist {
        id: parsed("playlists.id", row.try_get("id")?)?,
        owner: parsed("playlists.owner", row.try_get("owner")?)?,
        owner_name: AccountName::parse_any(&name)
            .map_err(|_| StoreError::Damaged { column: "accounts.name", value: name })?,
        kind: if kind == Kind::Later.name() { Kind::Later } else { Kind::List },
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        visibility: parsed("playlists.visibility", row.try_get("visibility")?)?,
        created: Micros(row.try_get("created")?),
        version: row.try_get("version")?,
    })
}
