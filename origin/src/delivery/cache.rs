//! The hot cache: objects of the library as they are served, each opened or read once, however many clients ask for it
//! at the same time.
//!
//! Small objects are kept in memory, large ones as open files. Admission is quick_cache's (CLOCK-Pro): an object that is
//! asked for once passes through a small cold part, so that one pass over a cold library does not flush the hot ones.

mod fetch;
mod held;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use config::tree::{Object, TreePath};
use http::HeaderValue;
use quick_cache::sync::{Cache as Hot, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder};

use super::budget::Budget;
use super::entry::{Entry, Parts};
use super::pool::Turns;
use super::source::Source;
use crate::error::Error;
use crate::http::cache_status::Found;
use crate::http::content::dated::{Dated, Modified};
use crate::http::kind::Kind;
use crate::http::lifetime::Lifetime;
use crate::http::policy::Policy;
use crate::library::error::StoreError;
use crate::library::file::Opened;
use crate::library::identity::SETTLED;
use crate::library::store::Store;
use crate::observe::metrics::Metrics;
use fetch::{Fetched, Fetcher};
use held::{CachedResult, CurrentFile, Evictions, Weight};

/// The library's files, as they are served.
#[derive(Debug)]
pub(crate) struct Cache {
    files: Fetcher,
    policy: Arc<Policy>,
    metrics: Arc<Metrics>,
    immutable: Hot<String, CachedResult, Weight, DefaultHashBuilder, Evictions>,
    current: Hot<String, CurrentFile, Weight>,
}

