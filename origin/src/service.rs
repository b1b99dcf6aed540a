//! One request, from its head to its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use config::tree::{Object, TITLE_JSON, TitleName, TreePath};
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HOST, LAST_MODIFIED, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use tokio::sync::Semaphore;

use crate::access::{Access, without_tokens};
use crate::body::Body;
use crate::cache::{Cache, Found};
use crate::catalog::Catalog;
use crate::cmcd;
use crate::conditional::{self, Validators};
use crate::encode::{self, Encoding};
use crate::entry::{Entry, Kind, Source};
use crate::log::{Line, Log, Record};
use crate::metrics::Metrics;
use crate::pages::Pages;
use crate::players::Players;
use crate::policy::{self, Lifetime, Policy};
use crate::range::ByteRange;
use crate::request_id::{RequestIds, X_REQUEST_ID};
use crate::respond::{self, Content, Multipart};
use crate::route::{Route, route};
use crate::spans::Spans;
use crate::steering::Steering;
use crate::store::{Store, StoreError};
use crate::watchdog::UnderWay;
use crate::wire::Backed;

/// RFC 9211.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
static HIT: HeaderValue = HeaderValue::from_static("pack; hit");
/// What browsers show, and scripts read, of where the time went (W3C Server Timing).
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
static HIT_TIMING: HeaderValue = HeaderValue::from_static("cache;desc=hit");

/// What all requests share.
#[derive(Debug)]
pub struct Service {
    /// What caches are told.
    pub policy: Arc<Policy>,
    /// The library's files.
    pub store: Arc<Store>,
    /// The files that are in memory.
    pub cache: Arc<Cache>,
    /// The titles.
    pub catalog: Arc<Catalog>,
    /// What people see.
    pub pages: Arc<Pages>,
    /// What is measured.
    pub metrics: Arc<Metrics>,
    /// What players say.
    pub players: Arc<Players>,
    /// What tokens are checked with; `None` where access is free.
    pub access: Option<Access>,
    /// Where answers are written down; `None` where they are not.
    pub log: Option<Arc<Log>>,
    /// Where spans go; `None` where there are none.
    pub spans: Option<Arc<Spans>>,
    /// What gives requests their ids; `None` where they have none.
    pub ids: Option<Arc<RequestIds>>,
    /// How players are shared out among delivery networks; `None` where they are not.
    pub steering: Option<Steering>,
    /// Ranges that one request may ask for.
    pub ranges: usize,
    /// Places for requests that wait for a file.
    pub waiting: Semaphore,
    /// Whether the program is about to end.
    pub draining: Arc<AtomicBool>,
}

/// An answer without what all answers have.
pub(crate) struct Answer {
    kind: Kind,
    pub(crate) response: Response<Body>,
    /// What its body is part of, if the kernel may send that from a file.
    backed: Option<Backed>,
}

impl Service {
    /// Answers `request`, which is `under_way` until the answer is sent.
    pub async fn answer<B: hyper::body::Body>(&self, request: &Request<B>, under_way: UnderWay) -> Response<Body> {
        let Answer { kind, mut response, backed } = self.dispatch(request).await;
        // HTTP/2 cuts bodies into frames of a few kilobytes, too short to gain by it.
        if let Some(backed) = backed.filter(|_| request.version() != Version::HTTP_2) {
            under_way.send_from(backed);
        }
        self.policy.add_origin(response.headers_mut(), request.headers().get(ORIGIN));
        let status = response.status().as_u16();
        tracing::debug!(target: "pack::access", status, method = %request.method(), path = %without_tokens(request.uri().path()));
        self.players.note(kind, &cmcd::read(request.uri().query(), request.headers()));
        let id = self.ids.as_ref().map(|ids| ids.of(request.headers()));
        if let Some(id) = &id {
            response.headers_mut().insert(X_REQUEST_ID, id.clone());
        }
        let (began, client) = (under_way.began(), under_way.client());
        let log = self.log.as_ref().filter(|log| log.wants(status)).cloned();
        let span = self.spans.as_ref().and_then(|spans| spans.begin(request.headers()));
        let line = (log.is_some() || span.is_some()).then(|| {
            let head = (request.method(), request.uri(), request.version(), request.headers());
            let mut record = Record::new(head, client, began.elapsed(), crate::now());
            (record.status, record.kind, record.id) = (status, kind.label(), id);
            record.hit = response.headers().get(CACHE_STATUS).map(|cache| *cache == HIT);
            Line::new(log, span, record, began)
        });
        let meter = self.metrics.answer(kind, response.status(), request.version(), under_way).writing(line);
        if request.method() == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        response.map(|body| body.metered(meter))
    }

