//! The table of answers to requests with a key of idempotency.

use sqlx::{AnyConnection, Row as _, query};

use super::{Store, StoreError};
use crate::model::{Id, Micros};

/// The state of a request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is the first.
    New,
    /// The key is another request's.
    Other,
    /// The first has not ended.
    UnderWay,
    /// The answer to the first: status, and the rest sealed.
    Answer(u16, String),
}

/// Begins a request of `account` with `key`, or finds the one before it.
///
/// # Errors
/// When the database refuses.
pub async fn begin(store: &Store, account: &Id, key: &str, hash: &str, now: Micros) -> Result<Found, StoreError> {
    let mut db = store.write().await?;
    let sql = "INSERT INTO answers (account, idempotency_key, request_hash, status, answer, created) \
               VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (account, idempotency_key) DO NOTHING";
    let inserted = query(sql).bind(account.as_str()).bind(key).bind(hash).bind(now.0).execute(&mut *db).await?;
    if inserted.rows_affected() > 0 {
        db.commit().await?;
        return Ok(Found::New);
    }
    let sql = "SELECT request_hash, status, answer FROM answers WHERE account = $1 AND idempotency_key = $2";
    let row = query(sql).bind(account.as_str()).bind(key).fetch_one(&mut *db).await?;
    let status: i64 = row.try_get("status")?;
    Ok(match u16::try_from(status).unwrap_or(0) {
        _ if row.try_get::<String, _>("request_hash")? != hash => Found::Other,
        0 => Found::UnderWay,
        status => Found::Answer(status, row.try_get("answer")?),
    })
}

/// Keeps the answer to a request.
///
/// # Errors
/// When the database refuses.
pub async fn end(store: &Store, account: &Id, key: &str, status: u16, sealed: &str) -> Result<(), StoreError> {
    let mut db = store.write().await?;
    let sql = "UPDATE answers SET status = $1, answer = $2 WHERE account = $3 AND idempotency_key = $4";
    query(sql).bind(i64::from(status)).bind(sealed).bind(account.as_str()).bind(key).execute(&mut *db).await?;
    db.commit().await
}

/// Forgets a request that failed.
///
/// # Errors
/// When the database refuses.
pub async fn forget(store: &Store, account: &Id, key: &str) -> Result<(), StoreError> {
    let mut db = store.write().await?;
    let sql = "DELETE FROM answers WHERE account = $1 AND idempotency_key = $2";
    query(sql).bind(account.as_str()).bind(key).execute(&mut *db).await?;
    db.commit().await
}

/// Forgets answers from before `created`.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(db: &mut AnyConnection, created: Micros) -> Result<(), StoreError> {
    query("DELETE FROM answers WHERE created < $1").bind(created.0).execute(db).await?;
    Ok(())
}
