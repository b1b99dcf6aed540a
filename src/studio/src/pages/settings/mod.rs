//! `/settings`: one's own account.

mod data;
mod groups;
pub(super) mod page;
mod password;
mod profile;
mod second_factor;
mod sessions;
mod tokens;

use axum::Router;
use axum::routing::{get, post};

use crate::http::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings", get(profile::show))
        .route("/settings/profile", get(profile::show).post(profile::send))
        .route("/settings/data", get(data::show))
        .route("/settings/delete", post(data::leave))
        .route("/settings/password", get(password::show).post(password::send))
        .route("/settings/second-factor", get(second_factor::show).post(second_factor::begin))
        .route("/settings/second-factor/confirm", post(second_factor::confirm))
        .route("/settings/second-factor/end", post(second_factor::end))
        .route("/settings/sessions", get(sessions::show))
        .route("/settings/sessions/end", post(sessions::end))
        .route("/settings/sessions/end-others", post(sessions::end_others))
        .route("/settings/groups", get(groups::show).post(groups::make))
        .route("/settings/groups/{group}", post(groups::change))
        .route("/settings/tokens", get(tokens::show).post(tokens::make))
        .route("/settings/tokens/end", post(tokens::end))
}
