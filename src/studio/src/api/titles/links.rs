//! Links that open one title to whoever has them.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::http::site::Site;
use crate::model::{Id, Scope, Secret};
use crate::people::trail::Actor;
use crate::titles::sharing::links::{self, Listed, Wanted};
use crate::titles::shown::Shown;

/// A new link.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = LinkMade)]
pub(in crate::api) struct Made {
    /// Its address, which is told this once.
    url: String,
    #[serde(flatten)]
    link: Listed,
}

/// The links of a title.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Links {
    items: Vec<Listed>,
    /// Always null: a title has at most 100 links.
    next: Option<String>,
}

/// The opening of a link.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LinkOpening)]
pub(in crate::api) struct Opening {
    /// The link's password, where it has one.
    password: Option<String>,
}

/// Makes a link to a title.
#[utoipa::path(post, path = "/titles/{id}/links", params(("id" = Id, Path)), request_body = Wanted, responses(
    (status = CREATED, body = Made),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn create(
    State(app): State<App>,
    Site(site): Site,
    signed_in: SignedIn,
    client: Client,
    At(id): At<Id>,
    Body(wanted): Body<Wanted>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    signed_in.needs(Scope::Write)?;
    let (link, secret) = links::create(&app, &signed_in, &id, wanted, &Actor::of(&signed_in, &client)).await?;
    let url = format!("{site}/link/{}", secret.reveal());
    Ok((StatusCode::CREATED, Json(Made { url, link })))
}

/// The links of a title, newest first, without their addresses.
#[utoipa::path(get, path = "/titles/{id}/links", params(("id" = Id, Path)), responses(
    (status = OK, body = Links),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn all(
    State(app): State<App>,
    signed_in: SignedIn,
    At(id): At<Id>,
) -> Result<Json<Links>, Problem> {
    signed_in.needs(Scope::Read)?;
    Ok(Json(Links { items: links::all(&app, &signed_in, &id).await?, next: None }))
}

/// Deletes a link. Whoever watches by it is stopped.
#[utoipa::path(delete, path = "/titles/{id}/links/{link}",
params(("id" = Id, Path), ("link" = Id, Path)), responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn delete(
    State(app): State<App>,
    signed_in: SignedIn,
    client: Client,
    At((id, link)): At<(Id, Id)>,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    links::delete(&app, &signed_in, &id, &link, &Actor::of(&signed_in, &client)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens a link that counts no uses and has no password: the title with paths that play it. Programs that follow every
/// link change nothing by it.
#[utoipa::path(get, path = "/links/{secret}", params(("secret" = String, Path)), responses(
    (status = OK, body = Shown),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = GONE, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn look(State(app): State<App>, At(secret): At<String>) -> Result<Json<Shown>, Problem> {
    Ok(Json(links::look(&app, &Secret::shown(&secret)).await?))
}

/// Opens a link, with its password where it has one: the title with paths that play it. This counts as a use.
#[utoipa::path(post, path = "/links/{secret}", params(("secret" = String, Path)), request_body = Opening, responses(
    (status = OK, body = Shown),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = GONE, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn open(
    State(app): State<App>,
    At(secret): At<String>,
    Body(given): Body<Opening>,
) -> Result<Json<Shown>, Problem> {
    Ok(Json(links::open(&app, &Secret::shown(&secret), given.password).await?))
}
