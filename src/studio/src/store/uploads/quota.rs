//! Bytes that accounts take, and may take: columns `used` and `reserved` of the table of accounts.

use sqlx::{AnyConnection, Row as _, query};

use crate::model::Id;
use crate::store::error::StoreError;

/// Reserves `bytes` for an upload of `account`; false where its quota has no room for them. An account without a quota of
/// its own has `limit`; 0 sets no limit.
///
/// # Errors
/// When the database refuses.
pub async fn reserve(db: &mut AnyConnection, account: &Id, bytes: i64, limit: i64) -> Result<bool, StoreError> {
    // One statement that asks and takes: of many at once none can pass the quota together.
    let sql = "UPDATE accounts SET reserved = reserved + $1 WHERE id = $2 \
               AND (COALESCE(quota, $3) = 0 OR used + reserved + $1 <= COALESCE(quota, $3))";
    let reserved = query(sql).bind(bytes).bind(account.as_str()).bind(limit).execute(db).await?;
    Ok(reserved.rows_affected() > 0)
}

/// Brings both columns in line with the titles and uploads of `account`.
///
/// # Errors
/// When the database refuses.
pub async fn settle(db: &mut AnyConnection, account: &Id) -> Result<(), StoreError> {
    // The row's lock comes first, so that the sums see every reservation that was made before.
    query("UPDATE accounts SET used = used WHERE id = $1").bind(account.as_str()).execute(&mut *db).await?;
    let sql = "UPDATE accounts SET \
               used = (SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM titles WHERE owner = $1), \
               reserved = (SELECT CAST(COALESCE(SUM(length), 0) AS BIGINT) FROM uploads \
               WHERE account = $1 AND state IN ('receiving', 'received')) WHERE id = $1";
    query(sql).bind(account.as_str()).execute(db).await?;
    Ok(())
}

/// Ids of all accounts.
///
/// # Errors
/// When the database refuses.
pub async fn accounts(db: &mut AnyConnection) -> Result<Vec<Id>, StoreError> {
    let rows = query("SELECT id FROM accounts ORDER BY id").fetch_all(db).await?;
    rows.iter().map(|row| crate::store::error::parsed("accounts.id", row.try_get("id")?)).collect()
}
