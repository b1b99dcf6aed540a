//! Taking one's data along, and leaving.

use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_DISPOSITION;
use serde::Deserialize;

use crate::api::admin::{by_administrator, named};
use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::Scope;
use crate::people::entry::proof;
use crate::people::trail::Actor;
use crate::people::{admin, departure};
use crate::store::people::export;

/// Proof that it is oneself.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Leave {
    /// The password; none for who signs in elsewhere.
    #[serde(default)]
    password: Option<String>,
}

/// All that is held about one's account.
#[utoipa::path(get, path = "/me/export", responses(
    (status = OK, body = Value),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn export(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
) -> Result<Response, Problem> {
    signed_in.needs(Scope::Read)?;
    let all = export::all(&mut *app.store.read().await?, &signed_in.account).await?;
    let name = signed_in.account.name.as_str();
    tracing::info!(actor = name, address = client.text(), "account exported");
    let header = (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.json\""));
    Ok((AppendHeaders([header]), Json(all)).into_response())
}

/// Deletes one's account with all titles. Nothing of it can be undone.
#[utoipa::path(post, path = "/me/deletion", request_body = Leave, responses(
    (status = ACCEPTED),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn leave(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Body(shown): Body<Leave>,
) -> Result<StatusCode, Problem> {
    client.needs_privacy()?;
    proof::by_password(&app, &signed_in, shown.password).await?;
    departure::begin(&app, &signed_in.account, &Actor::of(&signed_in, &client)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Deletes an account, by an administrator: who is not let in, or has to go.
#[utoipa::path(delete, path = "/accounts/{name}", params(("name" = String, Path)), responses(
    (status = ACCEPTED),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn remove(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    by_administrator(&signed_in)?;
    let account = admin::find(&app, &named(&name)?).await?;
    departure::begin(&app, &account, &Actor::of(&signed_in, &client)).await?;
    Ok(StatusCode::ACCEPTED)
}
