//! `/settings/profile`: the account's mail address, and how pages look.

use axum::extract::State;
use serde::Deserialize;

use super::page::SettingsPage;
use super::password::refused;
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::entry::proof;
use crate::people::trail::Actor;
use crate::people::{address, mail};

/// Another mail address, with the present password.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    email: String,
    password: String,
}

/// `GET /settings/profile`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    html(&SettingsPage::of(&app, page, &signed_in, "profile"))
}

/// `POST /settings/profile`.
pub(super) async fn send(
    State(app): State<App>,
    page: Frame,
    client: Client,
    signed_in: SignedIn,
    Form(change): Form<Change>,
) -> Page {
    let did = if mail::is_on(&app) { "settings.mailed" } else { "settings.saved" };
    match apply(&app, &client, &signed_in, change).await {
        Ok(()) => Ok(see(&format!("/settings/profile?did={did}"))),
        Err(problem) => refused(SettingsPage::of(&app, page, &signed_in, "profile"), problem),
    }
}

async fn apply(app: &App, client: &Client, signed_in: &SignedIn, change: Change) -> Result<(), Problem> {
    client.needs_privacy()?;
    proof::by_password(app, signed_in, Some(change.password)).await?;
    address::change(app, &signed_in.account, &Actor::of(signed_in, client), &change.email).await
}
