//! The table of identities: who accounts are elsewhere.

use sqlx::{AnyConnection, Row as _, query};

use super::accounts::{Account, account as read};
use crate::model::{Id, Micros};
use crate::store::error::StoreError;

/// An account's place elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Identity {
    /// The provider's issuer.
    pub issuer: String,
    /// The account's id there.
    pub subject: String,
    /// When they were joined.
    pub created: Micros,
}

/// Joins an account to its place elsewhere.
///
/// # Errors
/// When that is joined already ([`StoreError::is_duplicate`]), or the database refuses.
pub async fn insert(
    db: &mut AnyConnection,
    account: &Id,
    issuer: &str,
    subject: &str,
    now: Micros,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO identities (issuer, subject, account, created) VALUES ($1, $2, $3, $4)";
    query(sql).bind(issuer).bind(subject).bind(account.as_str()).bind(now.0).execute(db).await?;
    Ok(())
}

/// The account that is `subject` at `issuer`.
///
/// # Errors
/// When the database refuses.
pub async fn account(db: &mut AnyConnection, issuer: &str, subject: &str) -> Result<Option<Account>, StoreError> {
    let sql = "SELECT a.* FROM identities i JOIN accounts a ON a.id = i.account WHERE i.issuer = $1 AND i.subject = $2";
    let row = query(sql).bind(issuer).bind(subject).fetch_optional(db).await?;
    row.map(|row| read(&row)).transpose()
}

/// The places of an account, the oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_account(db: &mut AnyConnection, account: &Id) -> Result<Vec<Identity>, StoreError> {
    let sql = "SELECT issuer, subject, created FROM identities WHERE account = $1 ORDER BY created, issuer, subject";
    let rows = query(sql).bind(account.as_str()).fetch_all(db).await?;
    let one = |row: &sqlx::any::AnyRow| {
        let created = Micros(row.try_get("created")?);
        Ok(Identity { issuer: row.try_get("issuer")?, subject: row.try_get("subject")?, created })
    };
    rows.iter().map(one).collect()
}

/// Takes a place of an account away; true if there was one.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &mut AnyConnection, account: &Id, issuer: &str, subject: &str) -> Result<bool, StoreError> {
    // PostgreSQL takes no text with NUL: no place is called so.
    if issuer.contains('\0') || subject.contains('\0') {
        return Ok(false);
    }
    let sql = "DELETE FROM identities WHERE account = $1 AND issuer = $2 AND subject = $3";
    let query = query(sql).bind(account.as_str()).bind(issuer).bind(subject);
    Ok(query.execute(db).await?.rows_affected() > 0)
}
