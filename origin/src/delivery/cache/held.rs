//! The objects that the cache holds, their weights, and their eviction.

use std::sync::Arc;

use quick_cache::{Lifecycle, Weighter};

use crate::delivery::entry::Entry;
use crate::delivery::source::Source;
use crate::library::error::StoreError;
use crate::library::identity::Identity;

/// An object below a revision, or the error of reading it.
pub(super) type CachedResult = Result<Arc<Entry>, Arc<StoreError>>;

/// A small file that may be replaced, as it was when it was read.
#[derive(Debug, Clone)]
pub(super) struct CurrentFile {
    pub(super) identity: Identity,
    /// True if it had not changed for [`SETTLED`](crate::library::identity::SETTLED) when it was read.
    pub(super) settled: bool,
    pub(super) entry: Arc<Entry>,
}

/// The weigher of objects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    /// Least weight of an open file, so that the cache has no more of them than descriptors.
    pub(super) of_file: u64,
}

/// Memory of a key and the cache's own books, bytes.
const OVERHEAD: u64 = 256;

impl Weight {
    fn of(&self, path: &str, entry: Option<&Entry>) -> u64 {
        let held = entry.map_or(0, |entry| match &entry.uncoded().source {
            Source::Memory(_) => entry.weight(),
            Source::File(_) => entry.weight().max(self.of_file),
        });
        OVERHEAD + path.len() as u64 + held
    }
}

impl Weighter<String, CachedResult> for Weight {
    fn weight(&self, path: &String, loaded: &CachedResult) -> u64 {
        self.of(path, loaded.as_deref().ok())
    }
}

impl Weighter<String, CurrentFile> for Weight {
    fn weight(&self, path: &String, current: &CurrentFile) -> u64 {
        self.of(path, Some(&current.entry))
    }
}

/// Counts what is evicted.
#[derive(Debug, Clone)]
pub(super) struct Evictions(pub(super) prometheus::IntCounter);

impl Lifecycle<String, CachedResult> for Evictions {
    /// Evicted objects are dropped with this, when the cache holds no lock any more: that unmaps memory, or closes a
    /// file.
    type RequestState = Vec<CachedResult>;

    /// Unlike [`Lifecycle::on_evict`], not for an entry whose place another takes under the same path.
    fn before_evict(&self, _evicted: &mut Self::RequestState, _path: &String, _entry: &mut CachedResult) {
        self.0.inc();
    }

    fn on_evict(&self, evicted: &mut Self::RequestState, _path: String, entry: CachedResult) {
        evicted.push(entry);
    }
}
