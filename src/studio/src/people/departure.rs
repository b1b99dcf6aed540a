//! Deleting an account: it is shut at once, its titles go, and then all that is left of it. A crash in between delays it.

use super::admin;
use super::trail::{Actor, note};
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{AccountState, Micros};
use crate::store::people::accounts::{self, Account};
use crate::store::people::{audit, departures, outbox, sessions, tokens};
use crate::store::{StoreError, titles, uploads};
use crate::titles::sharing::access::{self, Change};

/// Deletes `account`. The caller has demanded proof, or is an administrator. Nobody signs in to it from now on, and nobody
/// watches its titles; the rest is gone after the next rounds of tidying up.
///
/// # Errors
/// 409 for the last administrator.
pub async fn begin(app: &App, account: &Account, actor: &Actor) -> Result<(), Problem> {
    let owned = departures::titles(&mut *app.store.read().await?, &account.id).await?;
    let mut change = Change::begin(app, &owned).await?;
    admin::lock(&mut change).await?;
    accounts::set_state(&mut change, &account.id, AccountState::Disabled).await?;
    admin::keep_one(&mut change, account).await?;
    departures::insert(&mut change, &account.id, app.now()).await?;
    sessions::end_all(&mut change, &account.id, None).await?;
    tokens::remove_all(&mut change, &account.id).await?;
    uploads::terminate_all(&mut change, &account.id, app.now()).await?;
    for title in &owned {
        // Long ago: nobody can undo it, and it is taken out in the next round.
        titles::set_deleted(&mut change, title, Some(Micros(0))).await?;
    }
    note(app, &mut change, actor, "account.deleted", account.name.as_str(), "").await?;
    change.commit().await?;
    access::shut_out(app, account).await
}

/// Takes out the accounts that are to be deleted and whose titles are gone. The trail keeps their ids in the place of their
/// names.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn end(app: &App) -> Result<(), StoreError> {
    // What became a title while the account was being deleted.
    let late = departures::late(&mut *app.store.read().await?).await?;
    if !late.is_empty() {
        let mut change = Change::begin(app, &late).await?;
        for title in &late {
            titles::set_deleted(&mut change, title, Some(Micros(0))).await?;
        }
        if let Err(error) = change.commit().await {
            tracing::error!("titles of accounts that are deleted can't be: {error}");
        }
    }
    let due = departures::due(&mut *app.store.read().await?).await?;
    for id in due {
        let mut db = app.store.write().await?;
        if let Some(account) = accounts::by_id(&mut db, &id).await? {
            audit::rename(&mut db, account.name.as_str(), id.as_str()).await?;
            if let Some(email) = &account.email {
                outbox::remove_to(&mut db, email).await?;
            }
            departures::end(&mut db, &id).await?;
        }
        db.commit().await?;
    }
    Ok(())
}