impl Cache {
    /// An empty cache over `store` that holds at most `bytes`, and keeps at most `descriptors` files open.
    ///
    /// # Errors
    /// Never: the options are complete.
    pub(crate) fn new(
        store: Arc<Store>,
        policy: Arc<Policy>,
        metrics: Arc<Metrics>,
        bytes: u64,
        descriptors: u64,
    ) -> Result<Self, Error> {
        let options = |share: u64| {
            OptionsBuilder::new()
                // The least that spreads contention between cores, so that a shard is large beside an object.
                .shards(4)
                .estimated_items_capacity(usize::try_from(share >> 18).unwrap_or(1024))
                .weight_capacity(share)
                .build()
                .map_err(|error| Error::Cache(error.to_string()))
        };
        // Small files that may be replaced are few beside segments. An eighth is left for contents that the cache has let
        // go while they are still being sent.
        let (small, large) = (bytes / 16, bytes - bytes / 16 - bytes / 8);
        // Half of the descriptors are for files that the cache has let go.
        let weight = Weight { of_file: large / (descriptors / 2).max(1) };
        let evictions = Evictions(metrics.evictions.clone());
        Ok(Self {
            files: Fetcher::new(store, bytes, descriptors),
            policy,
            immutable: Hot::with_options(options(large)?, weight, DefaultHashBuilder::default(), evictions),
            current: Hot::with_options(
                options(small)?,
                weight,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            metrics,
        })
    }

    /// The object at `path` below a revision, if it is in the cache, for a connection whose files the kernel sends or
    /// not. `path` may be any text: the cache holds only objects that were once asked for by their right names.
    #[must_use]
    pub(crate) fn hot(self: &Arc<Self>, path: &str, kernel_sends: bool) -> Option<Arc<Entry>> {
        let entry = self.immutable.get(path)?.ok()?;
        if let Source::File(file) = &entry.uncoded().source {
            // No answer with a file that was written to, against all rules, could be sent to its end.
            if file.tells() && file.unchanged().is_err() {
                self.immutable.remove(path);
                return None;
            }
            if !kernel_sends {
                self.promote(path, &entry, file);
            }
        }
        Some(entry)
    }

    /// Starts to read a large object into memory once it is asked for a second time: over TLS and HTTP/2 that costs
    /// less than block by block.
    fn promote(self: &Arc<Self>, path: &str, entry: &Arc<Entry>, file: &Arc<Opened>) {
        let size = file.identity.size;
        if size > self.files.largest || !self.files.budget.has_room(size) || !entry.begin_promotion() {
            return;
        }
        let (cache, path, entry, file) = (self.clone(), path.to_owned(), entry.clone(), file.clone());
        tokio::task::spawn_blocking(move || {
            // An object that has left the cache meanwhile is not in such demand.
            let is_wanted = matches!(cache.immutable.peek(&path), Some(Ok(now)) if Arc::ptr_eq(&now, &entry));
            let length = usize::try_from(size).unwrap_or(usize::MAX);
            if !is_wanted {
                return;
            }
            match cache.files.budget.fill(length, |room| file.read_into(room)) {
                Ok(Some(bytes)) => drop(cache.immutable.replace(path, Ok(Arc::new(entry.in_memory(bytes))), true)),
                // Others took the room, or the disk failed: a later request may find room, or the disk.
                Ok(None) | Err(_) => entry.end_promotion(),
            }
        });
    }

    /// Fetches the object at `path`, at `now` (nanoseconds since the Unix epoch), where it could not be had without
    /// waiting.
    ///
    /// # Errors
    /// When there is no such file, or it can't be read.
    pub(crate) async fn get(
        &self,
        path: &str,
        tree: &TreePath,
        now: u128,
    ) -> Result<(Arc<Entry>, Found), Arc<StoreError>> {
        let began = Instant::now();
        let (entry, hot) = if tree.revision.is_some() {
            self.immutable(path, tree.object).await?
        } else {
            (self.current(path, tree.object, now).await?, false)
        };
        Ok((entry, if hot { Found::Hot } else { Found::Cold(began.elapsed()) }))
    }

    /// The bytes of `entry` in a coding that may have to be made first: the budget and the turns for that.
    pub(crate) fn making(&self) -> (&Arc<Budget>, &Turns) {
        (&self.files.budget, &self.files.turns)
    }

    /// The object, and whether it was in the cache. Single flight: requests that come while the file is fetched wait
    /// for it, and share the entry or the failure.
    async fn immutable(&self, path: &str, object: Object) -> Result<(Arc<Entry>, bool), Arc<StoreError>> {
        match self.immutable.get_value_or_guard_async(path).await {
            Ok(loaded) => loaded.map(|entry| (entry, true)),
            Err(guard) => {
                let loaded = self.load(path, object).await.map(Arc::new).map_err(Arc::new);
                // A failure is shared by those who wait for it, and not kept.
                if guard.insert(loaded.clone()).is_ok() && loaded.is_err() {
                    self.immutable.remove(path);
                }
                loaded.map(|entry| (entry, false))
            }
        }
    }

    /// The small file at `path` as it was read before, if it has not changed since. Does not wait. Each request
    /// compares the present state of the file with the state that was read.
    ///
    /// Could a file that replaced it have the same identity? It can have the same inode number, once the first is gone,
    /// and the same size; a modification time is set by whoever likes. But ctime is the kernel's: it differs unless both
    /// changes fell into one tick of its clock. So an identity vouches for a file only if its ctime was [`SETTLED`] when
    /// it was read (git's rule for its index): whatever happened later has another ctime. Until then every request reads
    /// the file again, a few kilobytes from the page cache.
    pub(crate) fn current_at_once(&self, path: &str) -> Option<Arc<Entry>> {
        let known = self.current.get(path).filter(|known| known.settled)?;
        (self.files.store.identity_at_once(path) == Some(known.identity)).then_some(known.entry)
    }

    /// A small file, read again.
    async fn current(&self, path: &str, object: Object, now: u128) -> Result<Arc<Entry>, Arc<StoreError>> {
        let fetched = match self.files.fetch(path, object).await {
            Err(StoreError::Missing) => {
                self.current.remove(path);
                return Err(Arc::new(StoreError::Missing));
            }
            other => other?,
        };
        let changed = fetched.identity.mtime.max(fetched.identity.ctime);
        let (identity, settled) = (fetched.identity, now >= changed.saturating_add(SETTLED));
        let dated = Dated::Replaced(changed);
        // The same content keeps its compressed forms.
        let same = self.current.get(path).filter(|known| known.entry.is(&fetched.digest, dated));
        let entry = same.map_or_else(|| Arc::new(self.entry(object, fetched, dated)), |known| known.entry);
        self.current.insert(path.into(), CurrentFile { identity, settled, entry: entry.clone() });
        Ok(entry)
    }

    async fn load(&self, path: &str, object: Object) -> Result<Entry, StoreError> {
        let fetched = self.files.fetch(path, object).await?;
        let unix_seconds = u64::try_from(fetched.identity.mtime / 1_000_000_000).unwrap_or(0);
        Ok(self.entry(object, fetched, Dated::Fixed(Modified { unix_seconds, immutable: true })))
    }

    fn entry(&self, object: Object, fetched: Fetched, dated: Dated) -> Entry {
        let parts = Parts {
            kind: Kind::from(object),
            lifetime: if matches!(dated, Dated::Fixed(_)) { Lifetime::Immutable } else { Lifetime::Current },
            content_type: &HeaderValue::from_static(object.content_type()),
            len: fetched.identity.size,
            source: fetched.source,
            digest: fetched.digest,
            dated,
            cached: true,
            security_policy: None,
        };
        Entry::new(parts, &self.policy)
    }

    /// Drops all objects below `folder`, which is gone.
    pub(crate) fn forget(&self, folder: &str) {
        let below = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        // Dropped when the cache holds no lock any more, as what is evicted is.
        let gone = RefCell::new(Vec::new());
        self.immutable.retain(|path, entry| {
            let is_gone = below(path);
            gone.borrow_mut().extend(is_gone.then(|| entry.clone()));
            !is_gone
        });
    }

    /// Brings the gauges up to date.
    pub(crate) fn measure(&self) {
        let bytes = self.immutable.weight() + self.current.weight();
        self.metrics.cached_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        self.metrics.content_bytes.set(i64::try_from(self.files.budget.held()).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests;
