//! The parts of a running origin, put together from the settings, and anew when these are read again.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime};

use arc_swap::ArcSwap;
use config::origin::Origin;
use config::settings::Settings;
use prometheus::Registry;
use tokio::sync::Semaphore;

use crate::access::Access;
use crate::connection::admission::{self, Admission};
use crate::connection::hyper_path;
use crate::connection::running::Running;
use crate::connection::socket::Loans;
use crate::connection::tls::Tls;
use crate::delivery::blocks::Blocks;
use crate::delivery::cache::Cache;
use crate::error::Error;
use crate::http::policy::Policy;
use crate::http::steering::Steering;
use crate::library::catalog;
use crate::library::store::Store;
use crate::observe::log::Log;
use crate::observe::metrics::Metrics;
use crate::observe::players::Players;
use crate::observe::spans::Spans;
use crate::pages::Pages;
use crate::service::listing;
use crate::service::mounts::Mounts;
use crate::service::state::{RequestLimits, Service};

/// Puts together the origin that `settings` ask for, with `mounts` and with its metrics in `registry`.
pub(super) fn assemble(settings: &Settings, registry: &Registry, mounts: Mounts) -> Result<Running, Error> {
    let origin = &settings.origin;
    let files = admission::raise_descriptors();
    let tls = (!origin.tls.listen.is_empty())
        .then(|| Tls::new(&origin.tls.certificates, registry, seconds_now()))
        .transpose()?;
    let metrics = Arc::new(Metrics::new(registry, mounts.names())?);
    let blocks = Blocks::new(metrics.block_bytes.clone());
    Ok(Running {
        service: ArcSwap::from_pointee(service(settings, registry, metrics, files)?),
        settings: ArcSwap::from_pointee(origin.clone()),
        admission: Arc::new(Admission::new(&origin.limits, files - for_cache(files))),
        blocks,
        loans: Loans::default(),
        streams: Arc::new(Semaphore::new(hyper_path::SHARED_STREAMS)),
        mounts: mounts.start()?,
        tls,
        alternative: OnceLock::new(),
        relist: AtomicBool::new(false),
        files,
    })
}

impl Running {
    /// Serves new connections and new requests as `origin` says. Addresses and mounts stay.
    ///
    /// # Errors
    /// When something of it can't be used: then nothing changes.
    pub(super) fn reload(&self, origin: &Origin) -> Result<(), Error> {
        let service = anew(&self.service(), &self.settings(), origin, self.files)?;
        if let Some(tls) = &self.tls {
            tls.reload(&origin.tls.certificates, seconds_now())?;
        }
        self.admission.limit(&origin.limits, self.files - for_cache(self.files));
        self.service.store(Arc::new(service));
        self.settings.store(Arc::new(origin.clone()));
        Ok(())
    }

    /// Reads certificates again that changed.
    pub(super) fn refresh_certificates(&self) {
        if let Some(tls) = &self.tls {
            tls.refresh(seconds_now());
        }
    }
}

/// Bytes of a `cache` for contents. The others, a quarter but 16 MiB at most, are for parts of files on their way: a
/// thousand clients that take nothing hold as much.
fn for_contents(cache: u64) -> u64 {
    cache - (cache / 4).min(16 << 20)
}

/// Descriptors of the cache.
fn for_cache(files: u64) -> u64 {
    files / 4
}

fn service(settings: &Settings, registry: &Registry, metrics: Arc<Metrics>, files: u64) -> Result<Service, Error> {
    let origin = &settings.origin;
    let policy = Arc::new(Policy::new(origin)?);
    let store = Arc::new(Store::new(settings.library.path.clone(), Instant::now()));
    let cache =
        Cache::new(store.clone(), policy.clone(), metrics.clone(), for_contents(origin.cache_bytes), for_cache(files))?;
    let empty = listing::entry(catalog::json(&[]).into(), &policy);
    Ok(Service {
        listing: Arc::new(ArcSwap::from_pointee(empty)),
        pages: Arc::new(Pages::default()),
        players: Arc::new(Players::new(registry)?),
        access: Access::open(origin, &settings.library.path)?,
        log: Log::start(&origin.access_log, metrics.lost_lines.clone())?.map(Arc::new),
        spans: Spans::start(&origin.tracing)?.map(Arc::new),
        ids: origin.request_ids.then(Arc::default),
        steering: Steering::new(&origin.steering),
        policy,
        store,
        cache: Arc::new(cache),
        metrics,
        limits: RequestLimits::from(&origin.limits),
        waiting: waiting(origin),
        draining: Arc::new(AtomicBool::new(false)),
    })
}

/// `old` with the settings of `origin`. Entries hold headers made under their policy: under another one, the cache
/// begins empty.
fn anew(old: &Service, before: &Origin, origin: &Origin, files: u64) -> Result<Service, Error> {
    let policy = Arc::new(Policy::new(origin)?);
    let same = *policy == *old.policy;
    let cache = if same && origin.cache_bytes == before.cache_bytes {
        old.cache.clone()
    } else {
        let (store, metrics) = (old.store.clone(), old.metrics.clone());
        Arc::new(Cache::new(store, policy.clone(), metrics, for_contents(origin.cache_bytes), for_cache(files))?)
    };
    let log = if origin.access_log == before.access_log {
        old.log.clone().inspect(|log| log.reopen())
    } else {
        Log::start(&origin.access_log, old.metrics.lost_lines.clone())?.map(Arc::new)
    };
    let spans =
        if origin.tracing == before.tracing { old.spans.clone() } else { Spans::start(&origin.tracing)?.map(Arc::new) };
    let under = || Arc::new(ArcSwap::from_pointee(listing::under(&old.listing.load(), &policy)));
    Ok(Service {
        listing: if same { old.listing.clone() } else { under() },
        pages: if same { old.pages.clone() } else { Arc::default() },
        players: old.players.clone(),
        access: old.access.reopen(origin)?,
        log,
        spans,
        ids: origin.request_ids.then(|| old.ids.clone().unwrap_or_default()),
        steering: Steering::new(&origin.steering),
        policy,
        store: old.store.clone(),
        cache,
        metrics: old.metrics.clone(),
        limits: RequestLimits::from(&origin.limits),
        waiting: waiting(origin),
        draining: old.draining.clone(),
    })
}

fn waiting(origin: &Origin) -> Semaphore {
    Semaphore::new(usize::try_from(origin.limits.waiting).unwrap_or(Semaphore::MAX_PERMITS))
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
