//! The first start: a link, good once, that makes the administrator. There is no account before it, and no password that
//! anybody could know (ASVS 5.0 6.3.2).

use super::sign_up::{Wanted, insert, prepare};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::model::{AccountName, AccountState, Role, Secret};
use crate::people::trail::{Actor, note};
use crate::store::facts;
use crate::store::people::accounts::{self, Account};

/// The fact that holds the secret's hash.
const FACT: &str = "welcome";

/// The path of a new link, where there is no administrator yet. The one before ends.
///
/// # Errors
/// When the database refuses.
pub async fn link(app: &App) -> Result<Option<String>, Problem> {
    let mut db = app.store.write().await?;
    if accounts::administrators(&mut db).await? > 0 {
        return Ok(None);
    }
    let secret = Secret::random()?;
    facts::set(&mut db, FACT, secret.hash().as_str()).await?;
    db.commit().await?;
    Ok(Some(format!("/welcome?secret={}", secret.reveal())))
}

/// True if `secret` is that of the link.
///
/// # Errors
/// When the database refuses.
pub async fn is_open(app: &App, secret: &Secret) -> Result<bool, Problem> {
    let hash = facts::get(&mut *app.store.read().await?, FACT).await?;
    Ok(hash.is_some_and(|hash| hash == secret.hash().as_str()))
}

/// Makes the administrator, for whoever has the link. They may take a reserved name.
///
/// # Errors
/// 404 for a wrong link, or one that was used; and when the name or password breaks a rule.
pub async fn accept(
    app: &App,
    secret: &Secret,
    name: AccountName,
    password: String,
    client: &Client,
) -> Result<Account, Problem> {
    client.needs_privacy()?;
    app.limits.link(client.network())?;
    if !is_open(app, secret).await? {
        return Err(ended());
    }
    let wanted = Wanted { name, email: None, password };
    let prepared = prepare(app, wanted, Role::Administrator, AccountState::Active).await?;
    let mut db = app.store.write().await?;
    let was_open = facts::remove(&mut db, FACT, secret.hash().as_str()).await?;
    if !was_open || accounts::administrators(&mut db).await? > 0 {
        return Err(ended());
    }
    insert(&mut db, &prepared).await?;
    let name = prepared.account.name.as_str();
    note(app, &mut db, &Actor::named(name, client), "account.created", name, "the first administrator").await?;
    db.commit().await?;
    Ok(prepared.account)
}

fn ended() -> Problem {
    Problem { detail: "this link was used or has ended; a restart prints a new one".into(), ..Problem::not_found() }
}
