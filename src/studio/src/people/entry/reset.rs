//! Another password for who has forgotten theirs, by a link in a mail.

use super::{password, sign_up};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::model::{AccountName, Secret, check_password};
use crate::people::admin;
use crate::people::mail::{self, Kind};
use crate::people::trail::{Actor, note};
use crate::store::people::{accounts, outbox, sessions};

/// Asks for a mail to whoever has this address. Nothing tells the caller whether that is anybody: the outbox takes it
/// either way, and who it is for is looked up when it is sent.
///
/// # Errors
/// 400 for what is no address, 429 after too many.
pub async fn ask(app: &App, email: &str, client: &Client) -> Result<(), Problem> {
    let email = sign_up::email(email)?;
    app.limits.reset(&email, client.network())?;
    let mut db = app.store.write().await?;
    note(app, &mut db, &Actor::stranger(client), "reset.asked", "", "").await?;
    mail::put(app, &mut db, Kind::Reset, &email, "").await?;
    Ok(db.commit().await?)
}

/// Starts a reset for the account `name`, by an administrator: a mail goes to its address. Where there is no mail, the link
/// is returned, to be handed over.
///
/// # Errors
/// 404 where there is no such account.
pub async fn start(app: &App, actor: &Actor, name: &AccountName) -> Result<Option<String>, Problem> {
    let account = admin::find(app, name).await?;
    let mut db = app.store.write().await?;
    note(app, &mut db, actor, "reset.started", name.as_str(), "").await?;
    let link = match &account.email {
        Some(email) if mail::is_on(app) => {
            mail::put(app, &mut db, Kind::Reset, email, "").await?;
            None
        }
        _ => Some(mail::reset_link(app, &mut db, &account).await?),
    };
    db.commit().await?;
    Ok(link)
}

/// Gives the account that the link is for another password, and ends all its sessions. Nobody is signed in by it, so a
/// second factor is asked for as ever.
///
/// # Errors
/// 404 for a link that is none, was used, or is over; 400 for a password that breaks a rule; 429 after too many.
pub async fn accept(app: &App, secret: &Secret, new: String, client: &Client) -> Result<(), Problem> {
    client.needs_privacy()?;
    app.limits.link(client.network())?;
    let mut db = app.store.read().await?;
    let link = outbox::link(&mut db, mail::RESET, &secret.hash(), app.now()).await?.ok_or_else(mail::ended)?;
    let account = accounts::by_id(&mut db, &link.account).await?.ok_or_else(mail::ended)?;
    drop(db);
    check_password(&new, &account.name).map_err(password::invalid)?;
    let hash = app.passwords.hash(new).await?;
    let mut db = app.store.write().await?;
    if !outbox::use_link(&mut db, mail::RESET, &secret.hash()).await? {
        return Err(mail::ended());
    }
    accounts::set_password(&mut db, &account.id, &hash).await?;
    sessions::end_all(&mut db, &account.id, None).await?;
    let actor = Actor::named(account.name.as_str(), client);
    note(app, &mut db, &actor, "password.reset", account.name.as_str(), "").await?;
    if let Some(email) = &account.email {
        mail::put(app, &mut db, Kind::Password, email, account.name.as_str()).await?;
    }
    Ok(db.commit().await?)
}
