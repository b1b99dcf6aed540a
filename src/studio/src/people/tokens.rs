//! Personal tokens: secrets by which programs act for an account, each for the scopes that it is made for.

use super::trail::{Actor, note};
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{Id, Scopes, Secret};
use crate::store::people::accounts::Account;
use crate::store::people::tokens::{self, Token};

/// Longest name, characters.
const LONGEST: usize = 100;
/// Most tokens of an account.
const MOST: usize = 100;

/// Makes a token of `account`; its secret is to be shown once.
///
/// # Errors
/// 400 for no name or no scope, 409 where there are too many.
pub async fn make(
    app: &App,
    account: &Account,
    actor: &Actor,
    name: &str,
    scopes: Scopes,
) -> Result<(Token, Secret), Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST || name.chars().any(char::is_control) {
        return Err(Problem::invalid("name", &format!("a token's name has 1 to {LONGEST} characters")));
    }
    if scopes.list().is_empty() {
        return Err(Problem::invalid("scopes", "name at least one scope"));
    }
    let secret = Secret::random()?;
    let token = Token { id: Id::random()?, name: name.into(), scopes, created: app.now(), seen: None };
    let mut db = app.store.write().await?;
    if tokens::of_account(&mut db, &account.id).await?.len() >= MOST {
        return Err(Problem::conflict("too-many", &format!("an account has at most {MOST} tokens: delete some")));
    }
    tokens::insert(&mut db, &token, &account.id, &secret.hash()).await?;
    note(app, &mut db, actor, "token.created", token.id.as_str(), &token.scopes.text()).await?;
    db.commit().await?;
    Ok((token, secret))
}

/// Takes a token of `account` away.
///
/// # Errors
/// 404 where there is none.
pub async fn remove(app: &App, account: &Account, actor: &Actor, id: &Id) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    if !tokens::remove(&mut db, &account.id, id).await? {
        return Err(Problem::not_found());
    }
    note(app, &mut db, actor, "token.deleted", id.as_str(), "").await?;
    Ok(db.commit().await?)
}
