//! The hot cache: files of the library as they are served, read once however many ask at once.
//!
//! Admission is quick_cache's (CLOCK-Pro): what is asked for once passes through a small cold part, so one pass over a
//! cold library doesn't flush what is asked for again and again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use config::tree::{Object, TreePath};
use http::HeaderValue;
use quick_cache::sync::{Cache as Hot, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter};
use tokio::sync::Semaphore;

use crate::conditional::Modified;
use crate::entry::{Dated, Entry, Kind, Parts, Source};
pub use crate::fetch::{Demand, Share};
use crate::fetch::{Fetched, Fetcher, Held};
use crate::metrics::Metrics;
use crate::policy::{Lifetime, Policy};
use crate::reservoir;
use crate::store::{Identity, Store, StoreError};

/// How old a file's last change must be before its identity alone vouches for it, nanoseconds; see [`Cache::current`].
const SETTLED: u128 = 2_000_000_000;

/// How often others ask again when what they waited for was fetched for the first alone: that may have taken nothing, the
/// next the first block, and then it is read for all.
const AGAIN: usize = 3;

type Loaded = Result<Arc<Entry>, Arc<StoreError>>;

/// The library's files, as they are served.
#[derive(Debug)]
pub struct Cache {
    store: Arc<Store>,
    policy: Arc<Policy>,
    metrics: Arc<Metrics>,
    immutable: Hot<String, Loaded, Weight, DefaultHashBuilder, Evictions>,
    current: Hot<String, Current, Weight>,
    fetcher: Arc<Fetcher>,
    /// The turn to have something held in another way, too.
    filling: Arc<Semaphore>,
}

/// A small file that may be replaced, as it was when it was read.
#[derive(Debug, Clone)]
struct Current {
    identity: Identity,
    /// Whether it had long been as it was when it was read.
    settled: bool,
    entry: Arc<Entry>,
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// In memory.
    Hot,
    /// In a file, which took so long to read.
    Cold(Duration),
}

