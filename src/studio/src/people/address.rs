//! Another mail address.

use super::entry::sign_up::{self, MakeError};
use super::mail::{self, Kind};
use super::trail::{Actor, note};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::model::Secret;
use crate::store::people::accounts::{self, Account};
use crate::store::people::outbox;

/// Gives `account` another address. The caller has demanded proof. Where there is mail, it counts once the link that is
/// sent to it was followed, and nothing tells whether it is another account's; without mail it counts at once.
///
/// # Errors
/// 400 for what is no address; 429 for too many letters; without mail, 409 where it is another account's.
pub async fn change(app: &App, account: &Account, actor: &Actor, email: &str) -> Result<(), Problem> {
    let email = sign_up::email(email)?;
    let mut db = app.store.write().await?;
    note(app, &mut db, actor, "address.asked", account.name.as_str(), "").await?;
    if mail::is_on(app) {
        app.limits.letter(&account.id, &email)?;
        mail::put(app, &mut db, Kind::Confirm, &email, account.id.as_str()).await?;
    } else {
        set(&mut db, account, &email).await?;
        note(app, &mut db, actor, "address.changed", account.name.as_str(), "").await?;
    }
    Ok(db.commit().await?)
}

/// Confirms an address by the link that was sent to it; the address before is told.
///
/// # Errors
/// 404 for a link that is none, was used, or is over; 409 where it became another account's meanwhile.
pub async fn confirm(app: &App, secret: &Secret, client: &Client) -> Result<(), Problem> {
    app.limits.link(client.network())?;
    let mut db = app.store.write().await?;
    let link = outbox::link(&mut db, mail::CONFIRM, &secret.hash(), app.now()).await?.ok_or_else(mail::ended)?;
    let account = accounts::by_id(&mut db, &link.account).await?.ok_or_else(mail::ended)?;
    let email = link.email.ok_or_else(mail::ended)?;
    if !outbox::use_link(&mut db, mail::CONFIRM, &secret.hash()).await? {
        return Err(mail::ended());
    }
    set(&mut db, &account, &email).await?;
    let actor = Actor::named(account.name.as_str(), client);
    note(app, &mut db, &actor, "address.changed", account.name.as_str(), "").await?;
    if let Some(old) = account.email.filter(|old| *old != email) {
        mail::put(app, &mut db, Kind::Moved, &old, account.name.as_str()).await?;
    }
    Ok(db.commit().await?)
}

async fn set(db: &mut crate::store::Write, account: &Account, email: &str) -> Result<(), Problem> {
    match accounts::set_email(db, &account.id, email).await {
        Err(error) if error.is_duplicate() => Err(MakeError::Taken.into()),
        other => Ok(other?),
    }
}
