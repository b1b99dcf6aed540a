//! Memory for blocks on their way through TLS and HTTP/2: those that were read of files, and what is copied into records.
//!
//! A client that takes nothing holds each of them for as long as it likes. So blocks are counted: each
//! connection may always hold [`OWN`], so that it goes on whatever others do, and no more than [`MORE`] of what all share.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use prometheus::IntGauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of a block: with the header of a frame of HTTP/2 (RFC 9113 §4.1) they fill one record of TLS (RFC 8446 §5.1).
pub(crate) const BLOCK: usize = (16 << 10) - 9;
/// Blocks that each connection may hold at any time.
const OWN: usize = 1;
/// Blocks beyond that which one connection may hold: enough to keep it busy, and so few that it takes many connections
/// to hold all.
const MORE: usize = 8;
/// Blocks beyond their own, which all connections share: 4 MiB.
const SHARED: usize = 256;

/// The blocks that all connections share.
#[derive(Debug, Clone)]
pub(crate) struct Blocks {
    shared: Arc<Semaphore>,
    /// Bytes of blocks that are held.
    held: IntGauge,
}

/// The way out of one connection: whether the kernel sends files over it, and else the blocks that it may hold.
#[derive(Debug, Clone)]
pub(crate) struct Outlet {
    /// True if the kernel sends files over it, so that nothing of them need be in our memory.
    pub(crate) kernel_sends: bool,
    own: Arc<Semaphore>,
    more: Arc<Semaphore>,
    blocks: Blocks,
}

/// The right to hold one block.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its connection's.
    _of_connection: OwnedSemaphorePermit,
    /// Taken from what all connections share; `None` where the block is the connection's own.
    _shared: Option<OwnedSemaphorePermit>,
    held: IntGauge,
}

/// A place that is waited for.
pub(crate) type PendingPlace = Pin<Box<dyn Future<Output = Option<Place>> + Send + Sync>>;

/// A part of a body, with the place that it takes if it is a copy.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) bytes: Bytes,
    place: Option<Place>,
}

/// Bytes with their place.
struct Held {
    bytes: Bytes,
    _place: Place,
}

impl Blocks {
    /// All of them; `held` shows how many bytes are held.
    #[must_use]
    pub(crate) fn new(held: IntGauge) -> Self {
        Self { shared: Arc::new(Semaphore::new(SHARED)), held }
    }

    /// The way out of one more connection.
    #[must_use]
    pub(crate) fn outlet(&self, kernel_sends: bool) -> Outlet {
        let [own, more] = [OWN, MORE].map(|places| Arc::new(Semaphore::new(places)));
        Outlet { kernel_sends, own, more, blocks: self.clone() }
    }

    fn place(&self, of_connection: OwnedSemaphorePermit, shared: Option<OwnedSemaphorePermit>) -> Place {
        self.held.add(BLOCK as i64);
        Place { _of_connection: of_connection, _shared: shared, held: self.held.clone() }
    }
}

impl Outlet {
    /// A place for one more block. `waiting` keeps the turn between two calls.
    pub(crate) fn poll_place(&self, cx: &mut Context<'_>, waiting: &mut Option<PendingPlace>) -> Poll<Option<Place>> {
        if waiting.is_none()
            && let Some(place) = self.try_place()
        {
            return Poll::Ready(Some(place));
        }
        let place = ready!(waiting.get_or_insert_with(|| Box::pin(self.clone().place())).as_mut().poll(cx));
        *waiting = None;
        Poll::Ready(place)
    }

    /// A place for one more block, if there is one at once.
    pub(crate) fn try_place(&self) -> Option<Place> {
        if let Ok(own) = self.own.clone().try_acquire_owned() {
            return Some(self.blocks.place(own, None));
        }
        let more = self.more.clone().try_acquire_owned().ok()?;
        let shared = self.blocks.shared.clone().try_acquire_owned().ok()?;
        Some(self.blocks.place(more, Some(shared)))
    }

