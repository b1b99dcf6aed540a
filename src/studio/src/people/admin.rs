//! Managing others' accounts.

use sqlx::AnyConnection;

use super::invitations;
use super::trail::{Actor, note};
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{AccountName, AccountState, Role, check_password};
use crate::store::facts;
use crate::store::people::accounts::{self, Account};
use crate::store::people::sessions;
use crate::titles::sharing::access;

/// Changes to an account; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Its role.
    pub role: Option<Role>,
    /// Its state.
    pub state: Option<AccountState>,
    /// Its quota, bytes; `Some(None)` for the setting's.
    pub quota: Option<Option<i64>>,
}

/// The account `name`.
///
/// # Errors
/// 404 where there is none.
pub async fn find(app: &App, name: &AccountName) -> Result<Account, Problem> {
    let found = accounts::by_name(&mut *app.store.read().await?, name).await?;
    found.ok_or_else(Problem::not_found)
}

/// Changes the account `name`.
///
/// # Errors
/// 404 where there is none; 409 if no administrator would be left.
pub async fn change(app: &App, actor: &Actor, name: &AccountName, change: &Change) -> Result<Account, Problem> {
    let mut db = app.store.write().await?;
    lock(&mut db).await?;
    let account = accounts::by_name(&mut db, name).await?.ok_or_else(Problem::not_found)?;
    if let Some(role) = change.role.filter(|role| *role != account.role) {
        accounts::set_role(&mut db, &account.id, role).await?;
        let detail = format!("{} to {role}", account.role);
        note(app, &mut db, actor, "account.role", name.as_str(), &detail).await?;
    }
    if let Some(state) = change.state.filter(|state| *state != account.state) {
        accounts::set_state(&mut db, &account.id, state).await?;
        if state != AccountState::Active {
            sessions::end_all(&mut db, &account.id, None).await?;
        }
        let detail = format!("{} to {}", account.state.name(), state.name());
        note(app, &mut db, actor, "account.state", name.as_str(), &detail).await?;
    }
    if let Some(quota) = change.quota.filter(|quota| *quota != account.quota) {
        accounts::set_quota(&mut db, &account.id, quota).await?;
        let detail = quota.map_or("the setting's".into(), |bytes| format!("{bytes} bytes"));
        note(app, &mut db, actor, "account.quota", name.as_str(), &detail).await?;
    }
    keep_one(&mut db, &account).await?;
    let changed = accounts::by_name(&mut db, name).await?.ok_or_else(Problem::not_found)?;
    invitations::take_back_from(app, &mut db, actor, &changed).await?;
    db.commit().await?;
    if account.is_narrowed_to(&changed) {
        access::shut_out(app, &account).await?;
    }
    Ok(changed)
}

/// Gives the account `name` another password, and ends its sessions: for operators with a shell, who can read the database
/// anyway.
///
/// # Errors
/// 404 where there is none; 400 when the password breaks a rule.
pub async fn set_password(app: &App, name: &AccountName, password: String) -> Result<Account, Problem> {
    check_password(&password, name).map_err(|error| Problem::invalid("password", &error.to_string()))?;
    let hash = app.passwords.hash(password).await.map_err(|error| Problem::internal(&error.to_string()))?;
    let mut db = app.store.write().await?;
    let account = accounts::by_name(&mut db, name).await?.ok_or_else(Problem::not_found)?;
    accounts::set_password(&mut db, &account.id, &hash).await?;
    sessions::end_all(&mut db, &account.id, None).await?;
    note(app, &mut db, &Actor::program(), "account.password", name.as_str(), "from a shell").await?;
    db.commit().await?;
    Ok(account)
}

/// Lets only one change at a time count administrators, in PostgreSQL, too: two could each take the other's role.
///
/// # Errors
/// When the database refuses.
pub(super) async fn lock(db: &mut AnyConnection) -> Result<(), Problem> {
    Ok(facts::set(db, "administrators", "counted").await?)
}

/// Refuses a change of `account`, as it was before, that leaves no administrator.
///
/// # Errors
/// 409.
pub(super) async fn keep_one(db: &mut AnyConnection, account: &Account) -> Result<(), Problem> {
    if account.role == Role::Administrator && accounts::administrators(db).await? == 0 {
        let detail = "this is the last administrator: make another one first";
        return Err(Problem::conflict("last-administrator", detail));
    }
    Ok(())
}
