//! Errors as people see them. Handlers answer with a [`Problem`]; a browser gets a page of it.

use askama::Template;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method, StatusCode};

use super::frame::Frame;
use super::{html, see};
use crate::http::App;

/// The page of an error.
#[derive(Debug, Template)]
#[template(path = "entry/error.html")]
struct ErrorPage {
    page: Frame,
    /// Its texts in the catalogue.
    key: &'static str,
    icon: &'static str,
}

/// Makes a page of an error where a browser asked for one. A stranger who has to sign in is led there.
pub(crate) async fn as_page(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/api/") || !wants_page(request.headers()) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let frame = Frame::from_request_parts(&mut parts, &app).await;
    let is_get = parts.method == Method::GET;
    let response = next.run(Request::from_parts(parts, body)).await;
    let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    let status = response.status();
    let (Ok(page), false, true) = (frame, is_page, status.is_client_error() || status.is_server_error()) else {
        return response;
    };
    if status == StatusCode::UNAUTHORIZED && is_get {
        return see(&format!("/sign-in{}", page.next()));
    }
    let (key, icon) = texts_of(status);
    match html(&ErrorPage { page, key, icon }) {
        Ok(shown) => with_head(response, shown),
        Err(_) => response,
    }
}

/// The page with the status and the headers of the answer that it stands for.
fn with_head(answer: Response, page: Response) -> Response {
    let (head, _) = answer.into_parts();
    let mut shown = (head.status, page).into_response();
    for (name, value) in &head.headers {
        if ![CONTENT_TYPE, CONTENT_LENGTH, CACHE_CONTROL, LOCATION].contains(name) {
            shown.headers_mut().insert(name, value.clone());
        }
    }
    shown
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accepted| accepted.contains("text/html"))
}

const fn texts_of(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        401 => ("error.401", "key"),
        403 => ("error.403", "lock"),
        404 | 405 => ("error.404", "search"),
        410 => ("error.410", "clock"),
        429 => ("error.429", "clock"),
        500.. => ("error.500", "alert"),
        _ => ("error.400", "alert"),
    }
}
