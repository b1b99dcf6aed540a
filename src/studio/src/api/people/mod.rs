//! The objects of people: accounts, sessions, and what lets them in.

pub(super) mod accounts;
mod credentials;
pub(super) mod departure;
mod invitations;
mod me;
pub(crate) mod oidc;
mod resets;
mod session;
mod tokens;
mod welcome;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::App;

/// The endpoints.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(invitations::create, invitations::list))
        .routes(routes!(invitations::delete))
        .routes(routes!(me::me))
        .routes(routes!(me::list_sessions, me::end_sessions))
        .routes(routes!(me::end_session))
        .routes(routes!(oidc::list))
        .routes(routes!(oidc::begin))
        .routes(routes!(oidc::finish))
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
}
