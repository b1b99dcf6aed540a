//! Signing in whoever has just shown who they are.

use axum::response::{AppendHeaders, IntoResponse as _};
use http::HeaderMap;
use http::header::{SET_COOKIE, USER_AGENT};

use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::cookie;
use crate::pages::{Page, see};
use crate::people::entry::sign_in::{self, From};
use crate::store::people::accounts::Account;

/// Begins a session of `account`, and leads to `path`.
pub(super) async fn begin(app: &App, account: &Account, client: &Client, headers: &HeaderMap, path: &str) -> Page {
    let secret = sign_in::admit(app, account, from(client, headers)).await?;
    let cookie = cookie::set(&secret, client).map(|value| (SET_COOKIE, value));
    Ok((AppendHeaders(cookie), see(path)).into_response())
}

/// The client and its browser.
pub(super) fn from<'a>(client: &'a Client, headers: &'a HeaderMap) -> From<'a> {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    From { client, agent, old: cookie::secret(headers, client) }
}
