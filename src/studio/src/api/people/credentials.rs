//! One's password and second factor.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::people::entry::{password, proof, second_factor};
use crate::people::trail::Actor;

/// Another password.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewPassword {
    /// The present one; none for who signs in elsewhere.
    #[serde(default)]
    password: Option<String>,
    #[schema(min_length = 12, max_length = 1000)]
    new_password: String,
}

/// Proof that it is oneself.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Proof {
    /// The password; none for who signs in elsewhere.
    #[serde(default)]
    password: Option<String>,
}

/// A first code.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Code {
    code: String,
}

/// A second factor that is being set up.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Setup {
    /// The secret in base 32.
    secret: String,
    /// The same as an otpauth URI.
    uri: String,
    /// The URI as a QR code, an SVG picture.
    qr: String,
}

/// Recovery codes, shown once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// Changes one's password. All other sessions end.
#[utoipa::path(put, path = "/me/password", request_body = NewPassword, responses(
    (status = NO_CONTENT),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn change_password(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Body(new): Body<NewPassword>,
) -> Result<StatusCode, Problem> {
    client.needs_privacy()?;
    proof::by_password(&app, &signed_in, new.password).await?;
    password::change(&app, &signed_in, &Actor::of(&signed_in, &client), new.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins to set up a second factor; a code to `PUT me/totp` ends it.
#[utoipa::path(post, path = "/me/totp", request_body = Proof, responses(
    (status = CREATED, body = Setup),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn begin_totp(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Body(shown): Body<Proof>,
) -> Result<(StatusCode, Json<Setup>), Problem> {
    client.needs_privacy()?;
    proof::by_password(&app, &signed_in, shown.password).await?;
    let second_factor::Setup { secret, uri, qr } = second_factor::begin(&app, &signed_in.account).await?;
    Ok((StatusCode::CREATED, Json(Setup { secret, uri, qr })))
}

/// Ends setting up a second factor. From now on signing in needs a code.
#[utoipa::path(put, path = "/me/totp", request_body = Code, responses(
    (status = OK, body = RecoveryCodes),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn confirm_totp(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Body(shown): Body<Code>,
) -> Result<Json<RecoveryCodes>, Problem> {
    client.needs_privacy()?;
    signed_in.needs_session()?;
    let actor = Actor::of(&signed_in, &client);
    let recovery_codes = second_factor::confirm(&app, &signed_in.account, &actor, &shown.code).await?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Gives other recovery codes; those before end.
#[utoipa::path(post, path = "/me/totp/codes", request_body = Proof, responses(
    (status = OK, body = RecoveryCodes),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn renew_codes(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Body(shown): Body<Proof>,
) -> Result<Json<RecoveryCodes>, Problem> {
    client.needs_privacy()?;
    proof::by_password(&app, &signed_in, shown.password).await?;
    let actor = Actor::of(&signed_in, &client);
    let recovery_codes = second_factor::renew_codes(&app, &signed_in.account, &actor).await?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Takes the second factor off.
#[utoipa::path(post, path = "/me/totp/removal", request_body = Proof, responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn remove_totp(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Body(shown): Body<Proof>,
) -> Result<StatusCode, Problem> {
    client.needs_privacy()?;
    proof::by_password(&app, &signed_in, shown.password).await?;
    second_factor::remove(&app, &signed_in.account, &Actor::of(&signed_in, &client)).await?;
    Ok(StatusCode::NO_CONTENT)
}
