//! Titles whose record of access may differ from their row, since a change of it has begun.

use sqlx::{AnyConnection, Row as _, query};

use crate::model::Id;
use crate::store::error::{StoreError, parsed};

/// Notes that a change has begun.
///
/// # Errors
/// When the database refuses.
pub async fn begin(db: &mut AnyConnection, title: &Id) -> Result<(), StoreError> {
    let sql = "INSERT INTO access_due (title) VALUES ($1) ON CONFLICT (title) DO NOTHING";
    query(sql).bind(title.as_str()).execute(db).await?;
    Ok(())
}

/// Notes that nothing is known of any title's record.
///
/// # Errors
/// When the database refuses.
pub async fn begin_all(db: &mut AnyConnection) -> Result<(), StoreError> {
    query("INSERT INTO access_due (title) SELECT id FROM titles WHERE id NOT IN (SELECT title FROM access_due)")
        .execute(db)
        .await?;
    Ok(())
}

/// Notes that the record is as the row is.
///
/// # Errors
/// When the database refuses.
pub async fn end(db: &mut AnyConnection, title: &Id) -> Result<(), StoreError> {
    query("DELETE FROM access_due WHERE title = $1").bind(title.as_str()).execute(db).await?;
    Ok(())
}

/// Forgets all.
///
/// # Errors
/// When the database refuses.
pub async fn clear(db: &mut AnyConnection) -> Result<(), StoreError> {
    query("DELETE FROM access_due").execute(db).await?;
    Ok(())
}

/// All of them.
///
/// # Errors
/// When the database refuses.
pub async fn all(db: &mut AnyConnection) -> Result<Vec<Id>, StoreError> {
    let rows = query("SELECT title FROM access_due ORDER BY title").fetch_all(db).await?;
    rows.iter().map(|row| parsed("access_due.title", row.try_get("title")?)).collect()
}
