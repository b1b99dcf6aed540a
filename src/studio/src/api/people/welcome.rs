//! The first administrator.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;

use super::accounts::Own;
use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::model::{AccountName, Secret};
use crate::people::entry::welcome;

/// The first administrator.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Welcome {
    /// The secret of the link that the first start printed.
    secret: String,
    /// The account's name; an administrator may take a reserved one.
    name: String,
    #[schema(min_length = 12, max_length = 1000)]
    password: String,
}

/// Makes the first administrator, for whoever has the link that the first start printed.
#[utoipa::path(post, path = "/welcome", request_body = Welcome, responses(
    (status = CREATED, body = Own),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn create(
    State(app): State<App>,
    client: Client,
    Body(new): Body<Welcome>,
) -> Result<(StatusCode, Json<Own>), Problem> {
    let name = AccountName::parse_any(&new.name).map_err(|error| Problem::invalid("name", &error.to_string()))?;
    let account = welcome::accept(&app, &Secret::shown(&new.secret), name, new.password, &client).await?;
    Ok((StatusCode::CREATED, Json(Own::of(account, &app))))
}
