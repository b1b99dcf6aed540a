//! `/sign-in/link`: a link that signs in.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _};
use http::HeaderMap;
use http::header::SET_COOKIE;

use super::begin::from;
use super::reset::{AskPage, Link};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::cookie;
use crate::http::path::Asked;
use crate::model::Secret;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::entry::sign_in_link;

/// `GET /sign-in/link`. Following it uses nothing up: messengers look at addresses that are sent with them.
pub(super) async fn show(page: Frame) -> Page {
    html(&AskPage { page, key: "sign_in_link", field: None, wrong: None })
}

/// `POST /sign-in/link`.
pub(super) async fn send(State(app): State<App>, client: Client, headers: HeaderMap, Asked(link): Asked<Link>) -> Page {
    let secret = Secret::shown(&link.secret.unwrap_or_default());
    let (_, session) = sign_in_link::accept(&app, &secret, from(&client, &headers)).await?;
    let cookie = cookie::set(&session, &client).map(|value| (SET_COOKIE, value));
    Ok((AppendHeaders(cookie), see("/")).into_response())
}
