//! Requests for titles that not everyone may see.
//!
//! A restricted title without a good token is answered like one that does not exist, whatever is asked of it: the answer
//! is that of any other path without an object, and takes the same look-up: where the library is away or too much is asked
//! of it, that is answered otherwise.

use std::borrow::Cow;

use config::tree::TitleName;
use http::header::{AUTHORIZATION, CACHE_CONTROL, VARY};
use http::{HeaderValue, Request, StatusCode};

use super::answers::Answer;
use super::state::Service;
use crate::access::{Carrier, Credentials, Grant, split_token};
use crate::delivery::blocks::Outlet;
use crate::http::lifetime;
use crate::http::policy::{self, CDN_CACHE_CONTROL};
use crate::http::route::{Route, route, unescaped};
use crate::library::now;

impl Service {
    /// Answers `request` if its client may see the title that it is for.
    pub(super) async fn guarded<B>(&self, request: &Request<B>, outlet: &Outlet) -> Answer {
        let mut answer = self.judged(request, outlet).await;
        if answer.response.status() == StatusCode::NOT_FOUND && names_title(request.uri().path()) {
            if let Some(page) = self.no_title(request.uri().path()) {
                answer = page;
            }
            // So that no cache gives a stranger's to who has a token (RFC 9111 §4.1). Also where no token would help:
            // else its absence would tell.
            answer.response.headers_mut().insert(VARY, HeaderValue::from_static("Authorization"));
        }
        answer
    }

    async fn judged<B>(&self, request: &Request<B>, outlet: &Outlet) -> Answer {
        let asked = unescaped(request.uri().path());
        if asked.contains('%') {
            // No place of ours; decoded a second time, it might become one.
            return self.failure(StatusCode::NOT_FOUND);
        }
        let (token, path) = without_token(&asked);
        if self.access.is_open_to_all() {
            return self.open(request, &path, outlet).await;
        }
        let Some(title) = title_of(&path) else { return self.open(request, &path, outlet).await };
        let authorization = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let query = request.uri().query().map(unescaped);
        let shown = Credentials { path: token, query: query.as_deref(), authorization };
        let now = u64::try_from(now() / 1_000_000_000).unwrap_or(u64::MAX);
        match self.access.check(title.as_str(), &shown, now) {
            None => self.nothing(&path).await,
            Some(Grant::Open) => self.open(request, &path, outlet).await,
            Some(Grant::Token { expires, carrier }) => {
                self.granted(request, &path, expires.saturating_sub(now), carrier, outlet).await
            }
        }
    }

    /// Answers what a token opens for `left` more seconds: it is kept no longer, and by shared caches only where the token
    /// is part of their key.
    async fn granted<B>(
        &self,
        request: &Request<B>,
        path: &str,
        left: u64,
        carrier: Carrier,
        outlet: &Outlet,
    ) -> Answer {
        let mut answer = self.open(request, path, outlet).await;
        // A shield knows a token by this mark, and checks it each time. Where the mark is encoded it would not, and would
        // keep the answer when the token is revoked.
        let shared = carrier == Carrier::Path && request.uri().path().starts_with("/vod/~");
        let headers = answer.response.headers_mut();
        for name in [CACHE_CONTROL, CDN_CACHE_CONTROL] {
            if let Some(told) = headers.get_mut(&name) {
                // A shared cache knows nothing of private ones' rules.
                *told = match name == CDN_CACHE_CONTROL && !shared {
                    true => HeaderValue::from_static("no-store"),
                    false => lifetime::granted(told, left, shared),
                };
            }
        }
        if carrier == Carrier::Header {
            policy::add_vary(headers, "Authorization");
        }
        answer
    }
}

/// True if `path` is one of a title's, if it is anyone's.
pub(super) fn names_title(path: &str) -> bool {
    ["/vod/", "/watch/", "/api/titles/"].iter().any(|place| path.starts_with(place))
}

/// The token before a path, and the path without it.
fn without_token(path: &str) -> (Option<&str>, Cow<'_, str>) {
    match path.strip_prefix("/vod/").map(split_token) {
        Some((Some(token), below)) => (Some(token), format!("/vod/{below}").into()),
        Some((None, _)) | None => (None, path.into()),
    }
}

/// The title that `path` is of.
fn title_of(path: &str) -> Option<TitleName> {
    match route(path) {
        Route::Tree(_, tree) => Some(tree.title),
        Route::Title(name) => Some(name),
        Route::Watch(name, _) => Some(name),
        Route::Page(_) | Route::Titles | Route::Steering | Route::Health | Route::Ready | Route::Nowhere => None,
    }
}
