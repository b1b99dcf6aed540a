//! The table of accounts.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use crate::model::{AccountName, AccountState, Id, Micros, Role};
use crate::store::error::{StoreError, parsed};
use crate::store::people::outbox;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: AccountName,
    /// The name that people read.
    pub display: String,
    /// Its mail address, in lower case.
    pub email: Option<String>,
    /// What it may do.
    pub role: Role,
    /// Its state.
    pub state: AccountState,
    /// Its quota in bytes, where it has one of its own.
    pub quota: Option<i64>,
    /// Bytes that its titles take.
    pub used: i64,
    /// Bytes that uploads under way have reserved.
    pub reserved: i64,
    /// The language that it chose; empty where it chose none.
    pub language: String,
    /// When it was made.
    pub created: Micros,
}

impl Account {
    /// True if it may see less from now on, as `after`.
    #[must_use]
    pub fn is_narrowed_to(&self, after: &Self) -> bool {
        let shut = self.state == AccountState::Active && after.state != AccountState::Active;
        shut || (self.role >= Role::Moderator && after.role < Role::Moderator)
    }
}

/// An account with the hash that its password is held against.
#[derive(Debug, Clone)]
pub struct WithPassword {
    /// The account.
    pub account: Account,
    /// argon2id, as a PHC string; `None` for who signs in elsewhere.
    pub password: Option<String>,
}

/// Puts in a new account.
///
/// # Errors
/// When the name or the mail address is taken ([`StoreError::is_duplicate`]), or the database refuses.
pub async fn insert(db: &mut AnyConnection, account: &Account, password: Option<&str>) -> Result<(), StoreError> {
    let sql = "INSERT INTO accounts (id, name, display, email, role, state, password, quota, language, created) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    query(sql)
        .bind(account.id.as_str())
        .bind(account.name.as_str())
        .bind(account.display.as_str())
        .bind(account.email.as_deref())
        .bind(account.role.name())
        .bind(account.state.name())
        .bind(password)
        .bind(account.quota)
        .bind(account.language.as_str())
        .bind(account.created.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The account with this id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(db: &mut AnyConnection, id: &Id) -> Result<Option<Account>, StoreError> {
    let row = query("SELECT * FROM accounts WHERE id = $1").bind(id.as_str()).fetch_optional(db).await?;
    row.map(|row| account(&row)).transpose()
}

/// The account with this name.
///
/// # Errors
/// When the database refuses.
pub async fn by_name(db: &mut AnyConnection, name: &AccountName) -> Result<Option<Account>, StoreError> {
    let row = query("SELECT * FROM accounts WHERE name = $1").bind(name.as_str()).fetch_optional(db).await?;
    row.map(|row| account(&row)).transpose()
}

/// The account with this mail address, which is in lower case.
///
/// # Errors
/// When the database refuses.
pub async fn by_email(db: &mut AnyConnection, email: &str) -> Result<Option<Account>, StoreError> {
    let row = query("SELECT * FROM accounts WHERE email = $1").bind(email).fetch_optional(db).await?;
    row.map(|row| account(&row)).transpose()
}

/// The account that is called `text`, or has it for its mail address, with its password.
///
/// # Errors
/// When the database refuses.
pub async fn to_sign_in(db: &mut AnyConnection, text: &str) -> Result<Option<WithPassword>, StoreError> {
    // PostgreSQL takes no text with NUL: nobody is called so.
    if text.contains('\0') {
        return Ok(None);
    }
    let sql = "SELECT * FROM accounts WHERE name = $1 OR email = $1";
    let row = query(sql).bind(text.trim().to_lowercase()).fetch_optional(db).await?;
    row.map(|row| Ok(WithPassword { account: account(&row)?, password: row.try_get("password")? })).transpose()
}

/// All accounts, by name.
///
/// # Errors
/// When the database refuses.
pub async fn all(db: &mut AnyConnection) -> Result<Vec<Account>, StoreError> {
    let rows = query("SELECT * FROM accounts ORDER BY name").fetch_all(db).await?;
    rows.iter().map(account).collect()
}

/// The number of accounts.
///
/// # Errors
/// When the database refuses.
pub async fn count(db: &mut AnyConnection) -> Result<i64, StoreError> {
    Ok(query("SELECT COUNT(*) AS count FROM accounts").fetch_one(db).await?.try_get("count")?)
}

/// The number of administrators that can sign in.
///
/// # Errors
/// When the database refuses.
pub async fn administrators(db: &mut AnyConnection) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM accounts WHERE role = $1 AND state = $2";
    let query = query(sql).bind(Role::Administrator.name()).bind(AccountState::Active.name());
    Ok(query.fetch_one(db).await?.try_get("count")?)
}

/// Gives an account a quota of its own, bytes, or takes it away.
///
/// # Errors
/// When the database refuses.
pub async fn set_quota(db: &mut AnyConnection, id: &Id, quota: Option<i64>) -> Result<(), StoreError> {
    query("UPDATE accounts SET quota = $1 WHERE id = $2").bind(quota).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Gives an account another role.
///
/// # Errors
/// When the database refuses.
pub async fn set_role(db: &mut AnyConnection, id: &Id, role: Role) -> Result<(), StoreError> {
    query("UPDATE accounts SET role = $1 WHERE id = $2").bind(role.name()).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Gives an account another state.
///
/// # Errors
/// When the database refuses.
pub async fn set_state(db: &mut AnyConnection, id: &Id, state: AccountState) -> Result<(), StoreError> {
    query("UPDATE accounts SET state = $1 WHERE id = $2").bind(state.name()).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Gives an account another mail address, in lower case. Links that were mailed to the one before end.
///
/// # Errors
/// When it is another account's ([`StoreError::is_duplicate`]), or the database refuses.
pub async fn set_email(db: &mut AnyConnection, id: &Id, email: &str) -> Result<(), StoreError> {
    query("UPDATE accounts SET email = $1 WHERE id = $2").bind(email).bind(id.as_str()).execute(&mut *db).await?;
    outbox::end_links(db, id).await
}

/// The hash of an account's password, where it has one.
///
/// # Errors
/// When the database refuses.
pub async fn password(db: &mut AnyConnection, id: &Id) -> Result<Option<String>, StoreError> {
    let row = query("SELECT password FROM accounts WHERE id = $1").bind(id.as_str()).fetch_optional(db).await?;
    Ok(row.map(|row| row.try_get("password")).transpose()?.flatten())
}

/// Gives an account another password: argon2id, as a PHC string. Whoever asked for a link before has no other way in.
///
/// # Errors
/// When the database refuses.
pub async fn set_password(db: &mut AnyConnection, id: &Id, password: &str) -> Result<(), StoreError> {
    query("UPDATE accounts SET password = $1 WHERE id = $2").bind(password).bind(id.as_str()).execute(&mut *db).await?;
    outbox::end_links(db, id).await
}

/// Reads a row of this table.
pub(in crate::store) fn account(row: &AnyRow) -> Result<Account, StoreError> {
    let name: String = row.try_get("name")?;
    Ok(Account {
        id: parsed("accounts.id", row.try_get("id")?)?,
        name: AccountName::parse_any(&name)
            .map_err(|_| StoreError::Damaged { column: "accounts.name", value: name })?,
        display: row.try_get("display")?,
        email: row.try_get("email")?,
        role: parsed("accounts.role", row.try_get("role")?)?,
        state: parsed("accounts.state", row.try_get("state")?)?,
        quota: row.try_get("quota")?,
        used: row.try_get("used")?,
        reserved: row.try_get("reserved")?,
        language: row.try_get("language")?,
        created: Micros(row.try_get("created")?),
    })
}
