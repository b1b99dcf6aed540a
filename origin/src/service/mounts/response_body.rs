//! The body of a mount's response, on its way from the mount's runtime to the connection.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Permit, Receiver, Sender, channel};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::content::{BoxError, MountContent};

/// Bytes of one frame, at most: hyper takes a frame whole, however few of its bytes an HTTP/2 window has room for. One
/// record of TLS (RFC 8446 §5.1).
const LARGEST_FRAME: usize = 16 << 10;

/// A response's body as the connection gets it. The mount's work ends when this is dropped.
#[derive(Debug)]
pub struct MountedBody {
    /// `None` when it has ended.
    pieces: Option<Receiver<BodyEvent>>,
    /// Bytes still to come.
    left: SizeHint,
    _work: Option<Work>,
}

/// The error of a body that ends before its end: the mount panicked, or the client took nothing for `limits.stall`.
#[derive(Debug, thiserror::Error)]
#[error("the mount's response was interrupted")]
pub(super) struct Interrupted;

/// A task of a mount, aborted when this is dropped.
#[derive(Debug)]
pub(super) struct Work(pub(super) AbortHandle);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Debug)]
enum BodyEvent {
    Frame(Frame<Bytes>),
    /// The last frame.
    Last(Frame<Bytes>),
    End,
    Failed(BoxError),
}

impl MountedBody {
    pub(super) fn empty() -> Self {
        Self { pieces: None, left: SizeHint::with_exact(0), _work: None }
    }

    pub(super) fn whole(bytes: &'static str) -> Self {
        let (sender, pieces) = channel(1);
        // There is room for one.
        let _ = sender.try_send(BodyEvent::Last(Frame::data(Bytes::from_static(bytes.as_bytes()))));
        Self { pieces: Some(pieces), left: SizeHint::with_exact(bytes.len() as u64), _work: None }
    }

    /// This body, made by `work`, which is stopped when it goes.
    pub(super) fn made_by(self, work: Work) -> Self {
        Self { _work: Some(work), ..self }
    }

    fn passes(&mut self, frame: &Frame<Bytes>) {
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        let mut left = SizeHint::new();
        left.set_lower(self.left.lower().saturating_sub(length));
        if let Some(upper) = self.left.upper() {
            left.set_upper(upper.saturating_sub(length));
        }
        self.left = left;
    }
}

impl Body for MountedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(pieces) = &mut self.pieces else { return Poll::Ready(None) };
        let (next, is_last) = match ready!(pieces.poll_recv(cx)) {
            Some(BodyEvent::Frame(frame)) => (Some(Ok(frame)), false),
            Some(BodyEvent::Last(frame)) => (Some(Ok(frame)), true),
            Some(BodyEvent::End) => (None, true),
            Some(BodyEvent::Failed(error)) => (Some(Err(error)), true),
            None => (Some(Err(Interrupted.into())), true),
        };
        if let Some(Ok(frame)) = &next {
            self.passes(frame);
        }
        if is_last {
            self.pieces = None;
        }
        Poll::Ready(next)
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.left
    }
}

/// The sender of a body, on the mount's runtime.
#[derive(Debug)]
pub(super) struct Pump {
    pieces: Sender<BodyEvent>,
    stall: Duration,
}

/// A pump for a body of so many bytes, and where its frames come out. The connection may take nothing for `stall` at a
/// time.
pub(super) fn pump(hint: SizeHint, stall: Duration) -> (Pump, MountedBody) {
    let (sender, receiver) = channel(1);
    (Pump { pieces: sender, stall }, MountedBody { pieces: Some(receiver), left: hint, _work: None })
}

impl Pump {
    /// Passes on all of `content`. Ends early, so that the body out there ends as interrupted, when nobody takes it.
    pub(super) async fn run(self, mut content: MountContent) {
        // Room comes first, so that never more than one frame waits.
        while let Some(room) = self.room().await {
            match content.frame().await {
                Some(Ok(frame)) => {
                    let ends = content.is_end_stream();
                    if self.pass(room, frame, ends).await.is_none() {
                        return;
                    }
                }
                Some(Err(error)) => return room.send(BodyEvent::Failed(error)),
                None => return room.send(BodyEvent::End),
            }
        }
    }

    /// Passes `frame` on, in parts if it is large. `None` when nothing follows, since the body `ends` with it or nobody
    /// takes more.
    async fn pass<'s>(&'s self, mut room: Permit<'s, BodyEvent>, frame: Frame<Bytes>, ends: bool) -> Option<()> {
        let last = match frame.into_data() {
            Ok(mut data) => {
                while data.len() > LARGEST_FRAME {
                    room.send(BodyEvent::Frame(Frame::data(data.split_to(LARGEST_FRAME))));
                    room = self.room().await?;
                }
                Frame::data(data)
            }
            Err(trailers) => trailers,
        };
        room.send(if ends { BodyEvent::Last(last) } else { BodyEvent::Frame(last) });
        (!ends).then_some(())
    }

    /// A place for a frame, once the connection has taken the one before; `None` when it does not.
    async fn room(&self) -> Option<Permit<'_, BodyEvent>> {
        match self.pieces.try_reserve() {
            Ok(room) => Some(room),
            Err(TrySendError::Closed(())) => None,
            Err(TrySendError::Full(())) => timeout(self.stall, self.pieces.reserve()).await.ok()?.ok(),
        }
    }
}
