//! After a handler: refusals are counted, and clients are told what their network has left of a rate.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, Method, Uri};

use super::Counted;
use super::rate::RATE_LIMIT;
use crate::http::App;
use crate::http::caller::Client;
use crate::meters::Refusal;

/// Counts a refusal, and tells of the rate of what was asked for where the handler has not: successes are counted, too.
pub async fn told(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let rate = rate_of(&parts.method, &parts.uri);
    let Ok(client) = Client::from_request_parts(&mut parts, &app).await;
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        app.meters.refused(*refusal);
    }
    if let Some(rate) = rate.filter(|_| !response.headers().contains_key(HeaderName::from_static(RATE_LIMIT))) {
        app.limits.left(rate, client.network()).write(response.headers_mut());
    }
    response
}

/// The rate that a request counts for, by its client's network.
fn rate_of(method: &Method, uri: &Uri) -> Option<Counted> {
    let path = uri.path();
    let (path, is_api) = path.strip_prefix("/api/v1").map_or((path, false), |rest| (rest, true));
    let follows = uri.query().is_some_and(|query| query.starts_with("secret="));
    match (method.as_str(), path) {
        ("POST", "/session") if is_api => Some(Counted::SignIn),
        ("POST", "/sign-in") if !is_api => Some(Counted::SignIn),
        ("POST", "/accounts") if is_api => Some(Counted::SignUp),
        ("POST", "/sign-up") if !is_api => Some(Counted::SignUp),
        ("POST", "/resets") if is_api => Some(Counted::Reset),
        ("POST", "/reset") if !is_api && !follows => Some(Counted::Reset),
        ("POST", "/reset" | "/confirm" | "/welcome" | "/sign-in/link") if !is_api => Some(Counted::Link),
        ("PUT", "/resets") | ("POST", "/confirmations" | "/welcome") if is_api => Some(Counted::Link),
        ("GET", path) if !is_api && path.starts_with("/sign-in/with/") => Some(Counted::Link),
        ("GET", path) if is_api && path.starts_with("/oidc/") && path.ends_with("/callback") => Some(Counted::Link),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_counts_for_one_rate_or_none() {
        for (method, uri, rate) in [
            (Method::POST, "/api/v1/session", Some(Counted::SignIn)),
            (Method::POST, "/sign-in", Some(Counted::SignIn)),
            (Method::DELETE, "/api/v1/session", None),
            (Method::GET, "/sign-in", None),
            (Method::GET, "/sign-in/with/company?next=%2F", Some(Counted::Link)),
            (Method::POST, "/api/v1/accounts", Some(Counted::SignUp)),
            (Method::POST, "/accounts", None),
            (Method::POST, "/reset", Some(Counted::Reset)),
            (Method::POST, "/reset?secret=x", Some(Counted::Link)),
            (Method::PUT, "/api/v1/resets", Some(Counted::Link)),
            (Method::GET, "/api/v1/oidc/company/callback?code=x", Some(Counted::Link)),
            (Method::GET, "/api/v1/titles", None),
        ] {
            assert_eq!(rate_of(&method, &uri.parse().unwrap()), rate, "{method} {uri}");
        }
    }
}
