//! Single facts of the whole studio.

use sqlx::{AnyConnection, Row as _, query};

use super::error::StoreError;

/// The fact `name`, where there is one.
///
/// # Errors
/// When the database refuses.
pub async fn get(db: &mut AnyConnection, name: &str) -> Result<Option<String>, StoreError> {
    let row = query("SELECT value FROM facts WHERE name = $1").bind(name).fetch_optional(db).await?;
    Ok(row.map(|row| row.try_get("value")).transpose()?)
}

/// Notes the fact `name`.
///
/// # Errors
/// When the database refuses.
pub async fn set(db: &mut AnyConnection, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    query(sql).bind(name).bind(value).execute(db).await?;
    Ok(())
}

/// Forgets the fact `name`, if it is still `value`; true if it was.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &mut AnyConnection, name: &str, value: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM facts WHERE name = $1 AND value = $2";
    Ok(query(sql).bind(name).bind(value).execute(db).await?.rows_affected() > 0)
}
