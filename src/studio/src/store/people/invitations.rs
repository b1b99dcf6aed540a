//! The table of invitations.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use crate::model::{AccountName, AccountState, Id, Micros, Role, SecretHash};
use crate::store::error::{StoreError, parsed};

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: Id,
    /// Who made it.
    pub maker: AccountName,
    /// The role of the account.
    pub role: Role,
    /// Whom it is sent to.
    pub email: Option<String>,
    /// When it was made.
    pub created: Micros,
    /// When it ends.
    pub ends: Micros,
}

/// Puts in an invitation of the account `maker`.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    db: &mut AnyConnection,
    invitation: &Invitation,
    maker: &Id,
    secret: &SecretHash,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO invitations (id, secret_hash, maker, role, email, created, ends) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    query(sql)
        .bind(invitation.id.as_str())
        .bind(secret.as_str())
        .bind(maker.as_str())
        .bind(invitation.role.name())
        .bind(invitation.email.as_deref())
        .bind(invitation.created.0)
        .bind(invitation.ends.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The invitations of `maker` that are good at `now`.
///
/// # Errors
/// When the database refuses.
pub async fn count(db: &mut AnyConnection, maker: &Id, now: Micros) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM invitations WHERE maker = $1 AND ends > $2";
    Ok(query(sql).bind(maker.as_str()).bind(now.0).fetch_one(db).await?.try_get("count")?)
}

/// The invitation with this secret, if it is good at `now`: while its maker may come in, and may still give its role.
///
/// # Errors
/// When the database refuses.
pub async fn by_secret(
    db: &mut AnyConnection,
    secret: &SecretHash,
    now: Micros,
) -> Result<Option<Invitation>, StoreError> {
    let sql = "SELECT i.*, a.name AS maker_name, a.role AS maker_role FROM invitations i \
               JOIN accounts a ON a.id = i.maker WHERE i.secret_hash = $1 AND i.ends > $2 AND a.state = $3";
    let query = query(sql).bind(secret.as_str()).bind(now.0).bind(AccountState::Active.name());
    let Some(row) = query.fetch_optional(db).await? else { return Ok(None) };
    let maker: Role = parsed("accounts.role", row.try_get("maker_role")?)?;
    Ok(Some(invitation(&row)?).filter(|invitation| invitation.role <= maker))
}

/// The invitation with this id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(db: &mut AnyConnection, id: &Id) -> Result<Option<Invitation>, StoreError> {
    let sql = "SELECT i.*, a.name AS maker_name FROM invitations i JOIN accounts a ON a.id = i.maker WHERE i.id = $1";
    let row = query(sql).bind(id.as_str()).fetch_optional(db).await?;
    row.map(|row| invitation(&row)).transpose()
}

/// Gives an invitation another secret, and ends the one that it had.
///
/// # Errors
/// When the database refuses.
pub async fn set_secret(db: &mut AnyConnection, id: &Id, secret: &SecretHash) -> Result<(), StoreError> {
    let sql = "UPDATE invitations SET secret_hash = $1 WHERE id = $2";
    query(sql).bind(secret.as_str()).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Invitations that are good at `now`, the oldest first: those of `maker`, or all.
///
/// # Errors
/// When the database refuses.
pub async fn page(
    db: &mut AnyConnection,
    maker: Option<&Id>,
    now: Micros,
    after: (i64, &str),
    rows: usize,
) -> Result<Vec<Invitation>, StoreError> {
    let sql = "SELECT i.*, a.name AS maker_name FROM invitations i JOIN accounts a ON a.id = i.maker \
               WHERE ($1 = '' OR i.maker = $1) AND i.ends > $2 AND (i.created > $3 OR i.created = $3 AND i.id > $4) \
               ORDER BY i.created, i.id LIMIT $5";
    let maker = maker.map_or("", Id::as_str);
    let query =
        query(sql).bind(maker).bind(now.0).bind(after.0).bind(after.1).bind(i64::try_from(rows).unwrap_or(i64::MAX));
    query.fetch_all(db).await?.iter().map(invitation).collect()
}

/// Takes out an invitation, if it is one of `maker`'s where one is named; true if there was one.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &mut AnyConnection, id: &Id, maker: Option<&Id>) -> Result<bool, StoreError> {
    let sql = "DELETE FROM invitations WHERE id = $1 AND ($2 = '' OR maker = $2)";
    let maker = maker.map_or("", Id::as_str);
    Ok(query(sql).bind(id.as_str()).bind(maker).execute(db).await?.rows_affected() > 0)
}

/// Forgets those that ended before `now`.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(db: &mut AnyConnection, now: Micros) -> Result<(), StoreError> {
    query("DELETE FROM invitations WHERE ends <= $1").bind(now.0).execute(db).await?;
    Ok(())
}

fn invitation(row: &AnyRow) -> Result<Invitation, StoreError> {
    let maker: String = row.try_get("maker_name")?;
    Ok(Invitation {
        id: parsed("invitations.id", row.try_get("id")?)?,
        maker: AccountName::parse_any(&maker)
            .map_err(|_| StoreError::Damaged { column: "accounts.name", value: maker })?,
        role: parsed("invitations.role", row.try_get("role")?)?,
        email: row.try_get("email")?,
        created: Micros(row.try_get("created")?),
        ends: Micros(row.try_get("ends")?),
    })
}
