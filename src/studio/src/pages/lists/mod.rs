//! Pages of playlists.

mod change;
pub(super) mod playlist;
pub(super) mod playlists;

use axum::Router;
use axum::routing::{get, post};

use crate::http::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/playlists", get(playlists::show).post(playlists::make))
        .route("/playlists/add", post(playlists::add))
        .route("/playlists/{playlist}", get(playlist::show).post(change::about))
        .route("/playlists/{playlist}/order", post(change::order))
        .route("/playlists/{playlist}/delete", post(playlists::delete))
}
