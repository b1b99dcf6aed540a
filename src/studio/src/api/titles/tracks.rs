//! Tracks beside the file of a title: subtitles and further sound, put in and taken away without encoding video again.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::{Asked, At};
use crate::http::problem::Problem;
use crate::model::{Id, Purpose, Scope, Track, TrackError, TrackKind};
use crate::titles::progress::states;
use crate::titles::tracks::{self, Beside};

/// A track, as its owner sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Shown {
    kind: TrackKind,
    /// BCP 47, in lower case.
    language: String,
    purpose: Purpose,
    bytes: i64,
}

/// Tracks of a title.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Tracks {
    items: Vec<Shown>,
    /// Always null: there are few.
    next: Option<String>,
}

/// The purpose of subtitles.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Meant {
    /// `full` where it is not given.
    purpose: Option<Purpose>,
}

impl Shown {
    fn of(beside: &Beside) -> Self {
        let track = &beside.track;
        Self { kind: track.kind(), language: track.language().into(), purpose: track.purpose(), bytes: beside.bytes }
    }
}

/// The tracks that lie beside the file of a title. Those in the file itself are not among them.
#[utoipa::path(get, path = "/titles/{id}/tracks", params(("id" = Id, Path)), responses(
    (status = OK, body = Tracks),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn all(State(app): State<App>, signed_in: SignedIn, At(id): At<Id>) -> Result<Json<Tracks>, Problem> {
    signed_in.needs(Scope::Read)?;
    let title = states::own(&app, &signed_in, &id).await?;
    let items = tracks::all(&app, &title).await?.iter().map(Shown::of).collect();
    Ok(Json(Tracks { items, next: None }))
}

/// Gives a title subtitles in a language: WebVTT or SubRip, in UTF-8, of at most 4 MiB. Sound comes as an upload whose metadata
/// has `beside`, the title's id, and `language`.
#[utoipa::path(put, path = "/titles/{id}/texts/{language}", params(("id" = Id, Path), ("language" = String, Path), Meant), responses(
    (status = ACCEPTED),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = PAYLOAD_TOO_LARGE, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn put_text(
    State(app): State<App>,
    signed_in: SignedIn,
    At((id, language)): At<(Id, String)>,
    Asked(meant): Asked<Meant>,
    body: Body,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    let title = states::own(&app, &signed_in, &id).await?;
    let track = Track::text(&language, meant.purpose()).map_err(unnamed)?;
    let too_large = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "subtitles have at most 4 MiB");
    let text = to_bytes(body, tracks::MOST).await.map_err(|_| too_large())?;
    tracks::put_text(&app, &title, &track, text.into()).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Takes subtitles away.
#[utoipa::path(delete, path = "/titles/{id}/texts/{language}", params(("id" = Id, Path), ("language" = String, Path), Meant), responses(
    (status = ACCEPTED),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn remove_text(
    State(app): State<App>,
    signed_in: SignedIn,
    At((id, language)): At<(Id, String)>,
    Asked(meant): Asked<Meant>,
) -> Result<StatusCode, Problem> {
    let track = Track::text(&language, meant.purpose()).map_err(unnamed)?;
    remove(&app, &signed_in, &id, &track).await
}

/// Takes sound in a language away.
#[utoipa::path(delete, path = "/titles/{id}/audio/{language}", params(("id" = Id, Path), ("language" = String, Path)), responses(
    (status = ACCEPTED),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn remove_audio(
    State(app): State<App>,
    signed_in: SignedIn,
    At((id, language)): At<(Id, String)>,
) -> Result<StatusCode, Problem> {
    let track = Track::audio(&language).map_err(unnamed)?;
    remove(&app, &signed_in, &id, &track).await
}

async fn remove(app: &App, signed_in: &SignedIn, id: &Id, track: &Track) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    let title = states::own(app, signed_in, id).await?;
    tracks::remove(app, &title, track).await?;
    Ok(StatusCode::ACCEPTED)
}

impl Meant {
    fn purpose(&self) -> Purpose {
        self.purpose.unwrap_or(Purpose::Full)
    }
}

fn unnamed(why: TrackError) -> Problem {
    Problem::invalid("language", &why.to_string())
}
