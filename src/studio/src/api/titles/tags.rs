//! Tags and categories, with how many public titles have them.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::http::App;
use crate::http::problem::Problem;
use crate::store::search::{Counted, Kind, counted};

/// Most of a list.
const MOST: i64 = 100;

/// Tags or categories, those that most titles have first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Counts {
    items: Vec<Counted>,
    /// Always null: the list has the 100 that most titles have.
    next: Option<String>,
}

/// The tags that most public titles have.
#[utoipa::path(get, path = "/tags", responses((status = OK, body = Counts)))]
pub(in crate::api) async fn all(State(app): State<App>) -> Result<Json<Counts>, Problem> {
    Ok(Json(Counts { items: counted(&mut *app.store.read().await?, Kind::Tag, MOST).await?, next: None }))
}

/// The categories that most public titles have.
#[utoipa::path(get, path = "/categories", responses((status = OK, body = Counts)))]
pub(in crate::api) async fn categories(State(app): State<App>) -> Result<Json<Counts>, Problem> {
    Ok(Json(Counts { items: counted(&mut *app.store.read().await?, Kind::Category, MOST).await?, next: None }))
}
