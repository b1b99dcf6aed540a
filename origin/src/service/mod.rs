//! One request, from its head to its answer.

mod answers;
pub(crate) mod fast;
mod guard;
mod library;
pub(crate) mod listing;
pub(crate) mod mounted;
pub(crate) mod mounts;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime};

use arc_swap::ArcSwap;
use config::origin::Limits;
use config::tree::title_of;
use http::header::{CONNECTION, ORIGIN};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use tokio::sync::Semaphore;
use tracing::Level;

use crate::access::{Access, without_tokens};
use crate::delivery::blocks::Outlet;
use crate::delivery::body::{Body, Content};
use crate::delivery::cache::Cache;
use crate::delivery::entry::Entry;
use crate::http::cmcd;
use crate::http::host;
use crate::http::policy::Policy;
use crate::http::request_id::{RequestIds, X_REQUEST_ID};
use crate::http::steering::Steering;
use crate::library::store::Store;
use crate::observe::activity::UnderWay;
use crate::observe::exchange::{Answered, Asked};
use crate::observe::log::{Line, Log};
use crate::observe::metrics::Metrics;
use crate::observe::players::Players;
use crate::observe::spans::Spans;
use crate::pages::Pages;
use answers::Answer;

/// The target of messages about single requests, which `-v` shows.
const ACCESS: &str = "pack::access";

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Service {
    /// What caches are told.
    pub(crate) policy: Arc<Policy>,
    pub(crate) store: Arc<Store>,
    pub(crate) cache: Arc<Cache>,
    /// `/api/titles`.
    pub(crate) listing: Arc<ArcSwap<Entry>>,
    pub(crate) pages: Arc<Pages>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) players: Arc<Players>,
    /// Access to titles.
    pub(crate) access: Access,
    pub(crate) log: Option<Arc<Log>>,
    pub(crate) spans: Option<Arc<Spans>>,
    /// `None` where requests have no ids.
    pub(crate) ids: Option<Arc<RequestIds>>,
    /// `None` where players are not shared out among delivery networks.
    pub(crate) steering: Option<Steering>,
    pub(crate) limits: RequestLimits,
    /// Places for requests that wait for a file.
    pub(crate) waiting: Semaphore,
    /// True once the program is about to end.
    pub(crate) draining: Arc<AtomicBool>,
}

/// Bounds on single requests.
#[derive(Debug)]
pub(crate) struct RequestLimits {
    /// Ranges that one may ask for.
    pub(crate) ranges: usize,
    /// Bytes of its header fields.
    pub(crate) head: u64,
}

impl From<&Limits> for RequestLimits {
    fn from(limits: &Limits) -> Self {
        Self { ranges: usize::try_from(limits.ranges).unwrap_or(usize::MAX), head: limits.header_bytes }
    }
}

impl Service {
    /// True once the program is about to end.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Answers `request`, which is `under_way` until the answer is sent. Blocks of files are held within `outlet`.
    pub(crate) async fn answer<B: hyper::body::Body>(
        &self,
        request: &Request<B>,
        under_way: UnderWay,
        outlet: &Outlet,
    ) -> Response<Body> {
        let answer = {
            let _waits = under_way.wait();
            self.dispatch(request, outlet).await
        };
        self.complete(request, answer, under_way, outlet)
    }

    /// The same without waiting, if it takes none: most requests are for what is in the cache, and each future that waits
    /// takes two kilobytes, which a thousand connections have in no processor's cache.
    ///
    /// # Errors
    /// When it has to wait, `under_way` comes back for [`Service::answer`].
    pub(crate) fn answer_at_once<B: hyper::body::Body>(
        &self,
        request: &Request<B>,
        under_way: UnderWay,
        outlet: &Outlet,
    ) -> Result<Response<Body>, UnderWay> {
        match self.dispatch_at_once(request, outlet) {
            Some(answer) => Ok(self.complete(request, answer, under_way, outlet)),
            None => Err(under_way),
        }
    }

