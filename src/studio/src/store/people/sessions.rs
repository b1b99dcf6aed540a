//! The table of sessions: browsers that are signed in.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use super::accounts::{Account, account};
use crate::model::{Id, Micros, SecretHash};
use crate::store::error::{StoreError, parsed};

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: Id,
    /// The client's address when it signed in.
    pub address: String,
    /// The browser, as it calls itself.
    pub agent: String,
    /// When it signed in.
    pub created: Micros,
    /// When it was last seen.
    pub seen: Micros,
}

/// Puts in a session of `account`.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    db: &mut AnyConnection,
    session: &Session,
    account: &Id,
    secret: &SecretHash,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO sessions (id, secret_hash, account, address, agent, created, seen) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    query(sql)
        .bind(session.id.as_str())
        .bind(secret.as_str())
        .bind(account.as_str())
        .bind(session.address.as_str())
        .bind(session.agent.as_str())
        .bind(session.created.0)
        .bind(session.seen.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The session with this secret, and its account.
///
/// # Errors
/// When the database refuses.
pub async fn by_secret(db: &mut AnyConnection, secret: &SecretHash) -> Result<Option<(Session, Account)>, StoreError> {
    let sql = "SELECT a.*, s.id AS session, s.address, s.agent, s.created AS began, s.seen \
               FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.secret_hash = $1";
    let row = query(sql).bind(secret.as_str()).fetch_optional(db).await?;
    row.map(|row| Ok((session(&row, "session", "began")?, account(&row)?))).transpose()
}

/// The sessions of an account, the last seen first.
///
/// # Errors
/// When the database refuses.
pub async fn of_account(db: &mut AnyConnection, account: &Id) -> Result<Vec<Session>, StoreError> {
    let sql = "SELECT id, address, agent, created, seen FROM sessions WHERE account = $1 ORDER BY seen DESC, id";
    let rows = query(sql).bind(account.as_str()).fetch_all(db).await?;
    rows.iter().map(|row| session(row, "id", "created")).collect()
}

/// Notes that a session was seen.
///
/// # Errors
/// When the database refuses.
pub async fn touch(db: &mut AnyConnection, id: &Id, now: Micros) -> Result<(), StoreError> {
    query("UPDATE sessions SET seen = $1 WHERE id = $2").bind(now.0).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Ends a session of `account`; true if there was one.
///
/// # Errors
/// When the database refuses.
pub async fn end(db: &mut AnyConnection, account: &Id, id: &Id) -> Result<bool, StoreError> {
    let sql = "DELETE FROM sessions WHERE account = $1 AND id = $2";
    Ok(query(sql).bind(account.as_str()).bind(id.as_str()).execute(db).await?.rows_affected() > 0)
}

/// Ends the session with this secret.
///
/// # Errors
/// When the database refuses.
pub async fn end_by_secret(db: &mut AnyConnection, secret: &SecretHash) -> Result<(), StoreError> {
    query("DELETE FROM sessions WHERE secret_hash = $1").bind(secret.as_str()).execute(db).await?;
    Ok(())
}

/// Ends all sessions of `account` but the one that is kept.
///
/// # Errors
/// When the database refuses.
pub async fn end_all(db: &mut AnyConnection, account: &Id, keep: Option<&Id>) -> Result<(), StoreError> {
    let keep = keep.map_or("", Id::as_str);
    let sql = "DELETE FROM sessions WHERE account = $1 AND id <> $2";
    query(sql).bind(account.as_str()).bind(keep).execute(db).await?;
    Ok(())
}

/// Forgets sessions that began before `began` or were last seen before `seen`.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(db: &mut AnyConnection, began: Micros, seen: Micros) -> Result<(), StoreError> {
    query("DELETE FROM sessions WHERE created < $1 OR seen < $2").bind(began.0).bind(seen.0).execute(db).await?;
    Ok(())
}

fn session(row: &AnyRow, id: &str, created: &str) -> Result<Session, StoreError> {
    Ok(Session {
        id: parsed("sessions.id", row.try_get(id)?)?,
        address: row.try_get("address")?,
        agent: row.try_get("agent")?,
        created: Micros(row.try_get(created)?),
        seen: Micros(row.try_get("seen")?),
    })
}
