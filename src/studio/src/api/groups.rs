//! Groups of people, to share titles with. Nobody but who made one sees it.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::{Id, Scope};
use crate::titles::sharing::groups::{self, Edit, Shown};

/// One's own groups.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Groups {
    items: Vec<Shown>,
    /// Always null: an account has at most 200 groups.
    next: Option<String>,
}

/// One's own groups, oldest first.
#[utoipa::path(get, path = "/groups", responses(
    (status = OK, body = Groups),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn all(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Groups>, Problem> {
    signed_in.needs(Scope::Read)?;
    Ok(Json(Groups { items: groups::all(&app, &signed_in.account.id).await?, next: None }))
}

/// Makes a group.
#[utoipa::path(post, path = "/groups", request_body = Edit, responses(
    (status = CREATED, body = Shown),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(edit): Body<Edit>,
) -> Result<(StatusCode, Json<Shown>), Problem> {
    signed_in.needs(Scope::Write)?;
    Ok((StatusCode::CREATED, Json(groups::create(&app, &signed_in.account.id, &edit).await?)))
}

/// A group of one's own.
#[utoipa::path(get, path = "/groups/{id}", params(("id" = Id, Path)), responses(
    (status = OK, body = Shown),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(State(app): State<App>, signed_in: SignedIn, At(id): At<Id>) -> Result<Json<Shown>, Problem> {
    signed_in.needs(Scope::Read)?;
    Ok(Json(groups::one(&app, &signed_in.account.id, &id).await?))
}

/// Changes a group. Whoever is taken out of it can no longer watch what is shared with it.
#[utoipa::path(patch, path = "/groups/{id}", params(("id" = Id, Path)), request_body = Edit, responses(
    (status = OK, body = Shown),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn edit(
    State(app): State<App>,
    signed_in: SignedIn,
    At(id): At<Id>,
    Body(edit): Body<Edit>,
) -> Result<Json<Shown>, Problem> {
    signed_in.needs(Scope::Write)?;
    Ok(Json(groups::edit(&app, &signed_in.account.id, &id, &edit).await?))
}

/// Deletes a group. Its members can no longer watch what is shared with it.
#[utoipa::path(delete, path = "/groups/{id}", params(("id" = Id, Path)), responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn delete(State(app): State<App>, signed_in: SignedIn, At(id): At<Id>) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    groups::delete(&app, &signed_in.account.id, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
