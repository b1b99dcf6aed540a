//! The address that people reach the studio at.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::HOST;
use http::request::Parts;

use super::App;
use super::caller::Client;

/// The studio's web origin, as `https://video.example.com`: the setting's, else the one that the client asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site(pub String);

impl FromRequestParts<App> for Site {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        if !app.settings.address.is_empty() {
            return Ok(Self(app.settings.address.clone()));
        }
        let client = Client::from_request_parts(parts, app).await?;
        let host = parts.headers.get(HOST).and_then(|value| value.to_str().ok());
        let host = host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str)).unwrap_or_default();
        Ok(Self(format!("{}://{host}", if client.is_tls { "https" } else { "http" })))
    }
}