impl Cache {
    /// An empty cache over `store` that holds at most `bytes`, and keeps at most `descriptors` files open, and as many
    /// pipes.
    ///
    /// # Errors
    /// Never: the options are complete.
    pub fn new(
        store: Arc<Store>,
        policy: Arc<Policy>,
        metrics: Arc<Metrics>,
        bytes: u64,
        descriptors: u64,
    ) -> Result<Self, crate::Error> {
        let options = |share: u64| {
            OptionsBuilder::new()
                // The least that spreads contention between cores, so that a shard is large beside an object.
                .shards(4)
                .estimated_items_capacity(usize::try_from(share >> 18).unwrap_or(1024))
                .weight_capacity(share)
                .build()
                .map_err(|error| crate::Error::Cache(error.to_string()))
        };
        // Small files are few beside segments; a sixteenth holds thousands of them.
        let (small, large) = (bytes / 16, bytes - bytes / 16);
        let evictions = Evictions(metrics.evictions.clone());
        Ok(Self {
            fetcher: Arc::new(Fetcher::new(store.clone(), bytes, descriptors)),
            filling: Arc::new(Semaphore::new(1)),
            store,
            policy,
            immutable: Hot::with_options(options(large)?, Weight, DefaultHashBuilder::default(), evictions),
            current: Hot::with_options(
                options(small)?,
                Weight,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            metrics,
        })
    }

    /// What lies at `path` below a revision, if it is in memory. `path` may be any text: nothing but what was once
    /// asked for by its right name is in here.
    #[must_use]
    pub fn hot(&self, path: &str) -> Option<Arc<Entry>> {
        self.immutable.get(path)?.ok()
    }

    /// Has the pool see that `entry`, which is in memory and lies at `path`, will cost no more to send than it must to
    /// those who come later: `piped`, if that is how this one was asked for.
    pub(crate) fn suit(self: &Arc<Self>, path: &str, entry: &Arc<Entry>, piped: bool) {
        if !entry.lacks(piped) {
            return;
        }
        // One at a time: nothing that is sent waits for it.
        if let Ok(turn) = self.filling.clone().try_acquire_owned()
            && entry.begin_refill()
        {
            let (cache, path, entry) = (self.clone(), path.to_owned(), entry.clone());
            tokio::task::spawn_blocking(move || {
                cache.fill_up(path, &entry);
                drop(turn);
            });
        }
    }

    /// Has `entry` held in memory and in pipes.
    fn fill_up(&self, path: String, entry: &Arc<Entry>) {
        // What is no longer in here is not wanted that much.
        let is_wanted = || matches!(self.immutable.peek(&path), Some(Ok(now)) if Arc::ptr_eq(&now, entry));
        if !is_wanted() {
            return;
        }
        match self.fetcher.fill_up(&entry.plain().source) {
            Some(source) if is_wanted() => {
                let _ = self.immutable.replace(path, Ok(Arc::new(entry.from_other(source))), true);
            }
            // Pipes may be there another time.
            None if entry.lacks_pipes() => entry.fail_refill(),
            Some(_) | None => {}
        }
    }

    /// What lies at `path`, of which whoever asks takes what `demand` says.
    ///
    /// # Errors
    /// When there is no such file, or it can't be read.
    pub async fn get(
        &self,
        path: &str,
        tree: &TreePath,
        demand: Demand,
        now: u128,
    ) -> Result<(Arc<Entry>, Found), Arc<StoreError>> {
        let began = Instant::now();
        let (entry, hot) = if tree.revision.is_some() {
            self.immutable(path, tree.object, demand).await?
        } else {
            self.current(path, tree.object, now).await?
        };
        Ok((entry, if hot { Found::Hot } else { Found::Cold(began.elapsed()) }))
    }

    /// And whether it was in memory. Single flight: whoever comes while the file is fetched waits for that, and shares
    /// what comes of it: the bytes, the open file, the failure. Only bytes are kept for those who come later, and what was
    /// fetched for the first alone is not shared: the others would have it read once for each.
    async fn immutable(
        &self,
        path: &str,
        object: Object,
        demand: Demand,
    ) -> Result<(Arc<Entry>, bool), Arc<StoreError>> {
        let mut shared = self.immutable.get_value_or_guard_async(path).await;
        for _ in 0..AGAIN {
            if !matches!(&shared, Ok(Ok(entry)) if entry.is_for_one(demand.share == Share::Whole)) {
                break;
            }
            shared = self.immutable.get_value_or_guard_async(path).await;
        }
        match shared {
            Ok(loaded) => loaded.map(|entry| (entry.clone(), entry.is_in_memory())),
            Err(guard) => {
                let loaded = self.load(path, object, demand).await.map(Arc::new).map_err(Arc::new);
                let keep = loaded.as_ref().is_ok_and(|entry| entry.is_in_memory());
                if guard.insert(loaded.clone()).is_ok() && !keep {
                    self.immutable.remove(path);
                }
                loaded.map(|entry| (entry, false))
            }
        }
    }

    /// A small file, never stale, and whether it was in memory. Each request asks for the state of the file at its path
    /// (one system call), and what was read before is used only if that is the state that was read.
    ///
    /// Could a file that replaced it have the same identity? It can have the same inode number, once the first is
    /// gone, and the same size; a modification time is set by whoever likes. But ctime is the kernel's: it differs
    /// unless both changes fell into one tick of its clock. So an identity vouches for a file only if its ctime was
    /// [`SETTLED`] when it was read (git's rule for its index): whatever happened later has another ctime. Until then
    /// every request reads the file again, a few kilobytes from the page cache.
    async fn current(&self, path: &str, object: Object, now: u128) -> Result<(Arc<Entry>, bool), StoreError> {
        let known = self.current.get(path);
        if let Some(known) = &known
            && known.settled
            && self.store.identity(path).is_ok_and(|identity| identity == known.identity)
        {
            return Ok((known.entry.clone(), true));
        }
        let store = self.store.clone();
        let below = path.to_owned();
        let read = blocking(move || {
            let opened = store.open(&below)?;
            Ok((opened.read()?, opened.identity))
        });
        let (content, identity) = match read.await {
            Err(StoreError::Missing) => {
                self.current.remove(path);
                return Err(StoreError::Missing);
            }
            other => other?,
        };
        let digest = blake3::hash(&content);
        let changed = identity.mtime.max(identity.ctime);
        let settled = now >= changed.saturating_add(SETTLED);
        // The same content keeps its compressed forms.
        let same = known.filter(|known| known.entry.is(&digest, Dated::Replaced(changed)));
        let entry = same.map_or_else(
            || Arc::new(self.entry(object, Source::Memory(content), identity.size, digest, Dated::Replaced(changed))),
            |known| known.entry,
        );
        self.current.insert(path.into(), Current { identity, settled, entry: entry.clone() });
        Ok((entry, false))
    }

    async fn load(&self, path: &str, object: Object, demand: Demand) -> Result<Entry, StoreError> {
        let Fetched { opened, content, digest } = self.fetcher.fetch(path, !is_text(object), demand).await?;
        let identity = opened.identity;
        let unix_seconds = u64::try_from(identity.mtime / 1_000_000_000).unwrap_or(0);
        let dated = Dated::Fixed(Modified { unix_seconds, immutable: true });
        let source = match content {
            Some(Held::Memory(content)) => Source::Memory(content),
            Some(Held::Kept(reservoir)) => Source::Kept(Arc::new(reservoir), None),
            None => Source::File(Arc::new(opened)),
        };
        Ok(self.entry(object, source, identity.size, digest, dated))
    }

    fn entry(&self, object: Object, source: Source, len: u64, digest: blake3::Hash, dated: Dated) -> Entry {
        let lifetime = if matches!(dated, Dated::Fixed(_)) { Lifetime::Immutable } else { Lifetime::Current };
        let content_type = HeaderValue::from_static(object.content_type());
        let kind = Kind::from(object);
        let content_type = &content_type;
        let parts =
            Parts { kind, lifetime, content_type, source, len, digest, dated, cached: true, security_policy: None };
        Entry::new(parts, &self.policy)
    }

    /// Drops what lies below `folder`, which is no longer there.
    pub fn forget(&self, folder: &str) {
        let below = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        self.immutable.retain(|path, _| !below(path));
    }

    /// Brings the gauges up to date.
    pub fn measure(&self) {
        let bytes = self.immutable.weight() + self.current.weight();
        self.metrics.cached_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        self.metrics.piped_bytes.set(i64::try_from(reservoir::held()).unwrap_or(i64::MAX));
    }
}

/// Whether it is compressed on its way, and so not sent as it lies on disk.
pub(crate) const fn is_text(object: Object) -> bool {
    matches!(object, Object::Multivariant | Object::Mpd | Object::TitleJson | Object::MediaPlaylist | Object::Text)
}

/// Runs `work`, which blocks, off the reactor.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|join| Err(StoreError::Io(std::io::Error::other(join))))
}

#[derive(Debug, Clone, Copy)]
struct Weight;

/// What a key and the cache's own books take, bytes.
const OVERHEAD: u64 = 256;

impl Weighter<String, Loaded> for Weight {
    fn weight(&self, path: &String, loaded: &Loaded) -> u64 {
        OVERHEAD + path.len() as u64 + loaded.as_ref().map_or(0, |entry| entry.weight())
    }
}

impl Weighter<String, Current> for Weight {
    fn weight(&self, path: &String, current: &Current) -> u64 {
        OVERHEAD + path.len() as u64 + current.entry.weight()
    }
}

#[derive(Debug, Clone)]
struct Evictions(prometheus::IntCounter);

impl Lifecycle<String, Loaded> for Evictions {
    type RequestState = ();

    /// Unlike [`Lifecycle::on_evict`], not for what another takes the place of under the same path.
    fn before_evict(&self, (): &mut Self::RequestState, _path: &String, _entry: &mut Loaded) {
        self.0.inc();
    }
}
