//! Requests where access is controlled.
//!
//! Media are controlled, and what names them: `/api/titles/<title>` needs what opens the title, `/api/titles` what opens
//! all of the library. Pages are free: they hold nothing, and pass the token of their own query on.

use http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use http::{HeaderValue, Request, StatusCode};

use crate::access::{Access, Carrier, Granted, Refusal, without_tokens};

use super::Service;
use super::answers::Answer;
use crate::delivery::blocks::Outlet;
use crate::http::policy::{self, CDN_CACHE_CONTROL};
use crate::http::route::{Route, route};

impl Service {
    /// Answers `request` if `access` grants it.
    pub(super) async fn guarded<B>(&self, request: &Request<B>, access: &Access, outlet: &Outlet) -> Answer {
        let path = request.uri().path();
        let authorization = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let now = u64::try_from(super::now() / 1_000_000_000).unwrap_or(u64::MAX);
        let check = |asked| access.check(asked, request.uri().query(), authorization, now);
        if let Some(below) = path.strip_prefix("/vod/") {
            return match check(below) {
                Ok(granted) => self.granted(request, &format!("/vod/{}", granted.below), &granted, now, outlet).await,
                Err(refusal) => self.refused(path, refusal),
            };
        }
        let asked = match route(path) {
            // What spells /vod/ in another way has passed no check.
            Route::Tree(..) => return self.failure(StatusCode::FORBIDDEN),
            Route::Titles => String::new(),
            Route::Title(name) => name.to_string(),
            Route::Watch(..) | Route::Page(_) | Route::Steering | Route::Health | Route::Ready | Route::Nowhere => {
                return self.open(request, path, outlet).await;
            }
        };
        match check(&asked) {
            Ok(granted) => self.granted(request, path, &granted, now, outlet).await,
            Err(refusal) => self.refused(path, refusal),
        }
    }

    /// What a token grants, to be kept until it ends and only where the token is part of what it is kept by.
    async fn granted<B>(
        &self,
        request: &Request<B>,
        path: &str,
        granted: &Granted<'_>,
        now: u64,
        outlet: &Outlet,
    ) -> Answer {
        let mut answer = self.open(request, path, outlet).await;
        let (left, shared) = (granted.expires.saturating_sub(now), granted.carrier == Carrier::Path);
        let headers = answer.response.headers_mut();
        for name in [CACHE_CONTROL, CDN_CACHE_CONTROL] {
            if let Some(told) = headers.get_mut(&name) {
                // A shared cache knows nothing of private ones' rules.
                *told = match name == CDN_CACHE_CONTROL && !shared {
                    true => HeaderValue::from_static("no-store"),
                    false => policy::granted(told, left, shared),
                };
            }
        }
        if granted.carrier == Carrier::Header {
            policy::add_vary(headers, "Authorization");
        }
        answer
    }

    fn refused(&self, path: &str, refusal: Refusal) -> Answer {
        tracing::debug!("{}: {refusal}", without_tokens(path));
        let (status, challenge) = refusal.challenge();
        let mut answer = self.failure(status);
        if let Some(challenge) = challenge {
            answer.response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        answer
    }
}
