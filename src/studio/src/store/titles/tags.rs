//! The table of tags.

use sqlx::{AnyConnection, query};

use crate::model::Id;
use crate::store::error::StoreError;

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
