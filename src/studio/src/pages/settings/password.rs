//! `/settings/password`.

use axum::extract::State;
use axum::response::IntoResponse as _;
use serde::Deserialize;

use super::page::SettingsPage;
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::entry::{password, proof};
use crate::people::trail::Actor;

/// Another password, with the present one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// There for password managers.
    #[serde(rename = "username")]
    _name: Option<String>,
    password: String,
    new_password: String,
}

/// `GET /settings/password`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    html(&SettingsPage::of(&app, page, &signed_in, "password"))
}

/// `POST /settings/password`.
pub(super) async fn send(
    State(app): State<App>,
    page: Frame,
    client: Client,
    signed_in: SignedIn,
    Form(change): Form<Change>,
) -> Page {
    match apply(&app, &client, &signed_in, change).await {
        Ok(()) => Ok(see("/settings/password?did=settings.saved")),
        Err(problem) => refused(SettingsPage::of(&app, page, &signed_in, "password"), problem),
    }
}

async fn apply(app: &App, client: &Client, signed_in: &SignedIn, change: Change) -> Result<(), Problem> {
    client.needs_privacy()?;
    proof::by_password(app, signed_in, Some(change.password)).await?;
    password::change(app, signed_in, &Actor::of(signed_in, client), change.new_password).await
}

/// The place again, with what is wrong.
pub(super) fn refused(place: SettingsPage, problem: Problem) -> Page {
    let status = problem.status();
    if status.is_server_error() {
        return Err(problem);
    }
    Ok((status, html(&SettingsPage { wrong: Some(problem.detail), ..place })?).into_response())
}
