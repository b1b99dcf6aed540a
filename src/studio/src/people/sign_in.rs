//! Signing in by password, and out.

use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{AccountState, Id, Secret};
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, Act};
use crate::store::sessions::{self, Session};

/// Longest text that a browser is remembered by.
const AGENT: usize = 200;

/// A client that signs in.
#[derive(Debug, Clone, Copy)]
pub struct From<'a> {
    /// Its address.
    pub address: &'a str,
    /// The browser, as it calls itself.
    pub agent: &'a str,
}

/// Signs in whoever has the password of the account that `name` is the name or mail address of.
///
/// # Errors
/// 401, the same and after the same time for an unknown name and a wrong password; 403 for who is right but can't come in.
pub async fn by_password(
    app: &App,
    name: &str,
    password: String,
    from: From<'_>,
) -> Result<(Account, Secret), Problem> {
    let found = accounts::to_sign_in(&mut *app.store.read().await?, name).await?;
    let (account, hash) = found.map_or((None, None), |found| (Some(found.account), found.password));
    let is_right =
        app.passwords.is_right(password, hash).await.map_err(|error| Problem::internal(&error.to_string()))?;
    let Some(account) = account.filter(|_| is_right) else {
        let target: String = name.chars().take(AGENT).collect();
        record(app, "", "session.refused", &target, "wrong name or password", from.address).await?;
        return Err(Problem::unauthorized("the name or the password is wrong"));
    };
    match account.state {
        AccountState::Active => {}
        AccountState::Pending => return Err(Problem::forbidden("an administrator has not let this account in yet")),
        AccountState::Disabled => return Err(Problem::forbidden("this account is disabled")),
    }
    let secret = begin(app, &account, from).await?;
    Ok((account, secret))
}

/// Begins a session of an account whose owner has shown who they are.
///
/// # Errors
/// When the database refuses.
pub async fn begin(app: &App, account: &Account, from: From<'_>) -> Result<Secret, Problem> {
    let secret = Secret::random()?;
    let now = app.now();
    let agent = from.agent.chars().take(AGENT).collect();
    let session = Session { id: Id::random()?, address: from.address.into(), agent, created: now, seen: now };
    let mut db = app.store.write().await?;
    sessions::insert(&mut db, &session, &account.id, &secret.hash()).await?;
    let name = account.name.to_string();
    audit::write(&mut db, &Id::random()?, &act(app, &name, "session.created", &name, "", from.address)).await?;
    db.commit().await?;
    Ok(secret)
}

/// Writes a line into the audit trail, and the same into the log.
///
/// # Errors
/// When the database refuses.
pub async fn record(
    app: &App,
    actor: &str,
    action: &'static str,
    target: &str,
    detail: &str,
    address: &str,
) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    audit::write(&mut db, &Id::random()?, &act(app, actor, action, target, detail, address)).await?;
    Ok(db.commit().await?)
}

fn act(app: &App, actor: &str, action: &'static str, target: &str, detail: &str, address: &str) -> Act {
    tracing::info!(actor, action, target, detail, address, "audit");
    Act {
        at: app.now(),
        actor: actor.into(),
        action,
        target: target.into(),
        detail: detail.into(),
        address: address.into(),
    }
}
