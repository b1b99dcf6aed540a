//! The API, `/api/v1`: one file an object, each endpoint with its description above it. The document at
//! `/api/v1/openapi.json` is made of these.

mod admin;
mod audit;
mod groups;
pub(crate) mod people;
mod playlists;
mod titles;
mod uploads;

use axum::Json;
use axum::Router;
use axum::middleware::from_fn;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::App;
use crate::store::titles::listing::Sort;

/// Everything that pages do, for programs.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(
    info(title = "pack studio", description = "Accounts, uploads, titles, playlists and search."),
    servers((url = "/api/v1")),
    // Of parameters, which no endpoint collects by itself.
    components(schemas(titles::Shared, titles::Wider, Sort))
)]
struct Document;

/// All endpoints, and their description.
pub(crate) fn routes() -> (Router<App>, OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(people::accounts::create, admin::list))
        .routes(routes!(admin::show, admin::change, people::departure::remove))
        .routes(routes!(admin::remove_totp))
        .routes(routes!(audit::list))
        .routes(routes!(groups::all, groups::create))
        .routes(routes!(groups::one, groups::edit, groups::delete))
        .routes(routes!(uploads::known))
        .merge(tus())
        .merge(people::routes())
        .merge(titles::routes())
        .routes(routes!(playlists::all, playlists::create))
        .routes(routes!(playlists::one, playlists::edit, playlists::delete))
        .routes(routes!(playlists::arrange, playlists::add))
        .routes(routes!(playlists::remove))
        .split_for_parts();
    let described = document.clone();
    let router = router.route("/openapi.json", axum::routing::get(move || async move { Json(described) }));
    (router, document)
}

/// Uploads, whose every answer says that tus is spoken.
fn tus() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(uploads::options, uploads::make, uploads::list))
        .routes(routes!(uploads::offset, uploads::get, uploads::add, uploads::terminate, uploads::overridden))
        .layer(from_fn(uploads::speak))
}
