//! Who somebody is here: an account is known by issuer and subject, and by nothing else. A mail address joins nothing, since
//! a provider may say of any that it is confirmed.

use super::provider::Identity;
use crate::http::App;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::model::{AccountName, Secret};
use crate::people::entry::sign_up::{self, MakeError, Prepared};
use crate::people::trail::{Actor, note};
use crate::store::Write;
use crate::store::people::accounts::{self, Account};
use crate::store::people::identities;

/// Names that are tried for a new account.
const NAMES: usize = 20;

/// The account that the identity is joined to; who is new signs up, as the settings allow.
pub(super) async fn account(app: &App, identity: &Identity, client: &Client) -> Result<Account, Problem> {
    let mut db = app.store.read().await?;
    let known = identities::account(&mut db, &identity.issuer, &identity.subject).await?;
    drop(db);
    match known {
        Some(account) => Ok(account),
        None => sign_up(app, identity, client).await,
    }
}

async fn sign_up(app: &App, identity: &Identity, client: &Client) -> Result<Account, Problem> {
    let (role, state) = (sign_up::role(app), sign_up::state(app)?);
    app.limits.sign_up(client.network())?;
    let mut db = app.store.write().await?;
    let name = free_name(&mut db, identity.name.as_deref().unwrap_or_default()).await?;
    let mut account = sign_up::blank(app, name, role, state)?;
    account.email = free_address(&mut db, identity.email.as_deref()).await?;
    let prepared = Prepared { account, hash: None };
    sign_up::insert(&mut db, &prepared).await?;
    let account = prepared.account;
    insert(app, &mut db, &account, identity).await?;
    let name = account.name.as_str();
    let detail = format!("signed up by {}", identity.provider);
    note(app, &mut db, &Actor::named(name, client), "account.created", name, &detail).await?;
    db.commit().await?;
    Ok(account)
}

/// Joins the identity to an account that is signed in.
pub(super) async fn join(app: &App, account: &Account, identity: Identity, client: &Client) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    insert(app, &mut db, account, &identity).await?;
    let name = account.name.as_str();
    note(app, &mut db, &Actor::named(name, client), "identity.joined", name, &identity.provider).await?;
    Ok(db.commit().await?)
}

/// Takes an account's place elsewhere away.
///
/// # Errors
/// 404 where there is none; 409 where nothing else would let its owner in.
pub async fn part(app: &App, account: &Account, actor: &Actor, issuer: &str, subject: &str) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    if !identities::remove(&mut db, &account.id, issuer, subject).await? {
        return Err(Problem::not_found());
    }
    let has_password = accounts::password(&mut db, &account.id).await?.is_some();
    if !has_password && identities::of_account(&mut db, &account.id).await?.is_empty() {
        return Err(Problem::conflict("last-way-in", "nothing else lets you in: choose a password first"));
    }
    note(app, &mut db, actor, "identity.parted", account.name.as_str(), issuer).await?;
    Ok(db.commit().await?)
}

async fn insert(app: &App, db: &mut Write, account: &Account, identity: &Identity) -> Result<(), Problem> {
    match identities::insert(db, &account.id, &identity.issuer, &identity.subject, app.now()).await {
        Err(error) if error.is_duplicate() => {
            Err(Problem::conflict("identity-taken", "this sign-in is joined to an account already"))
        }
        other => Ok(other?),
    }
}

/// A name like `wanted` that no account has.
async fn free_name(db: &mut Write, wanted: &str) -> Result<AccountName, Problem> {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    let stem: String = wanted.split('@').next().unwrap_or_default().chars().filter(is_plain).take(30).collect();
    let stem = stem.trim_matches(['.', '_', '-']).to_ascii_lowercase();
    let stem = if stem.len() < 2 { "viewer".to_owned() } else { stem };
    for n in 1..=NAMES {
        let text = match n {
            1 => stem.clone(),
            _ if n < NAMES => format!("{stem}-{n}"),
            _ => format!("{stem}-{}", Secret::random()?.reveal().get(..8).unwrap_or_default()),
        };
        if let Ok(name) = text.parse::<AccountName>()
            && accounts::by_name(db, &name).await?.is_none()
        {
            return Ok(name);
        }
    }
    Err(MakeError::Taken.into())
}

/// The address, if it is one that no account has.
async fn free_address(db: &mut Write, address: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(address) = address.and_then(|text| sign_up::email(text).ok()) else { return Ok(None) };
    let is_free = accounts::by_email(db, &address).await?.is_none();
    Ok(is_free.then_some(address))
}
