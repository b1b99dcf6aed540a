//! The tables of second factors and of recovery codes.

use sqlx::{AnyConnection, Row as _, query};

use crate::model::{Id, Micros, SecretHash};
use crate::store::error::StoreError;

/// A second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// Its secret, sealed.
    pub secret: String,
    /// When its owner showed to have it; `None` where it counts for nothing yet.
    pub confirmed: Option<Micros>,
}

/// The second factor of an account.
///
/// # Errors
/// When the database refuses.
pub async fn get(db: &mut AnyConnection, account: &Id) -> Result<Option<Factor>, StoreError> {
    let sql = "SELECT secret, confirmed FROM factors WHERE account = $1";
    let row = query(sql).bind(account.as_str()).fetch_optional(db).await?;
    row.map(|row| {
        let confirmed = row.try_get::<Option<i64>, _>("confirmed")?.map(Micros);
        Ok(Factor { secret: row.try_get("secret")?, confirmed })
    })
    .transpose()
}

/// Puts in a factor that is not confirmed, in place of another such; false if there is one that is confirmed.
///
/// # Errors
/// When the database refuses.
pub async fn begin(db: &mut AnyConnection, account: &Id, sealed: &str) -> Result<bool, StoreError> {
    let sql = "INSERT INTO factors (account, secret) VALUES ($1, $2) \
               ON CONFLICT (account) DO UPDATE SET secret = excluded.secret WHERE factors.confirmed IS NULL";
    Ok(query(sql).bind(account.as_str()).bind(sealed).execute(db).await?.rows_affected() > 0)
}

/// Notes that its owner has the factor; false if that was known.
///
/// # Errors
/// When the database refuses.
pub async fn confirm(db: &mut AnyConnection, account: &Id, now: Micros) -> Result<bool, StoreError> {
    let sql = "UPDATE factors SET confirmed = $1 WHERE account = $2 AND confirmed IS NULL";
    Ok(query(sql).bind(now.0).bind(account.as_str()).execute(db).await?.rows_affected() > 0)
}

/// Uses up the codes of `step` and before it; false if they were.
///
/// # Errors
/// When the database refuses.
pub async fn use_step(db: &mut AnyConnection, account: &Id, step: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE factors SET step = $1 WHERE account = $2 AND step < $1";
    Ok(query(sql).bind(step).bind(account.as_str()).execute(db).await?.rows_affected() > 0)
}

/// Takes out the factor and all recovery codes of an account; true if there was one.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &mut AnyConnection, account: &Id) -> Result<bool, StoreError> {
    query("DELETE FROM recovery_codes WHERE account = $1").bind(account.as_str()).execute(&mut *db).await?;
    let removed = query("DELETE FROM factors WHERE account = $1").bind(account.as_str()).execute(db).await?;
    Ok(removed.rows_affected() > 0)
}

/// Gives an account these recovery codes in place of those that it had.
///
/// # Errors
/// When the database refuses.
pub async fn set_codes(db: &mut AnyConnection, account: &Id, codes: &[SecretHash]) -> Result<(), StoreError> {
    query("DELETE FROM recovery_codes WHERE account = $1").bind(account.as_str()).execute(&mut *db).await?;
    for code in codes {
        let sql = "INSERT INTO recovery_codes (account, code_hash) VALUES ($1, $2)";
        query(sql).bind(account.as_str()).bind(code.as_str()).execute(&mut *db).await?;
    }
    Ok(())
}

/// Uses up a recovery code; false if there is no such.
///
/// # Errors
/// When the database refuses.
pub async fn use_code(db: &mut AnyConnection, account: &Id, code: &SecretHash) -> Result<bool, StoreError> {
    let sql = "DELETE FROM recovery_codes WHERE account = $1 AND code_hash = $2";
    Ok(query(sql).bind(account.as_str()).bind(code.as_str()).execute(db).await?.rows_affected() > 0)
}

/// The number of recovery codes that an account has left.
///
/// # Errors
/// When the database refuses.
pub async fn codes_left(db: &mut AnyConnection, account: &Id) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM recovery_codes WHERE account = $1";
    Ok(query(sql).bind(account.as_str()).fetch_one(db).await?.try_get("count")?)
}
