//! What all threads share, and what of it another reading of the settings replaces while they go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Guard};
use config::origin::Origin;
use config::settings::Settings;
use http::HeaderValue;
use prometheus::Registry;
use tokio::sync::Semaphore;

use crate::Error;
use crate::access::Access;
use crate::admission::{self, Admission};
use crate::cache::Cache;
use crate::catalog::Catalog;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::pages::Pages;
use crate::players::Players;
use crate::policy::Policy;
use crate::service::Service;
use crate::spans::Spans;
use crate::steering::Steering;
use crate::store::Store;
use crate::tls::Tls;

/// The origin as it is now.
#[derive(Debug)]
pub(crate) struct Live {
    service: ArcSwap<Service>,
    settings: ArcSwap<Origin>,
    pub(crate) gate: Arc<Admission>,
    pub(crate) tls: Option<Tls>,
    /// `Alt-Svc` of what goes over TLS, where the same is to be had over HTTP/3.
    pub(crate) alternative: OnceLock<HeaderValue>,
    /// Open files that the system allows.
    files: u64,
}

impl Live {
    /// What `settings` ask for, with its metrics in `registry`.
    pub(crate) fn new(settings: &Settings, registry: &Registry) -> Result<Self, Error> {
        let origin = &settings.origin;
        let files = admission::raise_descriptors();
        let tls = (!origin.tls.listen.is_empty())
            .then(|| Tls::new(&origin.tls.certificates, registry, crate::seconds_now()))
            .transpose()?;
        Ok(Self {
            service: ArcSwap::from_pointee(assemble(settings, registry, files)?),
            settings: ArcSwap::from_pointee(origin.clone()),
            gate: Arc::new(Admission::new(&origin.limits, files - for_cache(files))),
            tls,
            alternative: OnceLock::new(),
            files,
        })
    }

    /// What answers requests now.
    pub(crate) fn service(&self) -> Arc<Service> {
        self.service.load_full()
    }

    /// The same for as long as a request takes to read.
    pub(crate) fn current(&self) -> Guard<Arc<Service>> {
        self.service.load()
    }

    /// The settings of new connections.
    pub(crate) fn settings(&self) -> Arc<Origin> {
        self.settings.load_full()
    }

    /// Begins to answer as `origin` says, on new connections and to new requests. Addresses stay as they are.
    ///
    /// # Errors
    /// When something of it can't be used: then nothing changes.
    pub(crate) fn reload(&self, origin: &Origin) -> Result<(), Error> {
        let service = reassemble(&self.service(), &self.settings(), origin, self.files)?;
        if let Some(tls) = &self.tls {
            tls.reload(&origin.tls.certificates, crate::seconds_now())?;
        }
        self.gate.limit(&origin.limits, self.files - for_cache(self.files));
        self.service.store(Arc::new(service));
        self.settings.store(Arc::new(origin.clone()));
        Ok(())
    }

    /// Reads certificates again that changed.
    pub(crate) fn refresh_certificates(&self) {
        if let Some(tls) = &self.tls {
            tls.refresh(crate::seconds_now());
        }
    }

    /// Says that the program is about to end.
    pub(crate) fn drain(&self) {
        self.service().draining.store(true, Ordering::Relaxed);
    }
}

/// Descriptors of the cache: half for files that are being sent, or will be, half for pipes.
fn for_cache(files: u64) -> u64 {
    files / 4
}

fn assemble(settings: &Settings, registry: &Registry, files: u64) -> Result<Service, Error> {
    let origin = &settings.origin;
    let policy = Arc::new(Policy::new(origin)?);
    let metrics = Arc::new(Metrics::new(registry)?);
    let store = Arc::new(Store::new(settings.library.clone()));
    let cache = Cache::new(store.clone(), policy.clone(), metrics.clone(), origin.cache_bytes, for_cache(files) / 2)?;
    let log = Log::start(&origin.access_log, metrics.lost_lines.clone())?.map(Arc::new);
    Ok(Service {
        catalog: Arc::new(Catalog::new(policy.clone())),
        pages: Arc::new(Pages::default()),
        players: Arc::new(Players::new(registry)?),
        access: Access::load(origin)?,
        log,
        spans: Spans::start(&origin.tracing)?.map(Arc::new),
        ids: origin.request_ids.then(Arc::default),
        steering: Steering::new(&origin.steering),
        policy,
        store,
        cache: Arc::new(cache),
        metrics,
        ranges: count(origin.limits.ranges),
        waiting: Semaphore::new(count(origin.limits.waiting)),
        draining: Arc::new(AtomicBool::new(false)),
    })
}

/// `old` as `origin` wants it. What holds headers made under another policy is made anew, with the cache empty.
fn reassemble(old: &Service, before: &Origin, origin: &Origin, files: u64) -> Result<Service, Error> {
    let policy = Arc::new(Policy::new(origin)?);
    let same = *policy == *old.policy;
    let cache = if same && origin.cache_bytes == before.cache_bytes {
        old.cache.clone()
    } else {
        let (store, metrics) = (old.store.clone(), old.metrics.clone());
        Arc::new(Cache::new(store, policy.clone(), metrics, origin.cache_bytes, for_cache(files) / 2)?)
    };
    let log = if origin.access_log == before.access_log {
        old.log.clone().inspect(|log| log.reopen())
    } else {
        Log::start(&origin.access_log, old.metrics.lost_lines.clone())?.map(Arc::new)
    };
    Ok(Service {
        catalog: if same { old.catalog.clone() } else { Arc::new(old.catalog.under(policy.clone())) },
        pages: if same { old.pages.clone() } else { Arc::default() },
        players: old.players.clone(),
        access: Access::load(origin)?,
        log,
        spans: if origin.tracing == before.tracing {
            old.spans.clone()
        } else {
            Spans::start(&origin.tracing)?.map(Arc::new)
        },
        ids: origin.request_ids.then(|| old.ids.clone().unwrap_or_default()),
        steering: Steering::new(&origin.steering),
        policy,
        store: old.store.clone(),
        cache,
        metrics: old.metrics.clone(),
        ranges: count(origin.limits.ranges),
        waiting: Semaphore::new(count(origin.limits.waiting)),
        draining: old.draining.clone(),
    })
}

fn count(setting: u32) -> usize {
    usize::try_from(setting).unwrap_or(usize::MAX)
}
