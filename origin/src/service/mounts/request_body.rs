//! The body of a request to a mount.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::content::{BoxError, MountContent};

/// Content that a client sends, as it comes.
///
/// A client that is waited for and sends nothing for as long as the origin's `limits.stall` ends it, with an error of
/// kind [`io::ErrorKind::TimedOut`]. A mount that does not read is not the client's fault: then no time runs.
#[derive(Debug)]
pub struct RequestBody {
    /// `None` when it has ended.
    content: Option<MountContent>,
    stall: Duration,
    /// Kept from one wait to the next.
    timer: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
    received: Received,
}

/// Counts the bytes that a mount has taken of a request's content. Clones are of the same request.
#[derive(Debug, Clone, Default)]
pub struct Received(Arc<AtomicU64>);

impl Received {
    /// Bytes so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl RequestBody {
    /// `body`, whose client may be silent for `stall` at a time. To be polled in a Tokio runtime.
    pub fn new<B>(body: B, stall: Duration) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let content = (!body.is_end_stream()).then(|| body.map_err(Into::into).boxed_unsync());
        Self { content, stall, timer: None, is_waiting: false, received: Received::default() }
    }

    /// The counter of its bytes.
    #[must_use]
    pub fn received(&self) -> Received {
        self.received.clone()
    }

    /// Ready when the client has been waited for too long.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let stall = self.stall;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(stall)));
        if !std::mem::replace(&mut self.is_waiting, true) {
            // As tokio's own sleep: what can't be represented is far enough.
            let far = Duration::from_secs(86_400 * 365);
            let now = Instant::now();
            timer.as_mut().reset(now.checked_add(stall).unwrap_or(now + far));
        }
        timer.as_mut().poll(cx)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Some(content) = &mut self.content else { return Poll::Ready(None) };
        let outcome = match Pin::new(content).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.is_waiting = false;
                let length = frame.data_ref().map_or(0, Bytes::len);
                self.received.0.fetch_add(length as u64, Ordering::Relaxed);
                return Poll::Ready(Some(Ok(frame)));
            }
            Poll::Ready(Some(Err(error))) => Some(Err(io::Error::other(error))),
            Poll::Ready(None) => None,
            Poll::Pending if self.poll_timer(cx).is_pending() => return Poll::Pending,
            Poll::Pending => Some(Err(io::Error::new(io::ErrorKind::TimedOut, "the client sends no more"))),
        };
        (self.content, self.timer) = (None, None);
        Poll::Ready(outcome)
    }

    fn is_end_stream(&self) -> bool {
        self.content.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.content.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
