//! An answer, before it is known who takes it.

use http::{HeaderMap, Response, StatusCode};

use crate::delivery::body::Content;
use crate::http::cache_status::Found;
use crate::http::kind::Kind;

/// An answer without the fields that all answers have.
pub(super) struct Answer {
    pub(super) kind: Kind,
    /// The place that it came from, if the cache has a part in it.
    pub(super) found: Option<Found>,
    pub(super) response: Response<Content>,
}

impl Answer {
    pub(super) fn new(
        kind: Kind,
        found: Option<Found>,
        status: StatusCode,
        headers: HeaderMap,
        content: Content,
    ) -> Self {
        let mut response = Response::new(content);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Self { kind, found, response }
    }
}
