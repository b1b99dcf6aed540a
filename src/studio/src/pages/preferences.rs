//! Colours and language, as a person chose them: two cookies, which say nothing of who it is.

use axum::response::{AppendHeaders, IntoResponse as _, Response};
use http::header::SET_COOKIE;
use serde::Deserialize;

use super::form::Form;
use super::frame::{Theme, own_path, speaking};
use super::see;

/// A year, in seconds.
const KEPT: u32 = 31_536_000;

/// What is chosen, and the page that it was chosen on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chosen {
    theme: Option<String>,
    language: Option<String>,
    #[serde(default)]
    next: String,
}

/// `POST /studio/preferences`.
pub(super) async fn set(Form(chosen): Form<Chosen>) -> Response {
    let theme = chosen.theme.map(|name| ("theme", Theme::parse(&name).name()));
    let language = chosen.language.and_then(|tag| speaking(&tag)).map(|texts| ("language", texts.tag));
    let cookies = theme.into_iter().chain(language);
    let cookies =
        cookies.map(|(name, value)| (SET_COOKIE, format!("{name}={value}; Path=/; Max-Age={KEPT}; SameSite=Lax")));
    (AppendHeaders(cookies.collect::<Vec<_>>()), see(own_path(&chosen.next))).into_response()
}
