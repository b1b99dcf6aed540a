//! How a file of a revision is had that is not in memory: read into it, or left in its file for the kernel to send.

use std::sync::Arc;

use bytes::Bytes;
use quick_cache::sync::Cache as Recent;
use rustix::io::Errno;
use tokio::sync::Semaphore;

use crate::store::{Identity, Opened, Store, StoreError, WINDOW};
use crate::wire::WORTH;

/// Objects above this part of the cache never come into it.
const LARGEST: u64 = 32;
/// From this many bytes on, what is asked for once is cheaper sent from its file than read first.
const PASSING: u64 = 64 << 10;

/// Gets files.
#[derive(Debug)]
pub(crate) struct Fetcher {
    store: Arc<Store>,
    largest: u64,
    /// Digests of files that were left where they are: what is in here was asked for before.
    left: Recent<Identity, blake3::Hash>,
    /// For files that stay open after they were fetched.
    places: Arc<Semaphore>,
}

/// A file that was opened, with its bytes if they were read.
pub(crate) struct Fetched {
    pub(crate) opened: Opened,
    pub(crate) content: Option<Bytes>,
    pub(crate) digest: blake3::Hash,
}

impl Fetcher {
    /// For a cache of `bytes`. At most `descriptors` files stay open.
    pub(crate) fn new(store: Arc<Store>, bytes: u64, descriptors: u64) -> Self {
        let places = usize::try_from(descriptors).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { store, largest: bytes / LARGEST, left: Recent::new(10_000), places: Arc::new(Semaphore::new(places)) }
    }

    /// All that a request needs of the file at `path`, in one visit to the pool: each is two changes of thread.
    ///
    /// What is large, and `plain` since it is sent as it lies on disk, stays there when it is asked for the first time,
    /// unless all of it must be read for its digest anyway. Most of a large library is asked for once in a while, and by
    /// nobody again for long: that takes neither memory nor copying. Whoever is the second to ask has it read.
    ///
    /// # Errors
    /// When there is no such file, it can't be read, or too many are open.
    pub(crate) fn fetch(&self, path: &str, plain: bool) -> Result<Fetched, StoreError> {
        let mut opened = self.store.open(path)?;
        let (size, sealed) = (opened.identity.size, opened.sealed());
        let fits = size <= self.largest;
        let passing = size >= PASSING && sealed.is_some() && self.left.get(&opened.identity).is_none();
        if !fits || plain && (passing || size >= WORTH) {
            opened.place = self.places.clone().try_acquire_owned().ok();
        }
        if fits && !(passing && opened.place.is_some()) {
            let content = opened.read()?;
            let digest = sealed.unwrap_or_else(|| blake3::hash(&content));
            return Ok(Fetched { opened, content: Some(content), digest });
        }
        if opened.place.is_none() {
            return Err(StoreError::Exhausted(Errno::MFILE.into()));
        }
        let digest = match sealed.or_else(|| self.left.get(&opened.identity)) {
            Some(digest) => digest,
            None => opened.digest()?,
        };
        self.left.insert(opened.identity, digest);
        // Of larger ones a part may be wanted, or none.
        if fits {
            opened.bring_in(0, WINDOW)?;
            opened.begun = true;
        }
        Ok(Fetched { opened, content: None, digest })
    }
}
