//! Files of a title: a poster of one's own, the source as it was uploaded, and the report of its proof.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::http::App;
use crate::http::body;
use crate::http::caller::signed_in::{SignedIn, Viewer};
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::{Id, Scope};
use crate::ports::Report;
use crate::titles::progress::states;
use crate::titles::{find, original, poster, report};

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

/// A frame of a title.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Frame {
    /// Seconds from its beginning.
    at: f64,
}

/// Gives a published title the frame that is shown at a time as its poster.
#[utoipa::path(post, path = "/titles/{id}/poster", params(("id" = Id, Path)), request_body = Frame, responses(
    (status = ACCEPTED),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn choose_poster(
    State(app): State<App>,
    signed_in: SignedIn,
    At(id): At<Id>,
    body::Body(frame): body::Body<Frame>,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    let title = states::own(&app, &signed_in, &id).await?;
    poster::choose(&app, &title, frame.at).await?;
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

/// The file that a title was made from, with ranges: for its owner, and where they let others download it for whoever may
/// watch it.
#[utoipa::path(get, path = "/titles/{id}/original", params(("id" = Id, Path)), responses(
    (status = OK, content_type = "application/octet-stream"),
    (status = PARTIAL_CONTENT, content_type = "application/octet-stream"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = RANGE_NOT_SATISFIABLE),
))]
pub(in crate::api) async fn original(
    State(app): State<App>,
    viewer: Viewer,
    At(id): At<Id>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    viewer.needs(Scope::Read)?;
    let title = original::of(&app, &viewer, &id).await?;
    original::answer(&app, &title, &headers).await
}

/// The report of the proof of what is published of a title, for who may change it: each rule that it was judged by, and
/// what was measured.
#[utoipa::path(get, path = "/titles/{id}/report", params(("id" = Id, Path)), responses(
    (status = OK, body = Report),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn report(
    State(app): State<App>,
    signed_in: SignedIn,
    At(id): At<Id>,
) -> Result<Json<Report>, Problem> {
    signed_in.needs(Scope::Read)?;
    let whole = find::to_edit(&app, &signed_in, &id).await?;
    let none = || Problem { detail: "no report of a proof is kept of this title".into(), ..Problem::not_found() };
    Ok(Json(report::of(&app, &whole.title).await?.ok_or_else(none)?))
}
