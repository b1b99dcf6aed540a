//! The code of a second factor, for who was known at another place and has one here.

use serde::{Deserialize, Serialize};

use super::{GOOD_FOR, strayed};
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{Id, Secret};
use crate::people::entry::second_factor;
use crate::people::entry::sign_in::{self, From};
use crate::people::trail::Actor;
use crate::store::people::accounts::{self, Account};

/// The place that it is sealed for: what a journey is sealed as opens nothing here.
const PLACE: &str = "oidc-code";

/// Somebody whom a provider knew, and whose code is awaited.
#[derive(Serialize, Deserialize)]
struct Awaited {
    account: Id,
    next: String,
    began: i64,
}

/// Seals that the code of `account` is awaited, for the browser's cookie.
pub(super) fn ask(app: &App, account: &Account, next: &str) -> Result<String, Problem> {
    let awaited = Awaited { account: account.id.clone(), next: next.into(), began: app.now().0 };
    let text = serde_json::to_vec(&awaited).map_err(|error| Problem::internal(&error.to_string()))?;
    Ok(app.vault.seal(PLACE, &text)?)
}

/// Begins the session of whoever a provider knew, by the code of their second factor. Returns its secret, and the path to go
/// on to.
///
/// # Errors
/// 400 where nobody's code is awaited in this browser, 401 for a wrong code, 403 for who can't come in, 429 after too many.
pub async fn finish(app: &App, cookie: Option<&str>, code: &str, from: From<'_>) -> Result<(Secret, String), Problem> {
    from.client.needs_privacy()?;
    let sealed = cookie.and_then(|sealed| app.vault.open_sealed(PLACE, sealed).ok());
    let awaited = sealed.and_then(|text| serde_json::from_slice::<Awaited>(&text).ok());
    let is_in_time = |awaited: &Awaited| app.now().0.saturating_sub(awaited.began) <= GOOD_FOR * 1_000_000;
    let awaited = awaited.filter(is_in_time).ok_or_else(|| strayed("no code is awaited here, or it took too long"))?;
    let account = accounts::by_id(&mut *app.store.read().await?, &awaited.account).await?;
    let account = account.ok_or_else(|| strayed("the account is gone"))?;
    let actor = Actor::named(account.name.as_str(), from.client);
    second_factor::demand(app, &account, &actor, Some(code)).await?;
    Ok((sign_in::admit(app, &account, from).await?, awaited.next))
}
