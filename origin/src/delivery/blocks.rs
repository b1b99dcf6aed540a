//! Memory for blocks of files on their way through TLS and HTTP/2.
//!
//! A client that takes nothing holds each block that was read for it for as long as it likes. So blocks are counted: each
//! connection may always hold [`OWN`], so that it goes on whatever others do, and more only of what all share.

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
/// Blocks beyond that, which all connections share: 8 MiB.
const SHARED: usize = 512;

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
    blocks: Blocks,
}

/// The right to hold one block.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    held: IntGauge,
}

/// A place that is waited for.
pub(crate) type Waiting = Pin<Box<dyn Future<Output = Option<Place>> + Send + Sync>>;

/// A block with its place.
struct Held {
    bytes: Vec<u8>,
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
        Outlet { kernel_sends, own: Arc::new(Semaphore::new(OWN)), blocks: self.clone() }
    }

    fn place(&self, permit: OwnedSemaphorePermit) -> Place {
        self.held.add(BLOCK as i64);
        Place { _permit: permit, held: self.held.clone() }
    }
}

impl Outlet {
    /// A place for one more block. `waiting` keeps the turn between two calls.
    pub(crate) fn poll_place(&self, cx: &mut Context<'_>, waiting: &mut Option<Waiting>) -> Poll<Option<Place>> {
        if waiting.is_none()
            && let Some(place) = self.try_place()
        {
            return Poll::Ready(Some(place));
        }
        let place = ready!(waiting.get_or_insert_with(|| Box::pin(self.clone().place())).as_mut().poll(cx));
        *waiting = None;
        Poll::Ready(place)
    }

    fn try_place(&self) -> Option<Place> {
        let own = self.own.clone().try_acquire_owned();
        let permit = own.or_else(|_| self.blocks.shared.clone().try_acquire_owned());
        permit.ok().map(|permit| self.blocks.place(permit))
    }

    async fn place(self) -> Option<Place> {
        let permit = tokio::select! {
            own = self.own.acquire_owned() => own,
            shared = self.blocks.shared.clone().acquire_owned() => shared,
        };
        permit.ok().map(|permit| self.blocks.place(permit))
    }
}

impl Place {
    /// `bytes` of no more than a block, which hold the place for as long as any part of them lives.
    pub(crate) fn hold(self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(Held { bytes, _place: self })
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

    #[tokio::test]
    async fn a_connection_has_a_block_whatever_others_hold() {
        let gauge = IntGauge::new("a", "a").unwrap();
        let blocks = Blocks::new(gauge.clone());
        let greedy = blocks.outlet(false);
        let held: Vec<_> = std::iter::from_fn(|| greedy.try_place()).collect();
        assert_eq!(held.len(), OWN + SHARED);
        let modest = blocks.outlet(false);
        let first = modest.try_place().expect("its own").hold(vec![7; 3]);
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
        let (greedy, modest) = (blocks.outlet(false), blocks.outlet(false));
        let mut held: Vec<_> = std::iter::from_fn(|| greedy.try_place()).collect();
        let _paused = modest.try_place().expect("its own");
        let mut waiting = None;
        assert!(poll_fn(|cx| Poll::Ready(modest.poll_place(cx, &mut waiting).is_pending())).await);
        held.pop();
        assert!(poll_fn(|cx| modest.poll_place(cx, &mut waiting)).await.is_some());
    }
}
