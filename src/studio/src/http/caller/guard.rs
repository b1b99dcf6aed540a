//! Requests that other sites make a browser send are refused (ASVS 5.0 3.5.1 to 3.5.3).

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, Method, Uri};

use crate::http::problem::Problem;

/// Refuses a request that changes something, unless it comes from a page of ours or by a token.
pub async fn same_origin(request: Request, next: Next) -> Response {
    if is_allowed(request.method(), request.uri(), request.headers()) {
        return next.run(request).await;
    }
    Problem::forbidden("this request does not come from a page of this site").into_response()
}

/// Refuses a token: pages are for browsers, and what their forms do asks for no scopes (ASVS 5.0 8.2.1).
pub async fn browsers_alone(request: Request, next: Next) -> Response {
    if request.headers().contains_key(AUTHORIZATION) {
        return Problem::forbidden("pages are for browsers: with a token use the API, below /api/v1").into_response();
    }
    next.run(request).await
}

/// True if a page of another site can't have made a browser send this.
///
/// Browsers say where a request comes from in Sec-Fetch-Site (Fetch Metadata §2.2), older ones in Origin. Without either it
/// is no browser's; then a cookie has no place in it. A bearer's token is nothing that a browser adds by itself.
fn is_allowed(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    if method.is_safe() || headers.contains_key(AUTHORIZATION) {
        return true;
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    if let Some(origin) = text(ORIGIN.as_str()) {
        let host = text(HOST.as_str()).or_else(|| uri.authority().map(http::uri::Authority::as_str));
        let of_origin = origin.split_once("://").map(|(_, host)| host);
        return of_origin.is_some() && of_origin == host;
    }
    !headers.contains_key(COOKIE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sites_change_nothing() {
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[("sec-fetch-site", "same-origin"), ("cookie", "session=x")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site"), ("cookie", "session=x")], false),
            (&[("sec-fetch-site", "none"), ("cookie", "session=x")], false),
            (&[("origin", "https://a.example"), ("host", "a.example"), ("cookie", "session=x")], true),
            (&[("origin", "https://b.example"), ("host", "a.example")], false),
            (&[("origin", "null"), ("host", "a.example")], false),
            (&[("cookie", "session=x")], false),
            (&[], true),
        ];
        for (given, allowed) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
            }
            assert_eq!(is_allowed(&Method::POST, &Uri::from_static("/x"), &headers), allowed, "{given:?}");
            assert!(is_allowed(&Method::GET, &Uri::from_static("/x"), &headers));
            headers.insert(AUTHORIZATION, "Bearer x".parse().unwrap());
            assert!(is_allowed(&Method::POST, &Uri::from_static("/x"), &headers));
        }
    }
}
