//! Writes gathered until all that can be done at once is done, for HTTP/2 alone: its task releases them after each turn,
//! which nobody would do once a mount has the stream.
//!
//! hyper has the h2 crate flush after each frame of data: of the answers that a player gets together, each would be a
//! record of TLS and a packet of its own, and twice as dear as all of them in one.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::FrameBudget;
use crate::observe::activity::Activity;

/// Bytes that are gathered at most: half a record of TLS (RFC 8446 §5.1). Clients that take nothing hold them. Longer frames
/// go on with what was gathered before them, uncopied.
const ROOM: usize = 8 << 10;

/// Slices that go on in one call: what was gathered, a frame's header, and its content.
const IN_ONE_CALL: usize = 3;

/// A stream whose writes wait for [`CoalescingIo::poll_release`]; flushing does nothing. Clones are of the same stream.
#[derive(Debug)]
pub(crate) struct CoalescingIo<S>(Arc<Mutex<Inner<S>>>);

#[derive(Debug)]
struct Inner<S> {
    stream: S,
    /// Written by our writer, but not yet to the stream. Has room only while there is something in it.
    held: Vec<u8>,
    /// Of these, how many were written.
    sent: usize,
    /// True if the stream may hold bytes itself, as TLS does.
    unflushed: bool,
    activity: Arc<Activity>,
    frames: FrameBudget,
    /// Bytes that were written to it.
    taken: u64,
}

impl<S> Clone for CoalescingIo<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> CoalescingIo<S> {
    /// Over `stream`, whose client asks with heads of at most `head` bytes.
    pub(crate) fn new(stream: S, activity: Arc<Activity>, head: usize) -> Self {
        let frames = FrameBudget::new(head);
        let inner = Inner { stream, held: Vec::new(), sent: 0, unflushed: false, activity, frames, taken: 0 };
        Self(Arc::new(Mutex::new(inner)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: AsyncWrite + Unpin> CoalescingIo<S> {
    /// Writes what was gathered, and flushes the stream.
    pub(crate) fn poll_release(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.inner();
        ready!(inner.poll_write_held(cx))?;
        if inner.unflushed {
            ready!(Pin::new(&mut inner.stream).poll_flush(cx))?;
            inner.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Inner<S> {
    fn poll_write_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(left) = self.held.get(self.sent..).filter(|left| !left.is_empty()) {
            self.unflushed = true;
            match ready!(Pin::new(&mut self.stream).poll_write(cx, left))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.sent += written,
            }
        }
        (self.held, self.sent) = (Vec::new(), 0);
        Poll::Ready(Ok(()))
    }

    /// Writes what was gathered and then `slices`, together where the stream takes both. Gives how much went of `slices`.
    fn poll_write_through(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.unflushed = true;
        loop {
            let held = self.held.get(self.sent..).unwrap_or_default();
            let mut together = [IoSlice::new(&[]); IN_ONE_CALL];
            let all = std::iter::once(IoSlice::new(held)).chain(slices.iter().copied());
            together.iter_mut().zip(all).for_each(|(room, slice)| *room = slice);
            let before = held.len();
            let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, &together))?;
            if written < before.max(1) {
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.sent += written;
                continue;
            }
            (self.held, self.sent) = (Vec::new(), 0);
            if written > before {
                return Poll::Ready(Ok(written - before));
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for CoalescingIo<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.inner();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut inner.stream).poll_read(cx, buffer))?;
        let (requests, taken) = (inner.activity.requests(), inner.taken);
        let read = buffer.filled().get(before..).unwrap_or_default();
        let seconds = inner.activity.age().as_secs();
        Poll::Ready(inner.frames.read(read, requests, taken, seconds))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CoalescingIo<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut inner = self.inner();
        let length = slices.iter().map(|slice| slice.len()).sum::<usize>();
        if inner.held.len() + length > ROOM {
            let written = ready!(inner.poll_write_through(cx, slices))?;
            inner.taken += written as u64;
            return Poll::Ready(Ok(written));
        }
        inner.taken += length as u64;
        for slice in slices {
            inner.held.extend_from_slice(slice);
        }
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_release(cx))?;
        Pin::new(&mut self.inner().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufWriter};

    use super::*;
    use crate::http::client::Client;

    fn over<S>(stream: S) -> CoalescingIo<S> {
        let activity = Arc::new(Activity::new(std::time::Instant::now(), Client::default()));
        CoalescingIo::new(stream, activity, 16 << 10)
    }

    /// Writes pieces of these lengths, releases after those that are marked, and gives back what the other end reads.
    async fn pass(pieces: &[(usize, bool)]) -> Vec<u8> {
        let (near, mut far) = tokio::io::duplex(1000);
        let near = BufWriter::with_capacity(40_000, near);
        let reader = tokio::spawn(async move {
            let mut read = Vec::new();
            far.read_to_end(&mut read).await.map(|_| read)
        });
        let mut gather = over(near);
        let mut number = 0;
        for (length, release) in pieces {
            gather.write_all(&vec![number; *length]).await.unwrap();
            number = number.wrapping_add(1);
            if *release {
                poll_fn(|cx| gather.poll_release(cx)).await.unwrap();
            }
        }
        gather.shutdown().await.unwrap();
        drop(gather);
        reader.await.unwrap().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]
        #[test]
        fn all_that_is_written_comes_in_order(pieces in prop::collection::vec((0usize..40_000, any::<bool>()), 0..12)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let read = runtime.block_on(pass(&pieces));
            let numbered = pieces.iter().zip(0u8..);
            let wrote: Vec<u8> = numbered.flat_map(|((length, _), number)| vec![number; *length]).collect();
            prop_assert!(read == wrote);
        }
    }

    #[tokio::test]
    async fn what_the_stream_holds_itself_is_released_too() {
        for length in [1, ROOM, ROOM + 1] {
            let (near, mut far) = tokio::io::duplex(100_000);
            let mut gather = over(BufWriter::with_capacity(40_000, near));
            gather.write_all(&vec![1; length]).await.unwrap();
            poll_fn(|cx| gather.poll_release(cx)).await.unwrap();
            assert_eq!(far.read_exact(&mut vec![0; length]).await.unwrap(), length);
        }
    }

    #[tokio::test]
    async fn what_is_small_waits_until_it_is_released() {
        let (near, mut far) = tokio::io::duplex(100_000);
        let mut gather = over(near);
        for _ in 0..3 {
            gather.write_all(b"abc").await.unwrap();
            gather.flush().await.unwrap();
        }
        let mut read = [0; 20];
        let early =
            poll_fn(|cx| Poll::Ready(Pin::new(&mut far).poll_read(cx, &mut ReadBuf::new(&mut read)).is_ready()));
        assert!(!early.await);
        poll_fn(|cx| gather.poll_release(cx)).await.unwrap();
        assert_eq!(far.read(&mut read).await.unwrap(), 9);
    }
}
