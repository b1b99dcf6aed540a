//! Pages for whoever is not signed in yet.

mod begin;
mod code;
mod link;
pub(super) mod reset;
mod sign_in;
mod sign_up;

use axum::Router;
use axum::routing::{get, post};

use crate::http::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::send))
        .route("/sign-in/code", get(code::show).post(code::send))
        .route("/sign-in/link", get(link::show).post(link::send))
        .route("/sign-in/with/{provider}", get(sign_in::elsewhere))
        .route("/sign-out", post(sign_in::leave))
        .route("/sign-up", get(sign_up::show).post(sign_up::send))
        .route("/reset", get(reset::show).post(reset::send))
        .route("/confirm", get(reset::show_confirm).post(reset::confirm))
        .route("/welcome", get(sign_up::show_welcome).post(sign_up::send_welcome))
}