    /// Adds the fields that depend on the asker, and has the answer counted and logged.
    fn complete<B>(
        &self,
        request: &Request<B>,
        answer: Answer,
        under_way: UnderWay,
        outlet: &Outlet,
    ) -> Response<Body> {
        let Answer { kind, found, mut response } = answer;
        self.policy.add_origin(response.headers_mut(), request.headers().get(ORIGIN));
        let status = response.status();
        tracing::debug!(target: ACCESS, status = status.as_u16(), method = %request.method(), path = %without_tokens(request.uri().path()));
        self.players.note(kind, &cmcd::read(request.uri().query(), request.headers()));
        let id = self.ids.as_ref().map(|ids| ids.of(request.headers()));
        if let Some(id) = &id {
            response.headers_mut().insert(X_REQUEST_ID, id.clone());
        }
        let (began, client) = (under_way.began(), under_way.client());
        let line = Line::begin(self.log.as_ref(), self.spans.as_deref(), status.as_u16(), || {
            let address = client.address.map(|address| address.ip());
            let asked = Asked { id: id.as_ref().map(HeaderValue::as_bytes), ..Asked::of(request, address) };
            (asked, answered(status, kind.label(), found.map(|found| found.is_hit()), began))
        });
        let meter = self.metrics.answer(kind, status, request.version(), under_way).writing(line);
        if request.method() == Method::HEAD {
            *response.body_mut() = Content::empty();
        }
        response.map(|content| content.sent(meter, outlet))
    }

    /// The answer from the cache, for a file that needs no token.
    fn dispatch_at_once<B: hyper::body::Body>(&self, request: &Request<B>, outlet: &Outlet) -> Option<Answer> {
        let is_plain = matches!(*request.method(), Method::GET | Method::HEAD);
        let path = request.uri().path().strip_prefix("/vod/")?;
        if !is_plain || self.refusal(request).is_some() || !self.is_open(path) {
            return None;
        }
        let entry = self.cache.hot(path, outlet.kernel_sends)?;
        self.entry_at_once(request, &entry)
    }

    async fn dispatch<B: hyper::body::Body>(&self, request: &Request<B>, outlet: &Outlet) -> Answer {
        if let Some(status) = self.refusal(request) {
            // The bytes that follow on the connection can't be told from the refused ones.
            let mut answer = self.failure(status);
            if request.version() != Version::HTTP_2 {
                answer.response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            return answer;
        }
        match *request.method() {
            Method::GET | Method::HEAD => {}
            // Sent without credentials, so that it can say nothing of the path.
            Method::OPTIONS => return self.preflight(),
            // A title that does not exist, or might as well, has no methods: POST tells no more of it than GET.
            _ if names_title(request.uri().path()) => {
                let found = self.guarded(request, outlet).await;
                return if found.response.status() == StatusCode::NOT_FOUND { found } else { self.not_allowed() };
            }
            _ => return self.not_allowed(),
        }
        self.guarded(request, outlet).await
    }

    /// True if no token is needed for the file at `path`, relative to `/vod/`.
    fn is_open(&self, path: &str) -> bool {
        self.access.is_open_to_all() || self.access.of(title_of(path)).is_open()
    }

    /// The status that refuses `request`, which no client of ours sends, and two servers might read in two ways.
    fn refusal<B: hyper::body::Body>(&self, request: &Request<B>) -> Option<StatusCode> {
        if !host::is_sane(request.headers(), request.version()) {
            return Some(StatusCode::BAD_REQUEST);
        }
        // hyper's own bound has 8 KiB at the least.
        let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
        if fields.sum::<usize>() as u64 > self.limits.head {
            return Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        // The library takes no content.
        (!request.body().is_end_stream()).then_some(StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// True if no setting adds to answers a field that depends on the asker.
    fn answers_all_alike(&self) -> bool {
        let is_told_of = self.spans.is_some() || tracing::enabled!(target: ACCESS, Level::DEBUG);
        self.ids.is_none() && !self.policy.names_origins() && !is_told_of
    }

    /// True if new requests are welcome, else why not. Does not wait for the file system.
    pub(crate) fn readiness(&self) -> (StatusCode, &'static str) {
        if self.is_draining() {
            (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
        } else if self.store.is_there(Instant::now()) {
            (StatusCode::OK, "ready\n")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "the library can't be read\n")
        }
    }
}

/// True if `path` is one of a title's, if it is anyone's.
fn names_title(path: &str) -> bool {
    ["/vod/", "/watch/", "/api/titles/"].iter().any(|place| path.starts_with(place))
}

/// The facts of an answer whose head is ready now.
fn answered(status: StatusCode, kind: &'static str, hit: Option<bool>, began: Instant) -> Answered {
    Answered { status: status.as_u16(), kind, hit, began, first_byte: began.elapsed(), now: SystemTime::now() }
}

/// The current time, in nanoseconds since the Unix epoch.
fn now() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}
