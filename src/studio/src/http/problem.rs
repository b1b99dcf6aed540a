//! Errors as clients see them: RFC 9457, in one place.

use std::fmt;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::limits::rate::Budget;
use crate::meters::Refusal;
use crate::model::NoRandom;
use crate::store::StoreError;

/// The beginning of all kinds.
const KINDS: &str = "/problems/";

/// An error as a client sees it. What went wrong inside is in the log alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// The kind of error, as a relative URI that never changes.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: &'static str,
    /// The status.
    pub status: u16,
    /// What was wrong and what to do, for people.
    pub detail: String,
    /// The field of the request that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds after which it may work.
    #[serde(skip)]
    pub retry_after: Option<u64>,
    /// Attempts that are left, where they are counted.
    #[serde(skip)]
    pub budget: Option<Box<Budget>>,
}

impl Problem {
    /// An error of this kind.
    #[must_use]
    pub fn new(status: StatusCode, kind: &str, detail: &str) -> Self {
        Self {
            kind: format!("{KINDS}{kind}"),
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: detail.into(),
            field: None,
            retry_after: None,
            budget: None,
        }
    }

    /// 400: the request can't be understood.
    #[must_use]
    pub fn bad_request(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail)
    }

    /// 400: a field of the request breaks a rule.
    #[must_use]
    pub fn invalid(field: &str, detail: &str) -> Self {
        Self { field: Some(field.into()), ..Self::new(StatusCode::BAD_REQUEST, "invalid", detail) }
    }

    /// 401: who asks is not signed in and has to be, or showed the wrong thing.
    #[must_use]
    pub fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// 403: who asks may see this, but not do it.
    #[must_use]
    pub fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404: there is no such thing, or none that who asks may see.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is no such thing here")
    }

    /// 409: it contradicts what is there.
    #[must_use]
    pub fn conflict(kind: &str, detail: &str) -> Self {
        Self::new(StatusCode::CONFLICT, kind, detail)
    }

    /// 429: too often; it may work in `seconds`.
    #[must_use]
    pub fn too_many(seconds: u64) -> Self {
        let detail = format!("too many attempts: try again in {seconds} seconds");
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", &detail) }
    }

    /// 500: the program failed; `why` goes to the log.
    #[must_use]
    pub fn internal(why: &str) -> Self {
        tracing::error!("the studio failed: {why}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here; it is in the log")
    }

    /// True if it is of this kind.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.kind.strip_prefix(KINDS) == Some(kind)
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error.to_string())
    }
}

impl From<NoRandom> for Problem {
    fn from(error: NoRandom) -> Self {
        Self::internal(&error.to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, retry_after, budget) = (self.status(), self.retry_after, self.budget.clone());
        let refusal = self.kind.strip_prefix(KINDS).and_then(|kind| Refusal::of(status, kind));
        let mut response = (status, Json(self)).into_response();
        if let Some(refusal) = refusal {
            response.extensions_mut().insert(refusal);
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(budget) = budget {
            budget.write(headers);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
