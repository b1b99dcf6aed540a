//! `/admin`: the whole studio.

mod accounts;
mod overview;
pub(super) mod page;
mod queue;
mod settings;
pub(super) mod trail;

use axum::Router;
use axum::routing::{get, post};

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::{Role, Scope};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(overview::show))
        .route("/admin/overview", get(overview::show))
        .route("/admin/accounts", get(accounts::show))
        .route("/admin/accounts/{name}", post(accounts::change))
        .route("/admin/invitations", post(accounts::invite))
        .route("/admin/queue", get(queue::show))
        .route("/admin/trail", get(trail::show))
        .route("/admin/settings", get(settings::show))
}

/// Whoever is no administrator is told that there is nothing here.
fn by_administrator(signed_in: &SignedIn) -> Result<(), Problem> {
    signed_in.needs(Scope::Admin)?;
    signed_in.needs_role(Role::Administrator)
}
