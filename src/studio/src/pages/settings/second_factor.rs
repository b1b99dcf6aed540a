//! `/settings/second-factor`.

use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::page::{Factor, SettingsPage};
use super::password::refused;
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::entry::{proof, second_factor};
use crate::people::trail::Actor;

/// Proof that it is oneself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    password: String,
}

/// A first code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    totp: String,
    /// What is being set up, to show it again after a wrong code.
    secret: String,
    qr: String,
}

/// `GET /settings/second-factor`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    html(&place(&app, page, &signed_in).await?)
}

async fn place(app: &App, page: Frame, signed_in: &SignedIn) -> Result<SettingsPage, Problem> {
    let factor = Factor { on: second_factor::is_on(app, &signed_in.account).await?, ..Factor::default() };
    Ok(SettingsPage { factor, ..SettingsPage::of(app, page, signed_in, "second-factor") })
}

/// `POST /settings/second-factor`: begins to set it up.
pub(super) async fn begin(
    State(app): State<App>,
    page: Frame,
    client: Client,
    signed_in: SignedIn,
    Form(shown): Form<Proof>,
) -> Page {
    let place = place(&app, page, &signed_in).await?;
    match start(&app, &client, &signed_in, shown).await {
        Ok(factor) => html(&SettingsPage { factor, ..place }),
        Err(problem) => refused(place, problem),
    }
}

async fn start(app: &App, client: &Client, signed_in: &SignedIn, shown: Proof) -> Result<Factor, Problem> {
    client.needs_privacy()?;
    proof::by_password(app, signed_in, Some(shown.password)).await?;
    let setup = second_factor::begin(app, &signed_in.account).await?;
    let qr = format!("data:image/svg+xml;base64,{}", STANDARD.encode(setup.qr));
    Ok(Factor { secret: Some(setup.secret), qr: Some(qr), ..Factor::default() })
}

/// `POST /settings/second-factor/confirm`. The answer shows the recovery codes; they are never shown again.
pub(super) async fn confirm(
    State(app): State<App>,
    page: Frame,
    client: Client,
    signed_in: SignedIn,
    Form(code): Form<Code>,
) -> Page {
    client.needs_privacy()?;
    signed_in.needs_session()?;
    let actor = Actor::of(&signed_in, &client);
    let confirmed = second_factor::confirm(&app, &signed_in.account, &actor, &code.totp).await;
    let place = place(&app, page, &signed_in).await?;
    match confirmed {
        Ok(recovery) => html(&SettingsPage { factor: Factor { on: true, recovery, ..Factor::default() }, ..place }),
        Err(problem) => {
            let qr = Some(code.qr).filter(|qr| qr.starts_with("data:image/svg+xml;base64,"));
            let factor = Factor { secret: Some(code.secret), qr, ..Factor::default() };
            refused(SettingsPage { factor, ..place }, problem)
        }
    }
}

/// `POST /settings/second-factor/end`.
pub(super) async fn end(
    State(app): State<App>,
    page: Frame,
    client: Client,
    signed_in: SignedIn,
    Form(shown): Form<Proof>,
) -> Page {
    match proof::by_password(&app, &signed_in, Some(shown.password)).await {
        Ok(()) => {
            second_factor::remove(&app, &signed_in.account, &Actor::of(&signed_in, &client)).await?;
            Ok(see("/settings/second-factor?did=settings.saved"))
        }
        Err(problem) => refused(place(&app, page, &signed_in).await?, problem),
    }
}
