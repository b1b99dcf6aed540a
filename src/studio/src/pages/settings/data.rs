//! `/settings/data`: taking one's data along, and leaving.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _};
use http::header::SET_COOKIE;
use serde::Deserialize;

use super::page::SettingsPage;
use super::password::refused;
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::cookie;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::departure;
use crate::people::entry::proof;
use crate::people::trail::Actor;

/// The wish to leave, with the present password.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leave {
    password: String,
    sure: Option<String>,
}

/// `GET /settings/data`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    html(&SettingsPage::of(&app, page, &signed_in, "data"))
}

/// `POST /settings/delete`.
pub(super) async fn leave(
    State(app): State<App>,
    page: Frame,
    client: Client,
    signed_in: SignedIn,
    Form(leave): Form<Leave>,
) -> Page {
    if leave.sure.is_none() {
        return Ok(see("/settings/data"));
    }
    match begin(&app, &client, &signed_in, leave.password).await {
        Ok(()) => {
            let cleared = AppendHeaders(cookie::clear(&client).map(|value| (SET_COOKIE, value)));
            Ok((cleared, see("/?did=data.deleted")).into_response())
        }
        Err(problem) => refused(SettingsPage::of(&app, page, &signed_in, "data"), problem),
    }
}

async fn begin(app: &App, client: &Client, signed_in: &SignedIn, password: String) -> Result<(), Problem> {
    client.needs_privacy()?;
    proof::by_password(app, signed_in, Some(password)).await?;
    departure::begin(app, &signed_in.account, &Actor::of(signed_in, client)).await
}
