//! One request, from its head to its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use config::tree::{Object, TITLE_JSON, TitleName, TreePath};
use http::header::{CONNECTION, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH, ORIGIN};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use tokio::sync::Semaphore;

use crate::access::{Access, without_tokens};
use crate::activity::UnderWay;
use crate::answer::{Answer, CACHE_STATUS, HIT};
use crate::body::Body;
use crate::cache::{Cache, Demand, Found, Share};
use crate::catalog::Catalog;
use crate::cmcd;
use crate::entry::Entry;
use crate::fetch::{LITTLE, Piped};
use crate::log::{Line, Log, Record};
use crate::metrics::Metrics;
use crate::pages::Pages;
use crate::players::Players;
use crate::policy::{Lifetime, Policy};
use crate::range;
use crate::request_id::{RequestIds, X_REQUEST_ID};
use crate::route::{Route, route};
use crate::spans::Spans;
use crate::steering::Steering;
use crate::store::{Store, StoreError};

/// Where each request is told of with `-v`.
pub(crate) const ACCESS: &str = "pack::access";

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

impl Service {
    /// Answers `request`, which is `under_way` until the answer is sent.
    pub async fn answer<B: hyper::body::Body>(&self, request: &Request<B>, under_way: UnderWay) -> Response<Body> {
        let answer = self.dispatch(request).await;
        self.complete(request, answer, under_way)
    }

    /// The same without waiting, if it takes none: most requests are for what is in memory, and each future that waits
    /// takes two kilobytes, which a thousand connections have in no processor's cache. It is best `piped` to whom the
    /// kernel can send.
    ///
    /// # Errors
    /// When it has to wait, `under_way` comes back for [`Service::answer`].
    pub fn answer_at_once<B>(
        &self,
        request: &Request<B>,
        piped: bool,
        under_way: UnderWay,
    ) -> Result<Response<Body>, UnderWay>
    where
        B: hyper::body::Body,
    {
        match self.dispatch_at_once(request, piped) {
            Some(answer) => Ok(self.complete(request, answer, under_way)),
            None => Err(under_way),
        }
    }

    /// Adds what depends on who asks, and sees that the answer is counted and written down.
    fn complete<B>(&self, request: &Request<B>, answer: Answer, under_way: UnderWay) -> Response<Body> {
        let Answer { kind, mut response } = answer;
        self.policy.add_origin(response.headers_mut(), request.headers().get(ORIGIN));
        let status = response.status().as_u16();
        tracing::debug!(target: ACCESS, status, method = %request.method(), path = %without_tokens(request.uri().path()));
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
            record.hit = response.headers().get(CACHE_STATUS).map(|cache| cache == HIT);
            Line::new(log, span, record, began)
        });
        let meter = self.metrics.answer(kind, response.status(), request.version(), under_way).writing(line);
        if request.method() == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        response.map(|body| body.metered(meter))
    }

    /// What is in memory and free for all.
    fn dispatch_at_once<B: hyper::body::Body>(&self, request: &Request<B>, piped: bool) -> Option<Answer> {
        if self.access.is_some() || sane(request).is_err() || !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let entry = self.hot(request, request.uri().path().strip_prefix("/vod/")?, piped)?;
        self.entry_at_once(request, &entry)
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
        if let Some(entry) = path.strip_prefix("/vod/").and_then(|below| self.hot(request, below, is_piped(request))) {
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

    /// What is in memory, best `piped` to whom the kernel can send.
    fn hot<B>(&self, request: &Request<B>, path: &str, piped: bool) -> Option<Arc<Entry>> {
        let entry = self.cache.hot(path)?;
        if takes_content(request) {
            self.cache.suit(path, &entry, piped);
        }
        Some(entry)
    }

    async fn title<B>(&self, request: &Request<B>, title: TitleName) -> Answer {
        let below = format!("{title}/{TITLE_JSON}");
        self.file(request, &below, &TreePath { title, revision: None, object: Object::TitleJson }).await
    }

    async fn file<B>(&self, request: &Request<B>, below: &str, tree: &TreePath) -> Answer {
        match self.get(below, tree, demand(request)).await {
            Ok((entry, found)) => self.entry(request, &entry, Some(found)).await,
            Err(answer) => answer,
        }
    }

    /// The file at `below`, of which whoever asks takes what `demand` says.
    ///
    /// # Errors
    /// The answer, when it can't be had.
    pub(crate) async fn get(
        &self,
        below: &str,
        tree: &TreePath,
        demand: Demand,
    ) -> Result<(Arc<Entry>, Found), Answer> {
        // Shed before latency collapses: a queue that no disk can work off helps nobody in it.
        let Ok(_place) = self.waiting.try_acquire() else {
            self.metrics.shed.inc();
            return Err(self.plain(StatusCode::SERVICE_UNAVAILABLE, Lifetime::Overload, "overloaded\n"));
        };
        self.cache.get(below, tree, demand, crate::now()).await.map_err(|error| self.unavailable(below, &error))
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
}

/// Whether it is likely to be sent content.
fn takes_content<B>(request: &Request<B>) -> bool {
    let asks_for_news = || [IF_NONE_MATCH, IF_MODIFIED_SINCE].iter().any(|name| request.headers().contains_key(name));
    *request.method() == Method::GET && !asks_for_news()
}

/// What is likely to be sent of a file.
fn demand<B>(request: &Request<B>) -> Demand {
    let share = match takes_content(request) {
        false => Share::Nothing,
        true if range::asks_for_first(request.headers(), LITTLE) => Share::Whole,
        true => Share::Part,
    };
    Demand { share, piped: is_piped(request) }
}

/// Whether its answer can go out through a pipe.
fn is_piped<B>(request: &Request<B>) -> bool {
    request.extensions().get::<Piped>().is_some()
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
