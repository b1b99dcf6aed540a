//! The origin's part in a mount's answers: headers that are missing, and the answer to a panic.

use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use hyper::body::Body;

use super::response_body::MountedBody;

/// Puts in what every response has, where the mount has not set it. What it serves may be of one person: unless it says
/// otherwise, no cache keeps it (RFC 9111 §5.2.2.5, §5.2.2.7).
pub(super) fn complete(headers: &mut HeaderMap) {
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
}

/// Tells a HEAD the length of the `body` that a GET would have got (RFC 9110 §8.6). A body without one tells nothing:
/// it may have been left out already.
pub(super) fn tell_length(headers: &mut HeaderMap, body: &impl Body) {
    if let Some(length) = body.size_hint().exact().filter(|length| *length > 0) {
        headers.entry(CONTENT_LENGTH).or_insert(length.into());
    }
}

/// The answer of a mount that gave none.
pub(super) fn failure() -> Response<MountedBody> {
    short(StatusCode::INTERNAL_SERVER_ERROR, "internal error\n")
}

/// The answer to what no mount can do.
pub(super) fn not_implemented() -> Response<MountedBody> {
    short(StatusCode::NOT_IMPLEMENTED, "not implemented\n")
}

fn short(status: StatusCode, text: &'static str) -> Response<MountedBody> {
    let mut response = Response::new(MountedBody::whole(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    complete(response.headers_mut());
    response
}