    async fn place(self) -> Option<Place> {
        let Self { own, more, blocks, .. } = self;
        let shared = async {
            let more = more.acquire_owned().await.ok()?;
            let shared = blocks.shared.clone().acquire_owned().await.ok()?;
            Some(blocks.place(more, Some(shared)))
        };
        tokio::select! {
            own = own.acquire_owned() => Some(blocks.place(own.ok()?, None)),
            place = shared => place,
        }
    }
}

impl Block {
    /// `bytes` of at most [`BLOCK`] that take `place`, or that are in memory anyhow.
    pub(crate) fn new(bytes: impl Into<Bytes>, place: Option<Place>) -> Self {
        Self { bytes: bytes.into(), place }
    }

    /// The same, taking `place` if it takes none yet.
    pub(crate) fn taking(self, place: Option<Place>) -> Self {
        Self { place: self.place.or(place), ..self }
    }

    /// Frees the bytes, and keeps the place for what was made of them.
    pub(crate) fn into_place(self) -> Option<Place> {
        self.place
    }

    /// The bytes, which keep the place for as long as any part of them lives.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self.place {
            Some(place) => Bytes::from_owner(Held { bytes: self.bytes, _place: place }),
            None => self.bytes,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.held.sub(BLOCK as i64);
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// All places that so many connections get.
    fn hold_all(blocks: &Blocks, connections: usize) -> Vec<Place> {
        let outlets = std::iter::repeat_with(|| blocks.outlet(false)).take(connections);
        outlets.flat_map(|outlet| std::iter::from_fn(move || outlet.try_place())).collect()
    }

    #[tokio::test]
    async fn one_connection_leaves_most_to_others() {
        let blocks = Blocks::new(IntGauge::new("a", "a").unwrap());
        let greedy = blocks.outlet(false);
        let mut held: Vec<_> = std::iter::from_fn(|| greedy.try_place()).collect();
        assert_eq!(held.len(), OWN + MORE);
        // It waits for its own, and stands before nobody else.
        let mut waiting = None;
        assert!(poll_fn(|cx| Poll::Ready(greedy.poll_place(cx, &mut waiting).is_pending())).await);
        assert_eq!(hold_all(&blocks, SHARED).len(), SHARED * OWN + SHARED - MORE);
        held.pop();
        assert!(poll_fn(|cx| greedy.poll_place(cx, &mut waiting)).await.is_some());
    }

    #[tokio::test]
    async fn a_connection_has_a_block_whatever_others_hold() {
        let gauge = IntGauge::new("a", "a").unwrap();
        let blocks = Blocks::new(gauge.clone());
        let greedy = SHARED / MORE;
        let held = hold_all(&blocks, greedy);
        assert_eq!(held.len(), greedy * OWN + SHARED);
        let modest = blocks.outlet(false);
        let first = Block::new(vec![7; 3], modest.try_place()).into_bytes();
        assert_eq!(gauge.get(), ((held.len() + 1) * BLOCK) as i64);
        let mut waiting = None;
        let second = poll_fn(|cx| Poll::Ready(modest.poll_place(cx, &mut waiting).is_pending())).await;
        assert!(second, "all are held");
        drop(first);
        assert!(poll_fn(|cx| modest.poll_place(cx, &mut waiting)).await.is_some());
        drop(held);
        assert_eq!(gauge.get(), 0);
    }

    #[tokio::test]
    async fn who_waits_takes_what_others_let_go() {
        let blocks = Blocks::new(IntGauge::new("a", "a").unwrap());
        let mut held = hold_all(&blocks, SHARED / MORE);
        let modest = blocks.outlet(false);
        let _paused = modest.try_place().expect("its own");
        let mut waiting = None;
        assert!(poll_fn(|cx| Poll::Ready(modest.poll_place(cx, &mut waiting).is_pending())).await);
        held.pop();
        assert!(poll_fn(|cx| modest.poll_place(cx, &mut waiting)).await.is_some());
    }
}
