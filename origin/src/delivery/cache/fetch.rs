//! Files of the library, opened, and read where they are kept in memory.

use std::sync::Arc;

use config::tree::Object;
use rustix::io::Errno;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::delivery::budget::Budget;
use crate::delivery::pool::{self, Turns};
use crate::delivery::source::Source;
use crate::library::error::StoreError;
use crate::library::file::Opened;
use crate::library::identity::Identity;
use crate::library::store::Store;

/// Objects from this size on are sent from their files, bytes: below, one write from memory costs less.
const LARGE: u64 = 64 << 10;
/// The part of the cache that one object in memory may take.
const CACHE_PART: u64 = 24;

/// Fetches files of the library within bounds.
#[derive(Debug)]
pub(super) struct Fetcher {
    pub(super) store: Arc<Store>,
    pub(super) budget: Arc<Budget>,
    pub(super) turns: Turns,
    /// Files that may be open.
    pub(super) places: Arc<Semaphore>,
    /// Bytes of the largest object that is kept in memory.
    pub(super) largest: u64,
}

/// A file that was opened, and read if it is to be in memory.
pub(super) struct Fetched {
    pub(super) identity: Identity,
    pub(super) source: Source,
    pub(super) digest: blake3::Hash,
}

impl Fetcher {
    /// A fetcher of files of `store`, with at most `bytes` of them in memory, and at most `descriptors` open.
    pub(super) fn new(store: Arc<Store>, bytes: u64, descriptors: u64) -> Self {
        let places = usize::try_from(descriptors).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let (budget, places) = (Arc::new(Budget::new(bytes)), Arc::new(Semaphore::new(places)));
        Self { store, budget, turns: Turns::default(), places, largest: bytes / CACHE_PART }
    }

    /// Opens a file and reads it if it is kept in memory, in one visit to the pool. A second visit reads it for its
    /// digest, where no seal vouches for that.
    ///
    /// # Errors
    /// When there is no such file, or it can't be read.
    pub(super) async fn fetch(&self, path: &str, object: Object) -> Result<Fetched, StoreError> {
        let (store, budget, places) = (self.store.clone(), self.budget.clone(), self.places.clone());
        let (path, largest) = (path.to_owned(), self.largest);
        let opening = pool::begin(move || {
            let mut opened = store.open(&path)?;
            let (identity, sealed) = (opened.identity, opened.sealed());
            if is_for_memory(&opened, object, largest) && budget.has_room(identity.size) {
                let content = opened.read()?;
                let digest = sealed.unwrap_or_else(|| blake3::hash(&content));
                if let Some(content) = budget.count(content) {
                    return Ok((identity, Source::Memory(content), Ok(digest)));
                }
            }
            let place = places.try_acquire_owned().map_err(|_| StoreError::Exhausted(Errno::MFILE.into()))?;
            opened.place = Some(place);
            let file = Arc::new(opened);
            Ok((identity, Source::File(file.clone()), sealed.ok_or(file)))
        });
        let (identity, source, digest) = pool::end(opening).await?;
        let digest = match digest {
            Ok(digest) => digest,
            Err(file) => {
                // Nobody reads on when all who waited have left: of a large file that would take a turn for minutes.
                let all_left = CancellationToken::new();
                let _waits = all_left.clone().drop_guard();
                self.turns.take(move || file.digest(|| all_left.is_cancelled())).await?
            }
        };
        Ok(Fetched { identity, source, digest })
    }
}

/// True if a file is kept in memory: a small one, a text, which is compressed there, and one of a file system that does
/// not tell whether reading would wait, since each block of it would take a visit to the pool.
fn is_for_memory(opened: &Opened, object: Object, largest: u64) -> bool {
    let size = opened.identity.size;
    size <= largest && (size < LARGE || is_text(object) || !opened.tells())
}

/// True if it is compressed on its way, and so not sent as it lies on disk.
const fn is_text(object: Object) -> bool {
    matches!(object, Object::Multivariant | Object::Mpd | Object::TitleJson | Object::MediaPlaylist | Object::Text)
}
