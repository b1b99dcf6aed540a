//! Signing in elsewhere, by OpenID Connect.

use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use http::header::{SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::caller::cookie;
use crate::http::caller::signed_in::{SignedIn, Viewer};
use crate::http::path::{Asked, At};
use crate::http::problem::Problem;
use crate::model::{Scope, Secret};
use crate::pages::frame::own_path;
use crate::people::entry::proof;
use crate::people::entry::sign_in::From;
use crate::people::oidc::{self, Departure, Outcome, Returned};
use crate::people::trail::Actor;
use crate::store::people::identities::{self, Identity};

/// The page that asks for the code of a second factor.
const CODE_PAGE: &str = "/sign-in/code";

/// A place that one can sign in at.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Provider {
    id: String,
    name: String,
}

/// All of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Providers {
    items: Vec<Provider>,
    /// Always null: all are in one answer.
    next: Option<String>,
}

/// One's places elsewhere.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Identities {
    items: Vec<Identity>,
    /// Always null: all are in one answer.
    next: Option<String>,
}

/// The beginning of signing in elsewhere.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Begin {
    /// The path of this site to go on to.
    #[serde(default)]
    next: String,
}

/// The beginning of joining one's account to a place elsewhere.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Join {
    /// The password; none for who signs in elsewhere.
    #[serde(default)]
    password: Option<String>,
}

/// A place elsewhere that is to be taken away.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Place {
    issuer: String,
    subject: String,
}

/// The page of a provider, to go to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Elsewhere {
    url: String,
}

/// The code of a second factor.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OidcCode)]
pub(in crate::api) struct Code {
    totp: String,
}

/// The path to go on to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Onward {
    next: String,
}

/// Places that one can sign in at.
#[utoipa::path(get, path = "/oidc", responses((status = OK, body = Providers)))]
pub(in crate::api) async fn list(State(app): State<App>) -> Json<Providers> {
    let shown =
        |provider: &config::settings::Provider| Provider { id: provider.id.clone(), name: provider.name.clone() };
    Json(Providers { items: app.settings.oidc.iter().map(shown).collect(), next: None })
}

/// Begins to sign in elsewhere. The answer sets a cookie, which the way back needs.
#[utoipa::path(post, path = "/oidc/{id}", params(("id" = String, Path)), request_body = Begin, responses(
    (status = OK, body = Elsewhere),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
    (status = BAD_GATEWAY, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn begin(
    State(app): State<App>,
    client: Client,
    At(id): At<String>,
    Body(begin): Body<Begin>,
) -> Result<Response, Problem> {
    Ok(to(oidc::depart(&app, &id, None, own_path(&begin.next), &client).await?, &client))
}

/// Begins to join one's account to a place elsewhere.
#[utoipa::path(post, path = "/me/identities/{id}", params(("id" = String, Path)), request_body = Join, responses(
    (status = OK, body = Elsewhere),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = BAD_GATEWAY, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn join(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    At(id): At<String>,
    Body(join): Body<Join>,
) -> Result<Response, Problem> {
    client.needs_privacy()?;
    proof::by_password(&app, &signed_in, join.password).await?;
    Ok(to(oidc::depart(&app, &id, Some(signed_in.account.id), "/settings", &client).await?, &client))
}

fn to(departure: Departure, client: &Client) -> Response {
    let set = cookie::set_journey(&departure.cookie, client).map(|value| (SET_COOKIE, value));
    (AppendHeaders(set), Json(Elsewhere { url: departure.url })).into_response()
}

/// Takes in a browser that comes back from a provider, and leads it on: where the account has a second factor, to the page
/// that asks for its code.
#[utoipa::path(get, path = "/oidc/{id}/callback", params(("id" = String, Path), Returned), responses(
    (status = SEE_OTHER),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
    (status = BAD_GATEWAY, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn callback(
    State(app): State<App>,
    client: Client,
    viewer: Viewer,
    headers: HeaderMap,
    At(id): At<String>,
    Asked(returned): Asked<Returned>,
) -> Result<Response, Problem> {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let from = From { client: &client, agent, old: cookie::secret(&headers, &client) };
    let journey = cookie::journey(&headers, &client);
    let arrival = oidc::arrive(&app, &id, returned, journey, &viewer, from).await?;
    let (cookies, next) = match arrival.outcome {
        Outcome::SignedIn(secret) => (cookies(&secret, &client), arrival.next.as_str()),
        Outcome::NeedsCode(sealed) => (cookie::set_journey(&sealed, &client).into_iter().collect(), CODE_PAGE),
        Outcome::Joined => (cookie::clear_journey(&client).into_iter().collect(), arrival.next.as_str()),
    };
    let cookies: Vec<_> = cookies.into_iter().map(|value| (SET_COOKIE, value)).collect();
    Ok((AppendHeaders(cookies), Redirect::to(next)).into_response())
}

/// The cookies of a browser that has come to the end of its journey, signed in.
pub(crate) fn cookies(secret: &Secret, client: &Client) -> Vec<HeaderValue> {
    cookie::set(secret, client).into_iter().chain(cookie::clear_journey(client)).collect()
}

/// Ends signing in elsewhere by the code of the account's second factor. The answer sets the session's cookie.
#[utoipa::path(post, path = "/session/code", request_body = Code, responses(
    (status = OK, body = Onward),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn finish(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Body(code): Body<Code>,
) -> Result<Response, Problem> {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let from = From { client: &client, agent, old: cookie::secret(&headers, &client) };
    let (secret, next) = oidc::finish(&app, cookie::journey(&headers, &client), &code.totp, from).await?;
    let cookies: Vec<_> = cookies(&secret, &client).into_iter().map(|value| (SET_COOKIE, value)).collect();
    Ok((AppendHeaders(cookies), Json(Onward { next })).into_response())
}

/// One's places elsewhere.
#[utoipa::path(get, path = "/me/identities", responses(
    (status = OK, body = Identities),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn own(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Identities>, Problem> {
    signed_in.needs(Scope::Read)?;
    let items = identities::of_account(&mut *app.store.read().await?, &signed_in.account.id).await?;
    Ok(Json(Identities { items, next: None }))
}

/// Takes a place elsewhere away.
#[utoipa::path(delete, path = "/me/identities", params(Place), responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn part(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Asked(place): Asked<Place>,
) -> Result<StatusCode, Problem> {
    signed_in.needs_session()?;
    let actor = Actor::of(&signed_in, &client);
    oidc::part(&app, &signed_in.account, &actor, &place.issuer, &place.subject).await?;
    Ok(StatusCode::NO_CONTENT)
}
