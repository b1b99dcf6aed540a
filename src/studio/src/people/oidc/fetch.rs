//! Requests to providers: without redirects, within bounds of time and size, and by TLS but for one on this machine.

use std::io::Read as _;
use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};
use ureq::Agent;

/// The longest that a provider may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of an answer.
const MOST: u64 = 1 << 20;

/// A provider can't be asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct FetchError(String);

/// Asks a provider. `plain` allows http, where the issuer that the settings name is on this machine.
pub(super) async fn fetch(request: HttpRequest, plain: bool) -> Result<HttpResponse, FetchError> {
    let ask = tokio::task::spawn_blocking(move || ask(request, plain));
    ask.await.map_err(|error| FetchError(error.to_string()))?
}

fn ask(request: HttpRequest, plain: bool) -> Result<HttpResponse, FetchError> {
    let failed = |error: &dyn std::fmt::Display| FetchError(error.to_string());
    let uri = request.uri().clone();
    let is_own = plain && uri.host().is_some_and(|host| ["127.0.0.1", "localhost", "[::1]"].contains(&host));
    if uri.scheme_str() != Some("https") && !is_own {
        return Err(FetchError(format!("{uri} is not https")));
    }
    let config = Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .user_agent(concat!("pack/", env!("CARGO_PKG_VERSION")));
    let answer = Agent::new_with_config(config.build()).run(request).map_err(|error| failed(&error))?;
    let (head, body) = answer.into_parts();
    let mut bytes = Vec::new();
    body.into_reader().take(MOST + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > MOST {
        return Err(FetchError(format!("{uri} answers with more than a mebibyte")));
    }
    Ok(HttpResponse::from_parts(head, bytes))
}
