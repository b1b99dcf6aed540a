//! Playlists. `later` in the place of an id is one's own "watch later", which is there once something is in it.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::signed_in::{SignedIn, Viewer};
use crate::http::cursor::{Page, Paging};
use crate::http::etag::{self, IfMatch};
use crate::http::path::{Asked, At};
use crate::http::problem::Problem;
use crate::model::{Id, Scope};
use crate::playlists::{self, Edit, Key, Listed, Shown};

/// The playlists that are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Search {
    /// The name of their owner.
    owner: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// Playlists of a page, 1 to 100; 25 where none are named.
    limit: Option<u32>,
}

/// The whole order of a playlist.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlaylistOrder)]
pub(super) struct Order {
    /// Ids of its titles. What it has and who asks can't see keeps its place.
    items: Vec<Id>,
}

/// A title to be added.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlaylistItem)]
pub(super) struct Item {
    /// Its id.
    title: Id,
}

/// Playlists that who asks may find, newest first: public ones and their own.
#[utoipa::path(get, path = "/playlists", params(Search), responses(
    (status = OK, body = Page<Listed>),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn all(
    State(app): State<App>,
    viewer: Viewer,
    Asked(search): Asked<Search>,
) -> Result<Json<Page<Listed>>, Problem> {
    viewer.needs(Scope::Read)?;
    let paging = Paging { cursor: search.cursor, limit: search.limit };
    Ok(Json(playlists::page(&app, &viewer, search.owner.as_deref(), &paging).await?))
}

/// Makes a playlist.
#[utoipa::path(post, path = "/playlists", request_body = Edit, responses(
    (status = CREATED, body = Shown),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(edit): Body<Edit>,
) -> Result<(StatusCode, Response), Problem> {
    signed_in.needs(Scope::Write)?;
    let key = playlists::create(&app, &signed_in, &edit).await?;
    Ok((StatusCode::CREATED, answer(&app, signed_in, &key).await?))
}

/// A playlist with those of its titles that who asks may see. Its ETag is for changes of it.
#[utoipa::path(get, path = "/playlists/{id}", params(("id" = String, Path)), responses(
    (status = OK, body = Shown),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(State(app): State<App>, viewer: Viewer, At(key): At<Key>) -> Result<Response, Problem> {
    viewer.needs(Scope::Read)?;
    let shown = playlists::one(&app, &viewer, &key).await?;
    Ok((etag::header(shown.version), Json(shown)).into_response())
}

/// Changes a playlist: what is left out stays as it is.
#[utoipa::path(patch, path = "/playlists/{id}",
params(("id" = String, Path), ("If-Match" = Option<String>, Header)), request_body = Edit, responses(
    (status = OK, body = Shown),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = PRECONDITION_FAILED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn edit(
    State(app): State<App>,
    signed_in: SignedIn,
    At(key): At<Key>,
    seen: IfMatch,
    Body(edit): Body<Edit>,
) -> Result<Response, Problem> {
    signed_in.needs(Scope::Write)?;
    playlists::edit(&app, &signed_in, &key, &seen, &edit).await?;
    answer(&app, signed_in, &key).await
}

/// Deletes a playlist; its titles stay.
#[utoipa::path(delete, path = "/playlists/{id}",
params(("id" = String, Path), ("If-Match" = Option<String>, Header)), responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = PRECONDITION_FAILED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn delete(
    State(app): State<App>,
    signed_in: SignedIn,
    At(key): At<Key>,
    seen: IfMatch,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    playlists::delete(&app, &signed_in, &key, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a playlist its whole order. This adds and takes away, too.
#[utoipa::path(put, path = "/playlists/{id}/items", params(("id" = String, Path), ("If-Match" = String, Header)),
request_body = Order, responses(
    (status = OK, body = Shown),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = PRECONDITION_FAILED, body = Problem, content_type = "application/problem+json"),
    (status = PRECONDITION_REQUIRED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn arrange(
    State(app): State<App>,
    signed_in: SignedIn,
    At(key): At<Key>,
    seen: IfMatch,
    Body(order): Body<Order>,
) -> Result<Response, Problem> {
    signed_in.needs(Scope::Write)?;
    playlists::arrange(&app, &signed_in, &key, &seen.needed()?, &order.items).await?;
    answer(&app, signed_in, &key).await
}

/// Adds a title at the end of a playlist.
#[utoipa::path(post, path = "/playlists/{id}/items", params(("id" = String, Path)), request_body = Item, responses(
    (status = OK, body = Shown),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    At(key): At<Key>,
    Body(item): Body<Item>,
) -> Result<Response, Problem> {
    signed_in.needs(Scope::Write)?;
    playlists::add(&app, &signed_in, &key, &item.title).await?;
    answer(&app, signed_in, &key).await
}

/// Takes a title out of a playlist.
#[utoipa::path(delete, path = "/playlists/{id}/items/{title}",
params(("id" = String, Path), ("title" = Id, Path)), responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    At((key, title)): At<(Key, Id)>,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    playlists::remove(&app, &signed_in, &key, &title).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn answer(app: &App, signed_in: SignedIn, key: &Key) -> Result<Response, Problem> {
    let shown = playlists::one(app, &Viewer::Account(Box::new(signed_in)), key).await?;
    Ok((etag::header(shown.version), Json(shown)).into_response())
}
