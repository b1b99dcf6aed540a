//! Scripts, styles and pictures of the pages. Their names have the hash of their content, so that they are kept for good.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::http::problem::Problem;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Path of what a page names; empty where the program was built without npm.
pub(crate) fn path_of(name: &str) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == name).map_or("", |(_, path)| path)
}

/// `GET /studio/assets/{file}`.
pub(super) async fn get(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let (name, tag, content) = FILES.iter().find(|(name, ..)| *name == file).ok_or_else(Problem::not_found)?;
    let about: [(HeaderName, HeaderValue); 3] = [
        (CONTENT_TYPE, HeaderValue::from_static(type_of(name))),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (ETAG, HeaderValue::from_static(tag)),
    ];
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known == tag) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, *content).into_response())
}

fn type_of(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}
