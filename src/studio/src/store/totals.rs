//! Sums over the whole studio.

use sqlx::{AnyConnection, Row as _, query};

use super::error::StoreError;

/// Sums over the whole studio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Accounts.
    pub accounts: i64,
    /// Accounts that an administrator has to let in.
    pub pending: i64,
    /// Titles, but for deleted ones.
    pub titles: i64,
    /// Bytes that titles take, with deleted ones that can still be restored.
    pub bytes: i64,
    /// Titles on their way.
    pub unfinished: i64,
    /// Titles that failed.
    pub failed: i64,
}

/// The sums.
///
/// # Errors
/// When the database refuses.
pub async fn all(db: &mut AnyConnection) -> Result<Totals, StoreError> {
    let sql = "SELECT (SELECT COUNT(*) FROM accounts) AS accounts, \
               (SELECT COUNT(*) FROM accounts WHERE state = 'pending') AS pending, \
               (SELECT COUNT(*) FROM titles WHERE deleted IS NULL) AS titles, \
               (SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM titles) AS bytes, \
               (SELECT COUNT(*) FROM titles WHERE deleted IS NULL AND state NOT IN ('published', 'failed')) AS unfinished, \
               (SELECT COUNT(*) FROM titles WHERE deleted IS NULL AND state = 'failed') AS failed";
    let row = query(sql).fetch_one(db).await?;
    Ok(Totals {
        accounts: row.try_get("accounts")?,
        pending: row.try_get("pending")?,
        titles: row.try_get("titles")?,
        bytes: row.try_get("bytes")?,
        unfinished: row.try_get("unfinished")?,
        failed: row.try_get("failed")?,
    })
}
