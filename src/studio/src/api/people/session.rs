//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::header::{SET_COOKIE, USER_AGENT};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::caller::cookie;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::{AccountName, Id, Role};
use crate::people::entry::sign_in::{self, From};
use crate::people::trail::Actor;

/// Who signs in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Credentials {
    /// The account's name or mail address.
    name: String,
    password: String,
    /// A code of the second factor, or a recovery code; an answer 401 of the type `totp-required` asks for it.
    #[serde(default)]
    totp: Option<String>,
}

/// Who is signed in now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Begun {
    id: Id,
    name: AccountName,
    role: Role,
}

/// Signs in. The answer sets the session's cookie.
#[utoipa::path(post, path = "/session", request_body = Credentials, responses(
    (status = OK, body = Begun),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn create(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Result<Response, Problem> {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let from = From { client: &client, agent, old: cookie::secret(&headers, &client) };
    let shown = sign_in::Credentials { name: credentials.name, password: credentials.password, totp: credentials.totp };
    let (account, secret) = sign_in::by_password(&app, shown, from).await?;
    let begun = Begun { id: account.id, name: account.name, role: account.role };
    Ok((AppendHeaders(cookie::set(&secret, &client).map(|value| (SET_COOKIE, value))), Json(begun)).into_response())
}

/// Signs out.
#[utoipa::path(delete, path = "/session", responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn delete(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
) -> Result<Response, Problem> {
    let session = signed_in.needs_session()?;
    sign_in::end(&app, &Actor::of(&signed_in, &client), &signed_in.account, &session.id).await?;
    let cleared = AppendHeaders(cookie::clear(&client).map(|value| (SET_COOKIE, value)));
    Ok((StatusCode::NO_CONTENT, cleared).into_response())
}
