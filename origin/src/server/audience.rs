//! Keeps the list of titles and the cache as the library is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::worker::stopped;
use crate::connection::running::Running;
use crate::delivery::entry::Entry;
use crate::library::catalog::{self, CatalogFolder, Changes};
use crate::library::now;
use crate::library::store::Store;
use crate::library::watch::{self as library, Audience};
use crate::service::listing;

/// Receives the library's changes.
pub(super) struct CatalogKeeper {
    running: Arc<Running>,
    /// The list that was last brought up to date: another reading of the settings may make a new one.
    told: Option<Arc<ArcSwap<Entry>>>,
}

impl CatalogKeeper {
    pub(super) fn new(running: Arc<Running>) -> Self {
        Self { running, told: None }
    }

    /// Watches the library until the `stop`.
    pub(super) fn run(mut self, mut stop: watch::Receiver<bool>) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        runtime.block_on(async {
            tokio::select! {
                ended = library::watch(&mut self) => ended,
                () = stopped(&mut stop) => Ok(()),
            }
        })
    }
}

impl Audience for CatalogKeeper {
    fn store(&self) -> Arc<Store> {
        self.running.service().store.clone()
    }

    fn refresh(&self) -> bool {
        look_at_library(&self.running)
    }

    fn hear(&mut self, found: &CatalogFolder, changes: &Changes) {
        let service = self.running.service();
        let list = &service.listing;
        let access = self.running.relist.swap(false, Ordering::Relaxed);
        if access || changes.any || !self.told.as_ref().is_some_and(|told| Arc::ptr_eq(told, list)) {
            let mut titles = found.titles();
            service.metrics.titles.set(i64::try_from(titles.len()).unwrap_or(i64::MAX));
            titles.retain(|title| service.access.of(&title.title).is_listed());
            list.store(Arc::new(listing::entry(catalog::json(&titles).into(), &service.policy)));
            self.told = Some(list.clone());
        }
        changes.gone.iter().for_each(|revision| service.cache.forget(revision));
    }
}

/// Looks whether the library is there, and who may see its titles. True if it looked, and the library is there.
pub(super) fn look_at_library(running: &Running) -> bool {
    let service = running.service();
    // A disk that was away may bring other records with it: they are in force before its titles are there.
    service.store.refresh(Instant::now(), || {
        if service.access.refresh(now()) {
            running.relist.store(true, Ordering::Relaxed);
        }
    })
}
