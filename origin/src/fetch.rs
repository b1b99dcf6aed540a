//! How a file of a revision is had that is not in memory: read into it, or left in its file and sent from there.

mod queue;
mod warmth;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use bytes::Bytes;
use quick_cache::sync::Cache as Recent;
use rustix::io::Errno;
use tokio::sync::Semaphore;

use crate::entry::Source;
use crate::reservoir::{self, Reservoir};
use crate::store::{Identity, Opened, Store, StoreError, WINDOW};
use queue::{Answers, Asked, Queues, Work};
use warmth::Warmth;

/// Objects above this part of the cache never come into it.
const LARGEST: u64 = 32;
/// From this many bytes on, what is asked for once is cheaper sent from its file than read first.
const PASSING: u64 = 64 << 10;
/// From this many bytes on, what the kernel has not in memory is cheaper read past its cache than through it, unless it
/// sends it from there and has it in large folios.
const DIRECT: u64 = 128 << 10;

/// Less than so many bytes of a file are a [`Share::Part`], wherever they are.
pub(crate) const LITTLE: u64 = DIRECT;

/// Gets files.
#[derive(Debug)]
pub(crate) struct Fetcher {
    queues: Queues<Wanted, Result<Fetched, StoreError>>,
    files: Arc<Files>,
}

#[derive(Debug)]
struct Files {
    store: Arc<Store>,
    largest: u64,
    /// Digests of files that were left where they are: what is in here was asked for before.
    left: Recent<Identity, blake3::Hash>,
    warmth: Warmth,
    /// For files that stay open after they were fetched.
    places: Arc<Semaphore>,
    /// For pipes.
    pipes: Arc<Semaphore>,
}

/// What is asked for.
#[derive(Debug, Clone)]
struct Wanted {
    path: String,
    /// Sent as it lies on disk.
    plain: bool,
    demand: Demand,
}

/// What the first who asks for a file is likely to take of it, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// How much.
    pub share: Share,
    /// Best through a pipe.
    pub piped: bool,
}

/// How much is taken of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Its headers alone.
    Nothing,
    /// A part that does not begin where the file does, or is less than [`LITTLE`]: nothing is read for it before.
    Part,
    /// All, or much of it from its beginning on.
    Whole,
}

/// What a request has with it whose answer can go out through a pipe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piped;

/// A file that was opened, with its bytes if they were read.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) opened: Opened,
    pub(crate) content: Option<Held>,
    pub(crate) digest: blake3::Hash,
}

/// The bytes of a file.
#[derive(Debug)]
pub(crate) enum Held {
    Memory(Bytes),
    Kept(Reservoir),
}

/// A file that was opened, and what is to become of it.
struct Begun {
    opened: Opened,
    sealed: Option<blake3::Hash>,
    fits: bool,
    read: bool,
    wanted: Wanted,
}

impl Fetcher {
    /// For a cache of `bytes`. At most `descriptors` files stay open, and as many pipes for as long as they are hot.
    pub(crate) fn new(store: Arc<Store>, bytes: u64, descriptors: u64) -> Self {
        let most = usize::try_from(descriptors).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let [places, pipes] = [most; 2].map(|most| Arc::new(Semaphore::new(most)));
        let (left, warmth) = (Recent::new(10_000), Warmth::default());
        let files = Files { store, largest: bytes / LARGEST, left, warmth, places, pipes };
        let reactors = available_parallelism().map_or(1, NonZeroUsize::get);
        Self { queues: Queues::new(reactors), files: Arc::new(files) }
    }

    /// All that a request needs of the file at `path`, in one visit to the pool, or two for what is large and not
    /// alone: each is two changes of thread.
    ///
    /// What is large, and `plain` since it is sent as it lies on disk, stays there when it is asked for the first time,
    /// unless all of it must be read for its digest anyway. Most of a large library is asked for once in a while, and by
    /// nobody again for long: that takes neither memory nor copying. Whoever is the second to ask has it read.
    ///
    /// # Errors
    /// When there is no such file, it can't be read, or too many are open.
    pub(crate) async fn fetch(&self, path: &str, plain: bool, demand: Demand) -> Result<Fetched, StoreError> {
        let wanted = Wanted { path: path.to_owned(), plain, demand };
        let fetched = self.queues.ask(wanted, &self.files).await;
        fetched.unwrap_or_else(|| Err(StoreError::Io(std::io::Error::other("the pool has ended"))))
    }

    /// `source` with its bytes held in both ways, in memory and in pipes; `None` where they can't be. Blocks.
    pub(crate) fn fill_up(&self, source: &Source) -> Option<Source> {
        match source {
            Source::Memory(bytes) => Some(Source::Kept(Arc::new(self.files.keep(bytes)?), Some(bytes.clone()))),
            Source::Kept(reservoir, None) => Some(Source::Kept(reservoir.clone(), Some(reservoir.read_all().ok()?))),
            Source::Kept(_, Some(_)) | Source::File(_) => None,
        }
    }
}

