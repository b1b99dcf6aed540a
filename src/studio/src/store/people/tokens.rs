//! The table of tokens: what lets programs in.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use super::accounts::{Account, account};
use crate::model::{Id, Micros, Scopes, SecretHash};
use crate::store::error::{StoreError, parsed};

/// A token, with what it may be used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: Id,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it was made.
    pub created: Micros,
    /// When it was last used; `None` for never.
    pub seen: Option<Micros>,
}

/// Puts in a token of `account`.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    db: &mut AnyConnection,
    token: &Token,
    account: &Id,
    secret: &SecretHash,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO tokens (id, secret_hash, account, name, scopes, created) VALUES ($1, $2, $3, $4, $5, $6)";
    query(sql)
        .bind(token.id.as_str())
        .bind(secret.as_str())
        .bind(account.as_str())
        .bind(token.name.as_str())
        .bind(token.scopes.text())
        .bind(token.created.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The token with this secret, and its account.
///
/// # Errors
/// When the database refuses.
pub async fn by_secret(db: &mut AnyConnection, secret: &SecretHash) -> Result<Option<(Token, Account)>, StoreError> {
    let sql = "SELECT a.*, t.id AS token, t.name AS token_name, t.scopes, t.created AS token_created, t.seen \
               FROM tokens t JOIN accounts a ON a.id = t.account WHERE t.secret_hash = $1";
    let row = query(sql).bind(secret.as_str()).fetch_optional(db).await?;
    row.map(|row| Ok((token(&row, ["token", "token_name", "token_created"])?, account(&row)?))).transpose()
}

/// The tokens of an account, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_account(db: &mut AnyConnection, account: &Id) -> Result<Vec<Token>, StoreError> {
    let sql = "SELECT id, name, scopes, created, seen FROM tokens WHERE account = $1 ORDER BY created DESC, id";
    let rows = query(sql).bind(account.as_str()).fetch_all(db).await?;
    rows.iter().map(|row| token(row, ["id", "name", "created"])).collect()
}

/// Notes that a token was used.
///
/// # Errors
/// When the database refuses.
pub async fn touch(db: &mut AnyConnection, id: &Id, now: Micros) -> Result<(), StoreError> {
    query("UPDATE tokens SET seen = $1 WHERE id = $2").bind(now.0).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Takes out a token of `account`; true if there was one.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &mut AnyConnection, account: &Id, id: &Id) -> Result<bool, StoreError> {
    let sql = "DELETE FROM tokens WHERE account = $1 AND id = $2";
    Ok(query(sql).bind(account.as_str()).bind(id.as_str()).execute(db).await?.rows_affected() > 0)
}

/// Takes out all tokens of `account`.
///
/// # Errors
/// When the database refuses.
pub async fn remove_all(db: &mut AnyConnection, account: &Id) -> Result<(), StoreError> {
    query("DELETE FROM tokens WHERE account = $1").bind(account.as_str()).execute(db).await?;
    Ok(())
}

fn token(row: &AnyRow, [id, name, created]: [&str; 3]) -> Result<Token, StoreError> {
    Ok(Token {
        id: parsed("tokens.id", row.try_get(id)?)?,
        name: row.try_get(name)?,
        scopes: Scopes::parse(row.try_get("scopes")?),
        created: Micros(row.try_get(created)?),
        seen: row.try_get::<Option<i64>, _>("seen")?.map(Micros),
    })
}
