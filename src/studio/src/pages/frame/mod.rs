//! What all pages have in common: the frame around them, and how things are written for people.

pub(crate) mod format;
mod icons;
mod notice;
mod texts;
mod theme;
mod viewer;

use std::fmt::Display;

use askama::filters::Safe;
use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::request::Parts;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::http::App;
use crate::http::caller::signed_in;
use crate::http::problem::Problem;
use crate::http::site::Site;
use crate::model::Micros;

pub(crate) use notice::Notice;
pub(crate) use texts::{Texts, languages, speaking};
pub(crate) use theme::Theme;
pub(crate) use viewer::{Viewer, initial};

/// The place's name.
const SITE: &str = "pack";

/// The frame of a page: who sees it, in which language and colours, and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) site: &'static str,
    /// The page's own path with its query.
    pub(crate) path: String,
    /// What is searched for.
    pub(crate) query: String,
    /// Who is signed in.
    pub(crate) viewer: Option<Viewer>,
    /// What came of the form before.
    pub(crate) notice: Option<Notice>,
    pub(crate) theme: Theme,
    /// The texts in the page's language.
    pub(crate) texts: &'static Texts,
    pub(crate) now: Micros,
    /// The place's address, `https://video.example.com`.
    pub(crate) origin: String,
}

impl FromRequestParts<App> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let viewer = signed_in::Viewer::from_request_parts(parts, app).await?;
        let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
        let texts = texts::choose(cookie(&parts.headers, "language"), accepted);
        let Ok(Site(origin)) = Site::from_request_parts(parts, app).await;
        Ok(Self {
            site: SITE,
            notice: Notice::after(parts.uri.query().unwrap_or_default(), texts),
            path,
            query: String::new(),
            viewer: viewer.account().map(Viewer::of),
            theme: Theme::parse(cookie(&parts.headers, "theme").unwrap_or_default()),
            texts,
            now: app.now(),
            origin,
        })
    }
}

/// The value of one of the request's cookies.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

impl Frame {
    pub(crate) const fn lang(&self) -> &'static str {
        self.texts.tag
    }

    pub(crate) const fn languages(&self) -> &'static [Texts] {
        languages()
    }

    /// The text of `key`.
    pub(crate) fn t<'a>(&self, key: &'a str) -> &'a str {
        self.texts.get(key)
    }

    /// The text of `name` among those of `group`.
    pub(crate) fn t_of(&self, group: &str, name: &str) -> String {
        self.texts.get(&format!("{group}.{name}")).to_owned()
    }

    /// The text of `key` with `value` in place of `{name}`.
    pub(crate) fn put(&self, key: &str, name: &str, value: impl Display) -> String {
        self.texts.put(key, name, value)
    }

    pub(crate) fn icon(&self, name: &str) -> Safe<String> {
        icons::icon(name)
    }

    /// Path of a script, a style sheet or a picture of the pages.
    pub(crate) fn asset(&self, name: &str) -> &'static str {
        super::assets::path_of(name)
    }

    /// True on the page with this path.
    pub(crate) fn at(&self, path: &str) -> bool {
        self.path.split('?').next() == Some(path)
    }

    /// The colours for the root element; none where the system says.
    pub(crate) const fn theme(&self) -> Option<&'static str> {
        self.theme.attribute()
    }

    pub(crate) fn theme_is(&self, name: &str) -> bool {
        self.theme.name() == name
    }

    /// The query that brings one back here after signing in.
    pub(crate) fn next(&self) -> String {
        if self.path == "/" || self.path.starts_with("/sign-") {
            return String::new();
        }
        format!("?next={}", utf8_percent_encode(&self.path, NON_ALPHANUMERIC))
    }

    /// The texts of the scripts.
    pub(crate) const fn script_texts(&self) -> Safe<&'static str> {
        Safe(self.texts.script)
    }

    /// How long ago something was, for people.
    pub(crate) fn ago(&self, then: Micros) -> String {
        format::ago(then.0, self.now.0, self.texts)
    }
}

/// `next` if it is a path of our own, else the start: no link leads from signing in to another site (ASVS 5.0 3.7.2).
pub(crate) fn own_path(next: &str) -> &str {
    let is_own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.chars().all(|letter| !letter.is_control() && !letter.is_whitespace());
    if is_own { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_own_paths_are_gone_to() {
        for own in ["/", "/watch/a?t=1", "/@anna"] {
            assert_eq!(own_path(own), own);
        }
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:x",
            "/\t/evil.example",
            "/a\r\nb",
        ] {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
    }
}