impl Work<Wanted, Result<Fetched, StoreError>> for Files {
    /// All are begun before the first is waited for, and what takes long is left to other threads, unless it is alone.
    fn work(
        self: &Arc<Self>,
        batch: Vec<Asked<Wanted, Result<Fetched, StoreError>>>,
        answers: &mut Answers<Result<Fetched, StoreError>>,
    ) {
        let alone = batch.len() == 1;
        let mut own = Vec::with_capacity(batch.len());
        // Whoever asked may have left, here as below.
        for (wanted, reply) in batch.into_iter().filter(|(_, reply)| !reply.is_closed()) {
            match self.begin(wanted, alone) {
                Ok(file) if alone || file.opened.identity.size < DIRECT => own.push((file, reply)),
                Ok(file) => {
                    let files = self.clone();
                    tokio::task::spawn_blocking(move || {
                        if !reply.is_closed() {
                            drop(reply.send(files.end(file)));
                        }
                    });
                }
                Err(error) => answers.give(reply, Err(error)),
            }
        }
        for (file, reply) in own.into_iter().filter(|(_, reply)| !reply.is_closed()) {
            answers.give(reply, self.end(file));
        }
    }
}

impl Files {
    /// Opens a file, and decides. Others are begun before it is waited for, unless it is `alone`.
    ///
    /// Who takes nothing of what is sealed is not counted: whoever takes something next is the first.
    fn begin(&self, wanted: Wanted, alone: bool) -> Result<Begun, StoreError> {
        let mut opened = self.store.open(&wanted.path)?;
        let (size, sealed) = (opened.identity.size, opened.sealed());
        let fits = size <= self.largest;
        let is_first = || wanted.demand.share == Share::Nothing || self.left.get(&opened.identity).is_none();
        let passing = size >= PASSING && sealed.is_some() && is_first();
        if !fits || wanted.plain && passing {
            opened.place = self.places.clone().try_acquire_owned().ok();
        }
        let read = fits && !(passing && opened.place.is_some());
        if size < DIRECT && !alone && (read || wanted.demand.share == Share::Whole) {
            opened.call_in();
        }
        Ok(Begun { opened, sealed, fits, read, wanted })
    }

    fn end(&self, begun: Begun) -> Result<Fetched, StoreError> {
        let Begun { mut opened, sealed, fits, read, wanted } = begun;
        if read {
            let content = opened.read()?;
            let digest = sealed.unwrap_or_else(|| blake3::hash(&content));
            let kept = if wanted.plain && wanted.demand.piped { self.keep(&content) } else { None };
            let held = kept.map_or(Held::Memory(content), Held::Kept);
            return Ok(Fetched { opened, content: Some(held), digest });
        }
        if opened.place.is_none() {
            return Err(StoreError::Exhausted(Errno::MFILE.into()));
        }
        let digest = match sealed.or_else(|| self.left.get(&opened.identity)) {
            Some(digest) => digest,
            None => opened.digest()?,
        };
        let Demand { share, piped } = wanted.demand;
        if share != Share::Nothing || sealed.is_none() {
            self.left.insert(opened.identity, digest);
        }
        opened.look_for_folios();
        // What never comes into memory may be asked for again soon, and is best had from the kernel's then.
        if share == Share::Whole && !(fits && self.read_first(&mut opened, piped)) {
            opened.bring_in(0, WINDOW)?;
            opened.begun = true;
        }
        Ok(Fetched { opened, content: None, digest })
    }

    /// Reads the first block of what is left in its file, for whoever asked, where that is cheaper than sending it from the
    /// kernel's cache; whether it did.
    fn read_first(&self, opened: &mut Opened, piped: bool) -> bool {
        if opened.identity.size < DIRECT {
            return piped && opened.go_piped();
        }
        !(piped && opened.large_folios) && self.is_cold(opened) && opened.go_direct(piped)
    }

    /// `content` in pipes, if that is worth it, and they can be had.
    fn keep(&self, content: &[u8]) -> Option<Reservoir> {
        let len = content.len() as u64;
        if !reservoir::may_be(len) {
            return None;
        }
        let Ok(places) = self.pipes.clone().try_acquire_many_owned(reservoir::descriptors(len)) else {
            reservoir::pause();
            return None;
        };
        Reservoir::new(content, places).inspect_err(|error| tracing::debug!("{len} bytes stay in memory: {error}")).ok()
    }

    /// Whether the kernel is likely not to have it in memory.
    fn is_cold(&self, opened: &Opened) -> bool {
        !self.warmth.is_warm(|| opened.is_cached())
    }
}
