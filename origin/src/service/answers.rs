//! Answers with entries, short texts and JSON, before it is known who takes them.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};

use super::state::{FILE_TIMEOUT, Service};
use crate::delivery::body::Content;
use crate::delivery::entry::Entry;
use crate::delivery::representation::Representation;
use crate::http::cache_status::Found;
use crate::http::content::conditional::Validators;
use crate::http::content::dated;
use crate::http::content::decide::{self, Selected};
use crate::http::content::multipart::Multipart;
use crate::http::content::negotiate::{self, Encoding};
use crate::http::content::range::ByteRange;
use crate::http::kind::Kind;
use crate::http::lifetime::Lifetime;
use crate::http::policy;
use crate::library::now;

/// An answer without the fields that all answers have.
pub(super) struct Answer {
    pub(super) kind: Kind,
    /// The place that it came from, if the cache has a part in it.
    pub(super) found: Option<Found>,
    pub(super) response: Response<Content>,
}

impl Answer {
    pub(super) fn new(
        kind: Kind,
        found: Option<Found>,
        status: StatusCode,
        headers: HeaderMap,
        content: Content,
    ) -> Self {
        let mut response = Response::new(content);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Self { kind, found, response }
    }
}

impl Service {
    pub(super) fn count(&self, found: Found) {
        match found {
            Found::Hot => self.metrics.hits.inc(),
            Found::Cold(_) => self.metrics.misses.inc(),
        }
    }

    /// Sends `entry`, or the part of it that `request` asks for, in a coding that may have to be made first.
    pub(super) async fn entry<B>(&self, request: &Request<B>, entry: &Entry, found: Option<Found>) -> Answer {
        let (budget, turns) = self.cache.making();
        let made =
            tokio::time::timeout(FILE_TIMEOUT, entry.representation(coding(request, entry), budget, turns)).await;
        // Reads that hang may have all threads of the pool; the content itself is there.
        let chosen = made.unwrap_or_else(|_| entry.uncoded());
        self.represent(request, entry, chosen, found)
    }

    /// Sends `entry` of the cache, unless the coding has to be made first.
    pub(super) fn entry_at_once<B>(&self, request: &Request<B>, entry: &Entry) -> Option<Answer> {
        let chosen = entry.made(coding(request, entry))?;
        Some(self.represent(request, entry, chosen, Some(Found::Hot)))
    }

    fn represent<B>(
        &self,
        request: &Request<B>,
        entry: &Entry,
        chosen: &Representation,
        found: Option<Found>,
    ) -> Answer {
        let modified = chosen.dated.told(now);
        let current = Validators { etag: chosen.etag.as_bytes(), modified };
        let mut decision = decide::decide(request.method(), request.headers(), current, chosen.len, self.limits.ranges);
        // In a multipart body, Content-Encoding would speak of the parts' wrapping too; one range is clear.
        if chosen.encoding != Encoding::Identity {
            decision = decision.in_one_part();
        }
        let multipart = match &decision.selected {
            Selected::Parts(parts) => {
                Some(Multipart::new(parts, chosen.len, chosen.content_type(), chosen.etag.as_bytes()))
            }
            _ => None,
        };
        let mut whole = match found {
            Some(found @ Found::Cold(_)) => chosen.headers_of(found),
            Some(Found::Hot) | None => chosen.headers().clone(),
        };
        if let Some(found) = found {
            self.count(found);
        }
        if let Some(date) = modified.filter(|modified| !modified.immutable).and_then(dated::http_date) {
            whole.insert(LAST_MODIFIED, date);
        }
        let failure = self.policy.headers(Lifetime::Never);
        let headers = decide::headers(whole, failure, &decision, chosen.len, multipart.as_ref());
        let content = match (decision.selected, multipart) {
            (Selected::Whole, _) => Content::part(&chosen.source, ByteRange { start: 0, end: chosen.len }),
            (Selected::Part(range), _) => Content::part(&chosen.source, range),
            (Selected::Parts(_), Some(multipart)) => Content::multipart(&chosen.source, multipart),
            _ => Content::empty(),
        };
        Answer::new(entry.kind, found, decision.status, headers, content)
    }

    pub(super) fn preflight(&self) -> Answer {
        Answer::new(Kind::Other, None, StatusCode::NO_CONTENT, self.policy.preflight().clone(), Content::empty())
    }

    pub(super) fn not_allowed(&self) -> Answer {
        let mut answer = self.failure(StatusCode::METHOD_NOT_ALLOWED);
        answer.response.headers_mut().insert(ALLOW, policy::allow());
        answer
    }

    pub(super) fn failure(&self, status: StatusCode) -> Answer {
        let text = status.canonical_reason().unwrap_or("error");
        self.text(status, Lifetime::Never, text)
    }

    /// A short text. It is never a 304's or 206's, so only the status decides how long it is kept.
    pub(super) fn text(&self, status: StatusCode, lifetime: Lifetime, text: &'static str) -> Answer {
        let mut headers = self.policy.headers(lifetime.with_status(status)).clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        Answer::new(Kind::Other, None, status, headers, Content::bytes(Bytes::from_static(text.as_bytes())))
    }

    /// JSON that is made for its asker, and so never kept.
    pub(super) fn json(&self, text: String) -> Answer {
        let mut headers = self.policy.headers(Lifetime::Never).clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Answer::new(Kind::Api, None, StatusCode::OK, headers, Content::bytes(text.into()))
    }
}

fn coding<B>(request: &Request<B>, entry: &Entry) -> Encoding {
    if entry.varies() { negotiate::negotiate(request.headers()) } else { Encoding::Identity }
}
