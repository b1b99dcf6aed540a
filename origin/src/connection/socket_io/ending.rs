//! The end of a connection: closing it while there is something unread would have the kernel reset it, and throw away what
//! the client has not taken yet (RFC 9112 §9.6).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::super::socket::Socket;

/// The time that a client may be silent before its connection, which was shut down for writing, is closed.
pub(super) const SILENCE: Duration = Duration::from_secs(5);
/// The time that this may take in all.
const LINGER: Duration = Duration::from_secs(30);

/// The wait of a connection that was shut down for writing.
pub(super) struct Ending {
    /// When the client has said nothing for too long.
    silent: Pin<Box<Sleep>>,
    /// When it is over in any case.
    over: Instant,
}

impl Ending {
    pub(super) fn begin() -> Self {
        Self { silent: Box::pin(sleep(SILENCE)), over: Instant::now() + LINGER }
    }

    /// Reads from `socket` and forgets until the client closes, says nothing for a while, or it is over.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>, socket: &mut Socket) -> Poll<()> {
        let mut room = [0; 4096];
        loop {
            let mut heard = ReadBuf::new(&mut room);
            match Pin::new(&mut *socket).poll_read(cx, &mut heard) {
                Poll::Ready(Ok(())) if heard.filled().is_empty() => return Poll::Ready(()),
                Poll::Ready(Ok(())) if Instant::now() < self.over => {
                    self.silent.as_mut().reset(self.over.min(Instant::now() + SILENCE));
                }
                // Over, or reset by the client, which has then lost nothing by our doing.
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.silent.as_mut().poll(cx),
            }
        }
    }
}
