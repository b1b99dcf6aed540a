//! The table of mails to be sent, and that of the links in them.

use sqlx::{AnyConnection, Row as _, query};

use crate::model::{Id, Micros, SecretHash};
use crate::store::error::{StoreError, parsed};

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its id.
    pub id: Id,
    /// Its kind.
    pub kind: String,
    /// Whom it goes to.
    pub recipient: String,
    /// What it is about: an id, a name or an address.
    pub subject: String,
    /// How often it was tried.
    pub tries: i64,
}

/// A link that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The account that it is for.
    pub account: Id,
    /// The address that it confirms.
    pub email: Option<String>,
}

/// Puts in a mail.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    db: &mut AnyConnection,
    id: &Id,
    kind: &str,
    recipient: &str,
    subject: &str,
    now: Micros,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO outbox (id, kind, recipient, subject, due, created) VALUES ($1, $2, $3, $4, $5, $5)";
    query(sql).bind(id.as_str()).bind(kind).bind(recipient).bind(subject).bind(now.0).execute(db).await?;
    Ok(())
}

/// The `rows` mails that have waited longest at `now`.
///
/// # Errors
/// When the database refuses.
pub async fn due(db: &mut AnyConnection, now: Micros, rows: i64) -> Result<Vec<Due>, StoreError> {
    let sql = "SELECT id, kind, recipient, subject, tries FROM outbox WHERE due <= $1 ORDER BY due, id LIMIT $2";
    let rows = query(sql).bind(now.0).bind(rows).fetch_all(db).await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(Due {
            id: parsed("outbox.id", row.try_get("id")?)?,
            kind: row.try_get("kind")?,
            recipient: row.try_get("recipient")?,
            subject: row.try_get("subject")?,
            tries: row.try_get("tries")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Puts a mail off that could not be sent.
///
/// # Errors
/// When the database refuses.
pub async fn put_off(db: &mut AnyConnection, id: &Id, due: Micros) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET tries = tries + 1, due = $1 WHERE id = $2";
    query(sql).bind(due.0).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Takes out a mail.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &mut AnyConnection, id: &Id) -> Result<(), StoreError> {
    query("DELETE FROM outbox WHERE id = $1").bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Takes out all mails to an address.
///
/// # Errors
/// When the database refuses.
pub async fn remove_to(db: &mut AnyConnection, recipient: &str) -> Result<(), StoreError> {
    query("DELETE FROM outbox WHERE recipient = $1").bind(recipient).execute(db).await?;
    Ok(())
}

/// Gives `account` a link of this kind, and ends the one before.
///
/// # Errors
/// When the database refuses.
pub async fn set_link(
    db: &mut AnyConnection,
    account: &Id,
    kind: &str,
    secret: &SecretHash,
    email: Option<&str>,
    ends: Micros,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO mail_links (account, kind, secret_hash, email, ends) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (account, kind) DO UPDATE SET secret_hash = excluded.secret_hash, email = excluded.email, \
               ends = excluded.ends";
    let query = query(sql).bind(account.as_str()).bind(kind).bind(secret.as_str()).bind(email).bind(ends.0);
    query.execute(db).await?;
    Ok(())
}

/// The link with this secret, while it is good.
///
/// # Errors
/// When the database refuses.
pub async fn link(
    db: &mut AnyConnection,
    kind: &str,
    secret: &SecretHash,
    now: Micros,
) -> Result<Option<Link>, StoreError> {
    let sql = "SELECT account, email FROM mail_links WHERE kind = $1 AND secret_hash = $2 AND ends > $3";
    let row = query(sql).bind(kind).bind(secret.as_str()).bind(now.0).fetch_optional(db).await?;
    row.map(|row| {
        Ok(Link { account: parsed("mail_links.account", row.try_get("account")?)?, email: row.try_get("email")? })
    })
    .transpose()
}

/// Uses up a link; false if it was.
///
/// # Errors
/// When the database refuses.
pub async fn use_link(db: &mut AnyConnection, kind: &str, secret: &SecretHash) -> Result<bool, StoreError> {
    let sql = "DELETE FROM mail_links WHERE kind = $1 AND secret_hash = $2";
    Ok(query(sql).bind(kind).bind(secret.as_str()).execute(db).await?.rows_affected() > 0)
}

/// Ends all links of `account`.
///
/// # Errors
/// When the database refuses.
pub async fn end_links(db: &mut AnyConnection, account: &Id) -> Result<(), StoreError> {
    query("DELETE FROM mail_links WHERE account = $1").bind(account.as_str()).execute(db).await?;
    Ok(())
}

/// Forgets links that ended before `now`.
///
/// # Errors
/// When the database refuses.
pub async fn sweep_links(db: &mut AnyConnection, now: Micros) -> Result<(), StoreError> {
    query("DELETE FROM mail_links WHERE ends <= $1").bind(now.0).execute(db).await?;
    Ok(())
}
