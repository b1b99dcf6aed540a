//! The state that all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use config::origin::Limits;
use config::tree::title_of;
use http::StatusCode;
use tokio::sync::Semaphore;
use tracing::Level;

use crate::access::Access;
use crate::delivery::cache::Cache;
use crate::delivery::entry::Entry;
use crate::http::policy::Policy;
use crate::http::request_id::RequestIds;
use crate::http::steering::Steering;
use crate::library::store::Store;
use crate::observe::exchange::Answered;
use crate::observe::log::Log;
use crate::observe::metrics::Metrics;
use crate::observe::players::Players;
use crate::observe::spans::Spans;
use crate::pages::Pages;

/// The target of messages about single requests, which `-v` shows.
pub(super) const ACCESS: &str = "pack::access";

/// The time that the pool may take for a request: whoever waits for a file is then told to come back later.
pub(super) const FILE_TIMEOUT: Duration = Duration::from_secs(10);

/// The state that all requests share.
#[derive(Debug)]
pub(crate) struct Service {
    /// Headers for caches and browsers.
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
    /// Its header fields.
    pub(crate) fields: usize,
}

impl From<&Limits> for RequestLimits {
    fn from(limits: &Limits) -> Self {
        let number = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        Self { ranges: number(limits.ranges), head: limits.header_bytes, fields: number(limits.headers) }
    }
}

impl Service {
    /// True once the program is about to end.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
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

    /// True if no token is needed for the file at `path`, relative to `/vod/`.
    pub(super) fn is_open(&self, path: &str) -> bool {
        self.access.is_open_to_all() || self.access.of(title_of(path)).is_open()
    }

    /// True if no setting adds to answers a field that depends on the asker.
    pub(super) fn answers_all_alike(&self) -> bool {
        let is_told_of = self.spans.is_some() || tracing::enabled!(target: ACCESS, Level::DEBUG);
        self.ids.is_none() && !self.policy.names_origins() && !is_told_of
    }
}

/// The facts of an answer whose head is ready now.
pub(super) fn answered(status: StatusCode, kind: &'static str, hit: Option<bool>, began: Instant) -> Answered {
    Answered { status: status.as_u16(), kind, hit, began, first_byte: began.elapsed(), now: SystemTime::now() }
}
