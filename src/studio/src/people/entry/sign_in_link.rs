//! A link that signs in, for an account whose owner the operator knows: printed by `pack account link`, good once and for a
//! short time.

use super::sign_in::{self, From};
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{AccountName, Secret};
use crate::people::trail::{Actor, note};
use crate::people::{admin, mail};
use crate::store::people::accounts::{self, Account};
use crate::store::people::outbox;

/// The kind of these links.
const KIND: &str = "sign-in";
/// Seconds that one is good for.
pub const GOOD_FOR: i64 = 15 * 60;

/// The path of a new link for the account `name`. The one before ends.
///
/// # Errors
/// 404 where there is no such account.
pub async fn make(app: &App, actor: &Actor, name: &AccountName) -> Result<String, Problem> {
    let account = admin::find(app, name).await?;
    let secret = Secret::random()?;
    let mut db = app.store.write().await?;
    outbox::set_link(&mut db, &account.id, KIND, &secret.hash(), None, app.now().plus_seconds(GOOD_FOR)).await?;
    note(app, &mut db, actor, "session.link", name.as_str(), "").await?;
    db.commit().await?;
    Ok(format!("/sign-in/link?secret={}", secret.reveal()))
}

/// Signs in whoever has the link, and uses it up. No second factor is asked for: who has a shell may take it away.
///
/// # Errors
/// 404 for a link that is none, was used, or is over; 403 for an account that may not come in; 429 after too many.
pub async fn accept(app: &App, secret: &Secret, from: From<'_>) -> Result<(Account, Secret), Problem> {
    from.client.needs_privacy()?;
    app.limits.link(from.client.network())?;
    let mut db = app.store.write().await?;
    let link = outbox::link(&mut db, KIND, &secret.hash(), app.now()).await?.ok_or_else(mail::ended)?;
    let account = accounts::by_id(&mut db, &link.account).await?.ok_or_else(mail::ended)?;
    if !outbox::use_link(&mut db, KIND, &secret.hash()).await? {
        return Err(mail::ended());
    }
    db.commit().await?;
    let session = sign_in::admit(app, &account, from).await?;
    Ok((account, session))
}
