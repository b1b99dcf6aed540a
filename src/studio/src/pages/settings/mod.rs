//! `/settings`: one's own account.

pub(super) mod page;
mod profile;
mod sessions;
mod tokens;

use axum::Router;
use axum::routing::{get, post};

use crate::http::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings", get(profile::show))
        .route("/settings/profile", get(profile::show))
        .route("/settings/sessions", get(sessions::show))
        .route("/settings/sessions/end", post(sessions::end))
        .route("/settings/sessions/end-others", post(sessions::end_others))
        .route("/settings/tokens", get(tokens::show).post(tokens::make))
        .route("/settings/tokens/end", post(tokens::end))
}
