//! Files of a title: a poster of one's own, and the source as it was uploaded.

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::{Id, Scope};
use crate::titles::progress::states;
use crate::titles::{original, poster};

/// Gives a title a poster: a picture in JPEG, PNG or WebP, of at most 10 MiB and 40 megapixels. It is made anew.
#[utoipa::path(put, path = "/titles/{id}/poster", params(("id" = Id, Path)), responses(
    (status = ACCEPTED),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = PAYLOAD_TOO_LARGE, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn set_poster(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    body: Body,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    let title = states::own(&app, &signed_in, &id.parse().map_err(|_| Problem::not_found())?).await?;
    let too_large = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "a poster has at most 10 MiB");
    let picture = to_bytes(body, poster::MOST).await.map_err(|_| too_large())?;
    poster::set(&app, &title, picture.into()).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Takes a title's own poster away; it gets a frame of its video.
#[utoipa::path(delete, path = "/titles/{id}/poster", params(("id" = Id, Path)), responses(
    (status = ACCEPTED),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn clear_poster(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    let title = states::own(&app, &signed_in, &id.parse().map_err(|_| Problem::not_found())?).await?;
    poster::clear(&app, &title).await?;
    Ok(StatusCode::ACCEPTED)
}

/// The file that a title was made from, for its owner, with ranges.
#[utoipa::path(get, path = "/titles/{id}/original", params(("id" = Id, Path)), responses(
    (status = OK, content_type = "application/octet-stream"),
    (status = PARTIAL_CONTENT, content_type = "application/octet-stream"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = RANGE_NOT_SATISFIABLE),
))]
pub(in crate::api) async fn original(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    signed_in.needs(Scope::Read)?;
    let title = states::own(&app, &signed_in, &id.parse().map_err(|_| Problem::not_found())?).await?;
    original::answer(&app, &title, &headers).await
}
