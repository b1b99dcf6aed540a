//! `/settings/tokens`: programs that are signed in.

use axum::extract::State;
use axum::response::IntoResponse as _;
use serde::Deserialize;

use super::page::{SettingsPage, TokenLine};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::{Id, Scope, Scopes};
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::tokens;
use crate::people::trail::Actor;
use crate::store::people::tokens as table;

/// The token to revoke.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ended {
    token: Id,
}

/// `GET /settings/tokens`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    html(&place(&app, page, &signed_in).await?)
}

async fn place(app: &App, page: Frame, signed_in: &SignedIn) -> Result<SettingsPage, Problem> {
    let found = table::of_account(&mut *app.store.read().await?, &signed_in.account.id).await?;
    let line = |token: table::Token| TokenLine {
        id: token.id.to_string(),
        name: token.name,
        scopes: token.scopes.list().iter().map(|scope| page.t_of("scope", scope.name())).collect::<Vec<_>>().join(", "),
        made: page.put("sessions.made", "when", page.ago(token.created)),
    };
    let tokens = found.into_iter().map(line).collect();
    let scopes = Scope::ALL.into_iter().map(Scope::name).collect();
    Ok(SettingsPage { tokens, scopes, ..SettingsPage::of(app, page.clone(), signed_in, "tokens") })
}

/// `POST /settings/tokens`. The answer shows the token; it is never shown again. The field `scope` is there once for each.
pub(super) async fn make(
    State(app): State<App>,
    page: Frame,
    client: Client,
    signed_in: SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Page {
    signed_in.needs_session()?;
    client.needs_privacy()?;
    let values =
        |name: &'static str| fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str());
    let chosen = values("scope").collect::<Vec<_>>().join(" ");
    let name = values("name").next().unwrap_or_default();
    let actor = Actor::of(&signed_in, &client);
    let made = tokens::make(&app, &signed_in.account, &actor, name, Scopes::parse(&chosen)).await;
    match made {
        Ok((_, secret)) => {
            let made_token = Some(secret.reveal().to_owned());
            html(&SettingsPage { made_token, ..place(&app, page, &signed_in).await? })
        }
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let status = problem.status();
            let shown = SettingsPage { wrong: Some(problem.detail), ..place(&app, page, &signed_in).await? };
            Ok((status, html(&shown)?).into_response())
        }
    }
}

/// `POST /settings/tokens/end`.
pub(super) async fn end(State(app): State<App>, client: Client, signed_in: SignedIn, Form(ended): Form<Ended>) -> Page {
    tokens::remove(&app, &signed_in.account, &Actor::of(&signed_in, &client), &ended.token).await?;
    Ok(see("/settings/tokens?did=tokens.ended"))
}
