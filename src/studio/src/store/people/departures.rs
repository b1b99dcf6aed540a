//! The table of accounts that are being deleted.

use sqlx::{AnyConnection, Row as _, query};

use crate::model::{Id, Micros};
use crate::store::error::{StoreError, parsed};

/// Notes that an account is to be deleted.
///
/// # Errors
/// When the database refuses.
pub async fn insert(db: &mut AnyConnection, account: &Id, now: Micros) -> Result<(), StoreError> {
    let sql = "INSERT INTO departures (account, asked) VALUES ($1, $2) ON CONFLICT (account) DO NOTHING";
    query(sql).bind(account.as_str()).bind(now.0).execute(db).await?;
    Ok(())
}

/// The titles that an account owns, deleted ones with them.
///
/// # Errors
/// When the database refuses.
pub async fn titles(db: &mut AnyConnection, account: &Id) -> Result<Vec<Id>, StoreError> {
    let rows = query("SELECT id FROM titles WHERE owner = $1").bind(account.as_str()).fetch_all(db).await?;
    rows.iter().map(|row| parsed("titles.id", row.try_get("id")?)).collect()
}

/// Titles of accounts that are to be deleted which are not deleted themselves.
///
/// # Errors
/// When the database refuses.
pub async fn late(db: &mut AnyConnection) -> Result<Vec<Id>, StoreError> {
    let sql =
        "SELECT t.id FROM departures d JOIN titles t ON t.owner = d.account WHERE t.deleted IS NULL ORDER BY t.id";
    let rows = query(sql).fetch_all(db).await?;
    rows.iter().map(|row| parsed("titles.id", row.try_get("id")?)).collect()
}

/// Accounts that are to be deleted, and own no title any more.
///
/// # Errors
/// When the database refuses.
pub async fn due(db: &mut AnyConnection) -> Result<Vec<Id>, StoreError> {
    let sql = "SELECT account FROM departures d WHERE NOT EXISTS (SELECT 1 FROM titles t WHERE t.owner = d.account)";
    let rows = query(sql).fetch_all(db).await?;
    rows.iter().map(|row| parsed("departures.account", row.try_get("account")?)).collect()
}

/// Takes out an account with all that hangs on it.
///
/// # Errors
/// When the database refuses.
pub async fn end(db: &mut AnyConnection, account: &Id) -> Result<(), StoreError> {
    query("DELETE FROM accounts WHERE id = $1").bind(account.as_str()).execute(db).await?;
    Ok(())
}
