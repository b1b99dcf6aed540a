//! The API, `/api/v1`: one file an object, each endpoint with its description above it. The document at
//! `/api/v1/openapi.json` is made of these.

mod accounts;
mod admin;
mod audit;
mod credentials;
mod departure;
mod groups;
mod invitations;
mod links;
mod me;
mod oembed;
mod oidc;
mod playlists;
mod resets;
mod session;
mod tags;
mod title_files;
mod title_states;
mod titles;
mod tokens;
mod uploads;
mod welcome;

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
        .routes(routes!(accounts::create, admin::list))
        .routes(routes!(admin::show, admin::change, departure::remove))
        .routes(routes!(invitations::create, invitations::list))
        .routes(routes!(invitations::delete))
        .routes(routes!(me::me))
        .routes(routes!(me::list_sessions, me::end_sessions))
        .routes(routes!(me::end_session))
        .routes(routes!(admin::remove_totp))
        .routes(routes!(audit::list))
        .routes(routes!(oidc::list))
        .routes(routes!(oidc::begin))
        .routes(routes!(oidc::callback))
        .routes(routes!(oidc::own, oidc::part))
        .routes(routes!(oidc::join))
        .routes(routes!(departure::export))
        .routes(routes!(departure::leave))
        .routes(routes!(credentials::change_password))
        .routes(routes!(resets::ask, resets::accept))
        .routes(routes!(resets::start))
        .routes(routes!(resets::change_address))
        .routes(routes!(resets::confirm_address))
        .routes(routes!(credentials::begin_totp, credentials::confirm_totp))
        .routes(routes!(credentials::renew_codes))
        .routes(routes!(credentials::remove_totp))
        .routes(routes!(tokens::create, tokens::list))
        .routes(routes!(tokens::delete))
        .routes(routes!(welcome::create))
        .routes(routes!(session::create, session::delete))
        .routes(routes!(titles::all, titles::edit_many))
        .routes(routes!(titles::one, titles::edit, titles::delete))
        .routes(routes!(titles::restore))
        .routes(routes!(titles::view))
        .routes(routes!(groups::all, groups::create))
        .routes(routes!(groups::one, groups::edit, groups::delete))
        .routes(routes!(title_states::events))
        .routes(routes!(title_files::set_poster, title_files::clear_poster))
        .routes(routes!(title_files::original))
        .routes(routes!(title_states::retry))
        .routes(routes!(uploads::known))
        .merge(tus())
        .routes(routes!(tags::all))
        .routes(routes!(tags::categories))
        .routes(routes!(oembed::show))
        .routes(routes!(links::create, links::all))
        .routes(routes!(links::delete))
        .routes(routes!(links::open, links::open_with_password))
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
