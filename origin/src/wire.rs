//! The stream below HTTP and TLS: it tells when its other end takes nothing, and has the kernel send from files.
//!
//! Writing memory to a socket copies it into the kernel, which above some hundred kilobytes is most of what a request
//! costs. What lies in the hot cache lies in a file too, and published files never change, so the kernel can send the
//! same bytes from its own cache (sendfile(2)). Whatever is odd about the file (it is shorter, it was written to, it
//! can't be sent from) is seen before each call, and leaves the memory to be sent. Only who writes to a published file
//! just while the kernel sends it gets new bytes into an old answer.

use std::io::{self, IoSlice};
use std::os::fd::AsFd as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::activity::Activity;
use crate::carrier::{Carrier, take};
use crate::pipes::Pipe;
use crate::socket::Socket;
use crate::store::Opened;

/// From this many bytes on, what is in memory may be sent from its file, too. Measured at 250 kB, that costs a fifth more
/// than copying with 64 connections, and a tenth less with 2,000: then no buffer is in a processor's cache.
pub(crate) const WORTH: u64 = 128 << 10;
/// From this many bytes on, it costs less however few ask: at 1 MB, half.
pub(crate) const WORTH_ALWAYS: u64 = 512 << 10;
/// What one call sends at most, so that one connection does not keep its thread from the others.
const AT_ONCE: usize = 1 << 20;

/// Who has taken so many bytes reads what it is sent: far more than lies in buffers before it must.
const PROVEN: u64 = 512 << 10;

/// The stream of one connection.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: Socket,
    /// What was read of it before, and is to be read again.
    early: Bytes,
    activity: Arc<Activity>,
    talk: Talk,
}

/// How much a client says, beside what it asks and takes. In HTTP/2 a connection may carry settings, pings and resets
/// without end, each of which costs more to handle than to send (CVE-2019-9512, CVE-2019-9515).
#[derive(Debug)]
struct Talk {
    /// Of one request's head, bytes.
    head: u64,
    heard: u64,
    told: u64,
}

impl Talk {
    /// Whether it is more than `requests` can be the reason of. Windows are updated (RFC 9113 §6.9) with far less than a
    /// sixty-fourth of what was taken, and a handshake of TLS has a few kilobytes.
    fn is_too_much(&self, requests: u32) -> bool {
        const FREE: u64 = 64 << 10;
        self.heard > FREE + self.head * (1 + u64::from(requests)) + self.told / 64
    }
}

impl Wire {
    /// The stream of `socket`, of which `early` was read already, with heads of `head` bytes at most.
    pub(crate) fn new(socket: Socket, early: Bytes, activity: Arc<Activity>, head: u64) -> Self {
        Self { socket, early, activity, talk: Talk { head, heard: 0, told: 0 } }
    }

    fn wrote(&mut self, written: &Poll<io::Result<usize>>) {
        self.activity.wrote(written);
        if let Poll::Ready(Ok(bytes)) = written {
            let before = self.talk.told;
            self.talk.told += *bytes as u64;
            if before < PROVEN && self.talk.told >= PROVEN {
                self.socket.trust();
            }
        }
    }

    /// Has `write` done when the socket takes bytes.
    fn poll_try<R>(&self, cx: &mut Context<'_>, mut write: impl FnMut() -> io::Result<R>) -> Poll<io::Result<R>> {
        loop {
            ready!(self.socket.poll_write_ready(cx))?;
            match self.socket.try_write(&mut write) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

impl Carrier for Wire {
    const SENDS_FILES: bool = true;

    fn unread(&mut self, bytes: Bytes) {
        self.early = [bytes, std::mem::take(&mut self.early)].concat().into();
    }

    fn hold(&mut self, held: bool) {
        self.socket.hold(held);
    }

    fn poll_send_file(&mut self, cx: &mut Context<'_>, file: &Opened, at: u64, length: u64) -> Poll<io::Result<u64>> {
        let length = usize::try_from(length).unwrap_or(AT_ONCE).min(AT_ONCE);
        let sent = self.poll_try(cx, || {
            file.unchanged()?;
            Ok(rustix::fs::sendfile(self.socket.as_fd(), file.as_fd(), Some(&mut { at }), length)?)
        });
        self.wrote(&sent);
        sent.map_ok(|sent| sent as u64)
    }

    fn poll_send_pipe(&mut self, cx: &mut Context<'_>, pipe: &mut Pipe, length: usize) -> Poll<io::Result<usize>> {
        let sent = self.poll_try(cx, || pipe.send(self.socket.as_fd(), length));
        self.wrote(&sent);
        sent
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if take(&mut self.early, buffer) {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        self.talk.heard += (buffer.filled().len() - before) as u64;
        if self.talk.is_too_much(self.activity.requests()) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "it says far more than it asks")));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_say_as_much_as_it_asks_and_takes() {
        let (kib, mib) = (1 << 10, 1 << 20);
        for (heard, told, requests, too_much) in [
            (0, 0, 0, false),
            (80 * kib, 0, 0, false),
            (80 * kib + 1, 0, 0, true),
            (80 * kib + 1, 0, 1, false),
            (10 * mib, 0, 1000, false),
            (20 * mib, 0, 1000, true),
            (mib, 64 * mib, 1, false),
            (mib, mib, 1, true),
        ] {
            let talk = Talk { head: 16 * kib, heard, told };
            assert_eq!(talk.is_too_much(requests), too_much, "{talk:?}, {requests} requests");
        }
    }
}
