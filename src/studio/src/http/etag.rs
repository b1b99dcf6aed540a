//! Versions of objects as ETags, so that nobody overwrites what they have not seen.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::{ETAG, IF_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::App;
use super::problem::Problem;

/// The header that names a version.
#[must_use]
pub fn header(version: i64) -> [(HeaderName, HeaderValue); 1] {
    // A number in quotes is a header's text.
    let value = HeaderValue::from_str(&tag(version)).unwrap_or(HeaderValue::from_static("\"\""));
    [(ETAG, value)]
}

/// The versions of an object that a request says it has seen (RFC 9110 §13.1.1).
#[derive(Debug, Clone, Default)]
pub struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// Refuses a change of something that is at `version`, where the request says that it saw another.
    ///
    /// # Errors
    /// 412.
    pub fn allows(&self, version: i64) -> Result<(), Problem> {
        let Some(seen) = &self.0 else { return Ok(()) };
        if seen.iter().any(|given| given == "*" || *given == tag(version)) {
            return Ok(());
        }
        let detail = "this was changed meanwhile: get it again, and repeat your change";
        Err(Problem::new(StatusCode::PRECONDITION_FAILED, "changed-meanwhile", detail))
    }

    /// Refuses a request that does not say which version it has seen (RFC 6585 §3).
    ///
    /// # Errors
    /// 428.
    pub fn needed(self) -> Result<Self, Problem> {
        if self.0.is_some() {
            return Ok(self);
        }
        let detail = "this needs If-Match with the ETag of what is changed";
        Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, "if-match-needed", detail))
    }

    fn of(headers: &HeaderMap) -> Self {
        let values: Vec<_> = headers.get_all(IF_MATCH).iter().collect();
        let tags = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        Self((!values.is_empty()).then(|| tags.map(|tag| tag.trim().to_owned()).collect()))
    }
}

impl IfMatch {
    /// One that says that `version` was seen, as the hidden field of a form does.
    #[must_use]
    pub fn version(version: i64) -> Self {
        Self(Some(vec![tag(version)]))
    }
}

impl FromRequestParts<App> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_an_older_version_is_refused() {
        let mut headers = HeaderMap::new();
        assert!(IfMatch::of(&headers).allows(3).is_ok());
        assert_eq!(IfMatch::of(&headers).needed().unwrap_err().status, 428);
        let cases =
            [("\"3\"", true), ("\"2\"", false), ("*", true), ("\"1\", \"3\"", true), ("3", false), ("W/\"3\"", false)];
        for (given, allowed) in cases {
            headers.insert(IF_MATCH, given.parse().unwrap());
            assert_eq!(IfMatch::of(&headers).needed().unwrap().allows(3).is_ok(), allowed, "{given}");
        }
    }
}
