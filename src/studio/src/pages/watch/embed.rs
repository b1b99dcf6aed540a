//! `/embed/{title}`: the player alone, in a frame of another site.

use askama::Template;
use axum::extract::State;
use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;

use super::shown::Shown;
use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::pages::frame::Frame;
use crate::pages::{Page, html};
use crate::titles::{find, shown};

/// The policy of all pages, but for who may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' \
                      blob:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors ";

/// The player alone.
#[derive(Debug, Template)]
#[template(path = "watch/embed.html")]
pub(in crate::pages) struct EmbedPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) title: Shown,
}

/// `GET /embed/{title}`. Sites that the owner named may frame it; where none are named, every site may.
pub(in crate::pages) async fn show(State(app): State<App>, page: Frame, viewer: Viewer, At(name): At<String>) -> Page {
    let found = find::one(&app, &viewer, &find::id_of(&app, &name).await?).await?;
    let sites = if found.whole.sites.is_empty() { "*".to_owned() } else { found.whole.sites.join(" ") };
    let policy = HeaderValue::from_str(&format!("{POLICY}{sites}"));
    let policy = policy.map_err(|error| Problem::internal(&error.to_string()))?;
    let title = shown::one(&app, found.whole, found.permit).await;
    let mut response = html(&EmbedPage { title: Shown::of(title, &page), page })?;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response.headers_mut().insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    Ok(response)
}
