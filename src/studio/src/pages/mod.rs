//! The pages: what people see. Each reads what the API reads, by the same functions, and shows it as HTML; each form that it
//! has is an ordinary form. Texts come from the catalogue, and the islands of script only make comfortable what works
//! without them.

mod admin;
pub(crate) mod assets;
mod entry;
mod find;
pub(crate) mod form;
pub(crate) mod frame;
mod lists;
mod own;
mod preferences;
mod problem;
#[cfg(test)]
mod samples;
mod settings;
mod view;
mod watch;

use askama::Template;
use axum::Router;
use axum::middleware::from_fn;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};

use crate::http::App;
use crate::http::caller::guard;
use crate::http::problem::Problem;

pub(crate) use problem::as_page;

/// All pages.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/studio/assets/{file}", get(assets::get))
        .route("/studio/preferences", post(preferences::set))
        .route("/", get(find::home::show))
        .route("/search", get(find::search::show))
        .route("/tags/{tag}", get(find::group::tag))
        .route("/@{account}", get(find::group::person))
        .route("/watch/{*title}", get(watch::title::show))
        .route("/embed/{*title}", get(watch::embed::show))
        .route("/link/{secret}", get(watch::link::show).post(watch::link::send))
        .route("/upload", get(own::upload::show))
        .route("/titles", get(own::titles::show).post(own::many::send))
        .route("/titles/restore", post(own::many::restore))
        .route("/titles/{title}", get(own::edit::show).post(own::edit::send))
        .route("/titles/{title}/delete", post(own::edit::delete))
        .route("/titles/{title}/links", post(own::links::make))
        .route("/titles/{title}/links/end", post(own::links::end))
        .route("/titles/{title}/poster", post(own::poster::send).layer(own::poster::limit()))
        .route("/titles/{title}/tracks", post(own::tracks::send).layer(own::tracks::limit()))
        .route("/titles/{title}/tracks/remove", post(own::tracks::remove))
        .route("/titles/{title}/poster/frame", post(own::poster::choose))
        .route("/titles/{title}/poster/clear", post(own::poster::clear))
        .route("/titles/{title}/report", get(own::report::show))
        .route("/titles/{title}/retry", post(own::retry::send))
        .merge(lists::routes())
        .merge(settings::routes())
        .merge(admin::routes())
        .merge(entry::routes())
        .layer(from_fn(guard::browsers_alone))
}

/// What a page's handler answers.
type Page = Result<Response, Problem>;

/// A template as an answer.
fn html(template: &impl Template) -> Page {
    let text = template.render().map_err(|error| Problem::internal(&error.to_string()))?;
    Ok(Html(text).into_response())
}

/// Leads the browser to `path` after a form, which then isn't sent again by a reload.
fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}
