//! What an answer is made of.

use std::time::Duration;

use bytes::Bytes;
use config::tree::TreePath;
use http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tracing::Level;

use crate::body::Body;
use crate::cache::{Demand, Found, Share};
use crate::conditional::{self, Validators};
use crate::encode::{self, Encoding};
use crate::entry::{Entry, Kind, Representation};
use crate::http1::head::Head;
use crate::policy::{self, Lifetime};
use crate::range::ByteRange;
use crate::respond::{self, Content, Multipart};
use crate::service::{ACCESS, Service};

/// RFC 9211.
pub(crate) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// Its value for what was in memory.
pub(crate) const HIT: &str = "pack; hit";
const MISS: &str = "pack; fwd=miss";
/// What browsers show, and scripts read, of where the time went (W3C Server Timing).
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

impl Found {
    /// What clients are told of it.
    pub(crate) fn told(self) -> [(HeaderName, HeaderValue); 2] {
        let (status, timing) = match self {
            Self::Hot => (HIT, HeaderValue::from_static("cache;desc=hit")),
            Self::Cold(took) => (MISS, miss_timing(took)),
        };
        [(CACHE_STATUS, HeaderValue::from_static(status)), (SERVER_TIMING, timing)]
    }
}

/// An answer without what all answers have.
pub(crate) struct Answer {
    pub(crate) kind: Kind,
    pub(crate) response: Response<Body>,
}

impl Answer {
    fn new(kind: Kind, status: StatusCode, headers: HeaderMap, body: Body) -> Self {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Self { kind, response }
    }
}

/// The answer to a request for all of something.
pub(crate) struct Ready {
    pub(crate) kind: Kind,
    /// All of its head but the tail.
    pub(crate) head: Bytes,
    pub(crate) body: Body,
}

impl Service {
    /// Whether no setting adds to answers what depends on who asks, and nobody is told of each request.
    pub(crate) fn answers_all_alike(&self) -> bool {
        let told_of = self.log.is_some() || self.spans.is_some() || tracing::enabled!(target: ACCESS, Level::DEBUG);
        self.access.is_none() && self.ids.is_none() && !self.policy.names_origins() && !told_of
    }

    /// The answer to a simple request, if what it is for is in memory and [all are answered alike]. It is best `piped`
    /// where the kernel can send.
    ///
    /// [all are answered alike]: Self::answers_all_alike
    pub(crate) fn ready(&self, head: &Head<'_, '_>, piped: bool) -> Option<Ready> {
        let path = head.target.strip_prefix("/vod/")?;
        let entry = self.cache.hot(path)?;
        let coding = || encode::choose(head.values(ACCEPT_ENCODING.as_str()));
        let chosen = entry.made(if entry.varies() { coding() } else { Encoding::Identity })?;
        self.metrics.hits.inc();
        let all = ByteRange { start: 0, end: chosen.len };
        let body = if head.method == Method::HEAD {
            Body::empty()
        } else {
            self.cache.suit(path, &entry, piped);
            Body::part(&chosen.source, all)
        };
        Some(Ready { kind: entry.kind, head: chosen.head().clone(), body })
    }

    /// The same for a file at `path`, which is sent as it lies on disk.
    ///
    /// # Errors
    /// The answer, when it can't be had.
    pub(crate) async fn fetched(&self, path: &str, tree: &TreePath, piped: bool) -> Result<Ready, Answer> {
        let (entry, found) = self.get(path, tree, Demand { share: Share::Whole, piped }).await?;
        let plain = entry.plain();
        let head = match found {
            Found::Hot => plain.head().clone(),
            Found::Cold(_) => plain.head_of(found),
        };
        self.count(found);
        let body = Body::part(&plain.source, ByteRange { start: 0, end: plain.len });
        Ok(Ready { kind: entry.kind, head, body })
    }

    fn count(&self, found: Found) {
        match found {
            Found::Hot => self.metrics.hits.inc(),
            Found::Cold(_) => self.metrics.misses.inc(),
        }
    }

    /// Sends `entry`, or what of it `request` asks for, in a coding that may have to be made first.
    pub(crate) async fn entry<B>(&self, request: &Request<B>, entry: &Entry, found: Option<Found>) -> Answer {
        let chosen = entry.representation(coding(request, entry)).await;
        self.represent(request, entry, chosen, found)
    }

    /// Sends `entry`, which was in memory, unless the coding has to be made first.
    pub(crate) fn entry_at_once<B>(&self, request: &Request<B>, entry: &Entry) -> Option<Answer> {
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
        let modified = chosen.dated.told(crate::now);
        let current = Validators { etag: chosen.etag.as_bytes(), modified };
        let mut decision = respond::decide(request.method(), request.headers(), current, chosen.len, self.ranges);
        // In a multipart body, Content-Encoding would speak of the parts' wrapping too; one range is clear.
        if chosen.encoding != Encoding::Identity {
            decision = decision.in_one_part();
        }
        let multipart = match &decision.content {
            Content::Parts(parts) => {
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
        if let Some(date) = modified.filter(|modified| !modified.immutable).and_then(conditional::http_date) {
            whole.insert(LAST_MODIFIED, date);
        }
        let failure = self.policy.headers(Lifetime::Never);
        let headers = respond::headers(whole, failure, &decision, chosen.len, multipart.as_ref());
        let body = match (decision.content, multipart) {
            (Content::Whole, _) => Body::part(&chosen.source, ByteRange { start: 0, end: chosen.len }),
            (Content::Part(range), _) => Body::part(&chosen.source, range),
            (Content::Parts(_), Some(multipart)) => Body::multipart(&chosen.source, multipart),
            _ => Body::empty(),
        };
        Answer::new(entry.kind, decision.status, headers, body)
    }

    pub(crate) fn preflight(&self) -> Answer {
        Answer::new(Kind::Other, StatusCode::NO_CONTENT, self.policy.preflight().clone(), Body::empty())
    }

    pub(crate) fn not_allowed(&self) -> Answer {
        let mut answer = self.failure(StatusCode::METHOD_NOT_ALLOWED);
        answer.response.headers_mut().insert(ALLOW, policy::allow());
        answer
    }

    pub(crate) fn failure(&self, status: StatusCode) -> Answer {
        let text = status.canonical_reason().unwrap_or("error");
        self.plain(status, Lifetime::Never, text)
    }

    /// A short text. It is never a 304's or 206's, so only the status decides how long it is kept.
    pub(crate) fn plain(&self, status: StatusCode, lifetime: Lifetime, text: &'static str) -> Answer {
        let mut headers = self.policy.headers(policy::lifetime(lifetime, status)).clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        Answer::new(Kind::Other, status, headers, Body::bytes(Bytes::from_static(text.as_bytes())))
    }

    /// JSON that is made for who asks, and so never kept.
    pub(crate) fn json(&self, text: String) -> Answer {
        let mut headers = self.policy.headers(Lifetime::Never).clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Answer::new(Kind::Api, StatusCode::OK, headers, Body::bytes(text.into()))
    }
}

fn coding<B>(request: &Request<B>, entry: &Entry) -> Encoding {
    if entry.varies() { encode::negotiate(request.headers()) } else { Encoding::Identity }
}

/// How long it `took` to get a file, in milliseconds.
fn miss_timing(took: Duration) -> HeaderValue {
    let micros = took.as_micros();
    let text = format!("cache;desc=miss;dur={}.{:03}", micros / 1000, micros % 1000);
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("cache;desc=miss"))
}
