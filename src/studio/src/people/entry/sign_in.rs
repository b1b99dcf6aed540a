//! Signing in by password, and out.

use crate::http::App;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::meters::SignIn;
use crate::model::{AccountState, Id, Secret};
use crate::people::entry::second_factor;
use crate::people::trail::{Actor, note, record};
use crate::store::people::accounts::{self, Account};
use crate::store::people::sessions::{self, Session};

/// Longest text that a browser is remembered by.
const AGENT: usize = 200;

/// Somebody who wants to sign in.
#[derive(Debug, Default)]
pub struct Credentials {
    /// The account's name or mail address.
    pub name: String,
    /// Its password.
    pub password: String,
    /// A code of its second factor, where it has one.
    pub totp: Option<String>,
}

/// A client that signs in.
#[derive(Debug)]
pub struct From<'a> {
    /// The client.
    pub client: &'a Client,
    /// The browser, as it calls itself.
    pub agent: &'a str,
    /// The session that it has already, which ends (ASVS 5.0 7.2.4).
    pub old: Option<Secret>,
}

/// Signs in whoever has the password of the account that `name` is the name or mail address of.
///
/// # Errors
/// 401, the same and after the same time for an unknown name and a wrong password, and where a code is needed, too; 403 for who is right but can't come
/// in; 429 after too many wrong ones.
pub async fn by_password(app: &App, credentials: Credentials, from: From<'_>) -> Result<(Account, Secret), Problem> {
    from.client.needs_privacy()?;
    let found = accounts::to_sign_in(&mut *app.store.read().await?, &credentials.name).await?;
    let (known, hash) = found.map_or((None, None), |found| (Some(found.account), found.password));
    // By name or by address, it is one account's.
    let counted = known.as_ref().map_or(credentials.name.as_str(), |account| account.name.as_str());
    let attempt = app.limits.sign_in(counted, from.client.network())?;
    let is_right = app.passwords.is_right(credentials.password, hash).await?;
    let Some(account) = known.clone().filter(|_| is_right) else {
        // A name that nobody has may be a password in the wrong field: it is noted nowhere (ASVS 5.0 16.2.5).
        let target = known.map(|account| account.name.to_string()).unwrap_or_default();
        app.meters.signed_in(SignIn::Refused);
        record(app, &Actor::stranger(from.client), "session.refused", &target, "wrong name or password").await?;
        return Err(attempt.was_wrong(Problem::unauthorized("the name or the password is wrong")));
    };
    attempt.was_right();
    let actor = Actor::named(account.name.as_str(), from.client);
    second_factor::demand(app, &account, &actor, credentials.totp.as_deref()).await?;
    let secret = admit(app, &account, from).await?;
    Ok((account, secret))
}

/// Begins a session of an account whose owner has shown who they are, if it may come in.
///
/// # Errors
/// 403 if it may not; and when the database refuses.
pub async fn admit(app: &App, account: &Account, from: From<'_>) -> Result<Secret, Problem> {
    let actor = Actor::named(account.name.as_str(), from.client);
    let closed = match account.state {
        AccountState::Active => None,
        AccountState::Pending => Some("an administrator has not let this account in yet"),
        AccountState::Disabled => Some("this account is disabled"),
    };
    if let Some(why) = closed {
        app.meters.signed_in(SignIn::Refused);
        record(app, &actor, "session.refused", &actor.name, why).await?;
        return Err(Problem::forbidden(why));
    }
    let secret = Secret::random()?;
    let now = app.now();
    let agent = from.agent.chars().take(AGENT).collect();
    let session = Session { id: Id::random()?, address: from.client.text(), agent, created: now, seen: now };
    let mut db = app.store.write().await?;
    if let Some(old) = from.old {
        sessions::end_by_secret(&mut db, &old.hash()).await?;
    }
    sessions::insert(&mut db, &session, &account.id, &secret.hash()).await?;
    note(app, &mut db, &actor, "session.created", &actor.name, "").await?;
    db.commit().await?;
    app.meters.signed_in(SignIn::Accepted);
    Ok(secret)
}

/// Ends the session `id` of `account`; true if there was one.
///
/// # Errors
/// When the database refuses.
pub async fn end(app: &App, actor: &Actor, account: &Account, id: &Id) -> Result<bool, Problem> {
    let mut db = app.store.write().await?;
    let ended = sessions::end(&mut db, &account.id, id).await?;
    if ended {
        note(app, &mut db, actor, "session.ended", account.name.as_str(), "").await?;
    }
    db.commit().await?;
    Ok(ended)
}

/// Ends all sessions of `account` but the one that is kept.
///
/// # Errors
/// When the database refuses.
pub async fn end_all(app: &App, actor: &Actor, account: &Account, keep: Option<&Id>) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    sessions::end_all(&mut db, &account.id, keep).await?;
    note(app, &mut db, actor, "session.ended", account.name.as_str(), "all others").await?;
    Ok(db.commit().await?)
}
