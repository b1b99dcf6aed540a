//! Another password by mail, and another mail address.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::api::admin::{by_administrator, named};
use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::Secret;
use crate::people::trail::Actor;
use crate::people::{
    address,
    entry::{proof, reset},
};

/// Somebody who has forgotten their password.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Forgotten {
    email: String,
}

/// Another password, by a link.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Reset {
    /// The secret of the link.
    secret: String,
    #[schema(min_length = 12, max_length = 1000)]
    new_password: String,
}

/// A reset that an administrator started.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Started {
    /// The link, to be handed over; null where a mail has it.
    url: Option<String>,
}

/// Another mail address.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewAddress {
    email: String,
    /// The password; none for who signs in elsewhere.
    #[serde(default)]
    password: Option<String>,
}

/// A link that was followed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Followed {
    /// The secret of the link.
    secret: String,
}

/// Asks for a mail with a link to another password. The answer is the same whoever has the address, or nobody.
#[utoipa::path(post, path = "/resets", request_body = Forgotten, responses(
    (status = ACCEPTED),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn ask(
    State(app): State<App>,
    client: Client,
    Body(forgotten): Body<Forgotten>,
) -> Result<StatusCode, Problem> {
    reset::ask(&app, &forgotten.email, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Chooses another password by a link. All sessions end.
#[utoipa::path(put, path = "/resets", request_body = Reset, responses(
    (status = NO_CONTENT),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn accept(
    State(app): State<App>,
    client: Client,
    Body(new): Body<Reset>,
) -> Result<StatusCode, Problem> {
    reset::accept(&app, &Secret::shown(&new.secret), new.new_password, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Starts a reset of an account's password, by an administrator.
#[utoipa::path(post, path = "/accounts/{name}/reset", params(("name" = String, Path)), responses(
    (status = OK, body = Started),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn start(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    At(name): At<String>,
) -> Result<Json<Started>, Problem> {
    client.needs_privacy()?;
    by_administrator(&signed_in)?;
    signed_in.needs_session()?;
    let url = reset::start(&app, &Actor::of(&signed_in, &client), &named(&name)?).await?;
    Ok(Json(Started { url }))
}

/// Changes one's mail address. Where there is mail, it counts once the link that is sent to it was followed.
#[utoipa::path(put, path = "/me/email", request_body = NewAddress, responses(
    (status = ACCEPTED),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn change_address(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Body(new): Body<NewAddress>,
) -> Result<StatusCode, Problem> {
    client.needs_privacy()?;
    proof::by_password(&app, &signed_in, new.password).await?;
    address::change(&app, &signed_in.account, &Actor::of(&signed_in, &client), &new.email).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Confirms a mail address by the link that was sent to it.
#[utoipa::path(post, path = "/confirmations", request_body = Followed, responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn confirm_address(
    State(app): State<App>,
    client: Client,
    Body(followed): Body<Followed>,
) -> Result<StatusCode, Problem> {
    address::confirm(&app, &Secret::shown(&followed.secret), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
