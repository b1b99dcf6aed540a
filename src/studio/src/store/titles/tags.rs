//! The table of tags, and counts of what is public.

use sqlx::{AnyConnection, Row as _, query};

use crate::model::Id;
use crate::store::error::StoreError;

/// A tag or a category, with how many public titles have it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Counted {
    /// Its name.
    pub name: String,
    /// Public titles that have it.
    pub titles: i64,
}

/// Gives a title these tags instead of those it has.
///
/// # Errors
/// When the database refuses.
pub async fn set(db: &mut AnyConnection, title: &Id, tags: &[String]) -> Result<(), StoreError> {
    query("DELETE FROM tags WHERE title = $1").bind(title.as_str()).execute(&mut *db).await?;
    for (place, tag) in (0_i64..).zip(tags) {
        let sql = "INSERT INTO tags (title, tag, place) VALUES ($1, $2, $3)";
        query(sql).bind(title.as_str()).bind(tag.as_str()).bind(place).execute(&mut *db).await?;
    }
    Ok(())
}

/// The `limit` tags that most public titles have.
///
/// # Errors
/// When the database refuses.
pub async fn counted(db: &mut AnyConnection, limit: i64) -> Result<Vec<Counted>, StoreError> {
    let sql = "SELECT g.tag AS name, COUNT(*) AS titles FROM tags g JOIN titles t ON t.id = g.title \
               WHERE t.visibility = 'public' AND t.published IS NOT NULL AND t.deleted IS NULL \
               GROUP BY g.tag ORDER BY titles DESC, name LIMIT $1";
    fetch(db, sql, limit).await
}

/// The `limit` categories that most public titles have.
///
/// # Errors
/// When the database refuses.
pub async fn categories(db: &mut AnyConnection, limit: i64) -> Result<Vec<Counted>, StoreError> {
    let sql = "SELECT category AS name, COUNT(*) AS titles FROM titles \
               WHERE visibility = 'public' AND published IS NOT NULL AND deleted IS NULL AND category <> '' \
               GROUP BY category ORDER BY titles DESC, name LIMIT $1";
    fetch(db, sql, limit).await
}

async fn fetch(db: &mut AnyConnection, sql: &'static str, limit: i64) -> Result<Vec<Counted>, StoreError> {
    let rows = query(sql).bind(limit).fetch_all(db).await?;
    rows.iter().map(|row| Ok(Counted { name: row.try_get("name")?, titles: row.try_get("titles")? })).collect()
}