    async fn dispatch<B: hyper::body::Body>(&self, request: &Request<B>) -> Answer {
        if let Err(status) = sane(request) {
            // What follows on the connection can't be told from what is refused.
            let mut answer = self.failure(status);
            if request.version() != Version::HTTP_2 {
                answer.response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            return answer;
        }
        match *request.method() {
            Method::GET | Method::HEAD => {}
            Method::OPTIONS => return self.preflight(),
            _ => return self.not_allowed(),
        }
        match &self.access {
            Some(access) => self.guarded(request, access).await,
            None => self.open(request, request.uri().path()).await,
        }
    }

    /// What `path` shows to whoever may see it.
    pub(crate) async fn open<B>(&self, request: &Request<B>, path: &str) -> Answer {
        if let Some(entry) = path.strip_prefix("/vod/").and_then(|below| self.cache.hot(below)) {
            return self.entry(request, &entry, Some(Found::Hot)).await;
        }
        match route(path) {
            Route::Tree(below, tree) => self.file(request, &below, &tree).await,
            Route::Titles => self.entry(request, &self.catalog.listing(), None).await,
            Route::Title(name) => self.title(request, name).await,
            Route::Steering => match &self.steering {
                Some(steering) => self.json(steering.document(request.uri().query())),
                None => self.failure(StatusCode::NOT_FOUND),
            },
            Route::Health => self.plain(StatusCode::OK, Lifetime::Never, "ok\n"),
            Route::Ready => {
                let (status, text) = self.readiness();
                self.plain(status, Lifetime::Never, text)
            }
            Route::Page(path) => match self.pages.get(&path, &self.policy) {
                Some(page) => self.entry(request, &page, None).await,
                None => self.failure(StatusCode::NOT_FOUND),
            },
            Route::Nowhere => self.failure(StatusCode::NOT_FOUND),
        }
    }

    async fn title<B>(&self, request: &Request<B>, title: TitleName) -> Answer {
        let below = format!("{title}/{TITLE_JSON}");
        self.file(request, &below, &TreePath { title, revision: None, object: Object::TitleJson }).await
    }

    async fn file<B>(&self, request: &Request<B>, below: &str, tree: &TreePath) -> Answer {
        // Shed before latency collapses: a queue that no disk can work off helps nobody in it.
        let Ok(_place) = self.waiting.try_acquire() else {
            self.metrics.shed.inc();
            return self.plain(StatusCode::SERVICE_UNAVAILABLE, Lifetime::Overload, "overloaded\n");
        };
        let began = Instant::now();
        match self.cache.get(below, tree, crate::now()).await {
            Ok((entry, found)) => {
                let took = began.elapsed();
                let mut answer = self.entry(request, &entry, Some(found)).await;
                if found == Found::Cold {
                    answer.response.headers_mut().insert(SERVER_TIMING, miss_timing(took));
                }
                answer
            }
            Err(error) => self.unavailable(below, &error),
        }
    }

    /// What a client is told of a file that can't be had, and what the log says.
    fn unavailable(&self, below: &str, error: &StoreError) -> Answer {
        match error {
            StoreError::Missing => self.failure(StatusCode::NOT_FOUND),
            StoreError::Exhausted(_) => {
                tracing::error!("{below}: {error}");
                self.plain(StatusCode::SERVICE_UNAVAILABLE, Lifetime::Overload, "overloaded\n")
            }
            StoreError::Changed { .. } | StoreError::Io(_) => {
                tracing::error!("{below}: {error}");
                self.failure(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// Sends `entry`, or what of it `request` asks for.
    async fn entry<B>(&self, request: &Request<B>, entry: &Entry, found: Option<Found>) -> Answer {
        let asked = request.headers();
        let encoding = if entry.varies() { encode::negotiate(asked) } else { Encoding::Identity };
        let chosen = entry.representation(encoding).await;
        let modified = chosen.dated.told(crate::now);
        let current = Validators { etag: chosen.etag.as_bytes(), modified };
        // In a multipart body, Content-Encoding would speak of the parts' wrapping too; one range is clear.
        let ranges = if chosen.encoding == Encoding::Identity { self.ranges } else { 1 };
        let decision = respond::decide(request.method(), asked, current, chosen.len, ranges);
        let multipart = match &decision.content {
            Content::Parts(parts) => {
                let content_type = chosen.headers.get(CONTENT_TYPE).unwrap_or(&OCTETS);
                Some(Multipart::new(parts, chosen.len, content_type, chosen.etag.as_bytes()))
            }
            _ => None,
        };
        let mut whole = chosen.headers.clone();
        if let Some(date) = modified.filter(|modified| !modified.immutable).and_then(conditional::http_date) {
            whole.insert(LAST_MODIFIED, date);
        }
        match found {
            Some(Found::Hot) => {
                whole.insert(CACHE_STATUS, HIT.clone());
                whole.insert(SERVER_TIMING, HIT_TIMING.clone());
            }
            Some(Found::Cold) => {
                whole.insert(CACHE_STATUS, HeaderValue::from_static("pack; fwd=miss"));
            }
            None => {}
        }
        self.count(found);
        let failure = self.policy.headers(Lifetime::Never);
        let headers = respond::headers(whole, failure, &decision, chosen.len, multipart.as_ref());
        let body = match (decision.content, multipart) {
            (Content::Whole, _) => Body::part(&chosen.source, ByteRange { start: 0, end: chosen.len }),
            (Content::Part(range), _) => Body::part(&chosen.source, range),
            (Content::Parts(_), Some(multipart)) => Body::multipart(&chosen.source, multipart),
            _ => Body::empty(),
        };
        let backed = match &chosen.source {
            Source::Backed(memory, file) => Some(Backed { memory: memory.clone(), file: file.clone() }),
            Source::Memory(_) | Source::File(_) => None,
        };
        Answer { kind: entry.kind, response: respond_with(decision.status, headers, body), backed }
    }

    fn count(&self, found: Option<Found>) {
        match found {
            Some(Found::Hot) => self.metrics.hits.inc(),
            Some(Found::Cold) => self.metrics.misses.inc(),
            None => {}
        }
    }

    /// Whether new requests are welcome, and why not. One look at the library's folder, which the catalog keeps warm.
    pub fn readiness(&self) -> (StatusCode, &'static str) {
        if self.draining.load(Ordering::Relaxed) {
            (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
        } else if self.store.refresh() {
            (StatusCode::OK, "ready\n")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "the library can't be read\n")
        }
    }

    fn preflight(&self) -> Answer {
        let headers = self.policy.preflight().clone();
        Answer {
            kind: Kind::Other,
            response: respond_with(StatusCode::NO_CONTENT, headers, Body::empty()),
            backed: None,
        }
    }

    fn not_allowed(&self) -> Answer {
        let mut answer = self.failure(StatusCode::METHOD_NOT_ALLOWED);
        answer.response.headers_mut().insert(ALLOW, policy::allow());
        answer
    }

    pub(crate) fn failure(&self, status: StatusCode) -> Answer {
        let text = status.canonical_reason().unwrap_or("error");
        self.plain(status, Lifetime::Never, text)
    }

    /// A short text. It is never a 304's or 206's, so only the status decides how long it is kept.
    fn plain(&self, status: StatusCode, lifetime: Lifetime, text: &'static str) -> Answer {
        let mut headers = self.policy.headers(policy::lifetime(lifetime, status)).clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        let body = Body::bytes(Bytes::from_static(text.as_bytes()));
        Answer { kind: Kind::Other, response: respond_with(status, headers, body), backed: None }
    }

    /// JSON that is made for who asks, and so never kept.
    fn json(&self, text: String) -> Answer {
        let mut headers = self.policy.headers(Lifetime::Never).clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let response = respond_with(StatusCode::OK, headers, Body::bytes(text.into()));
        Answer { kind: Kind::Api, response, backed: None }
    }
}

/// How long it `took` to get a file, in milliseconds.
fn miss_timing(took: Duration) -> HeaderValue {
    let micros = took.as_micros();
    let text = format!("cache;desc=miss;dur={}.{:03}", micros / 1000, micros % 1000);
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("cache;desc=miss"))
}

/// What has no media type of its own (RFC 2046 §4.5.1).
static OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

fn respond_with(status: StatusCode, headers: HeaderMap, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Refuses what no client of ours sends, and what two servers might read in two ways.
fn sane<B: hyper::body::Body>(request: &Request<B>) -> Result<(), StatusCode> {
    // RFC 9112 §3.2: one Host, and in HTTP/1.1 always.
    let hosts = request.headers().get_all(HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        return Err(StatusCode::BAD_REQUEST);
    }
    // Nothing here takes content.
    if !request.body().is_end_stream() {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Ok(())
}
