//! The stream below hyper: it tells when its other end takes nothing, and sends large bodies without copying them.
//!
//! Writing memory to a socket copies it into the kernel, which above some hundred kilobytes is most of what a request
//! costs. What lies in the hot cache lies in a file too, and published files never change, so the kernel can send the
//! same bytes from its own cache (sendfile(2)). hyper hands over slices of memory; a slice within the body that is being
//! sent is recognised by its address, which says where in the file it stands. Whatever is odd about the file (it is
//! shorter, it was written to, it can't be sent from) has the memory sent instead: the right bytes either way.

use std::io::{self, IoSlice};
use std::os::fd::AsFd as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::activity::Activity;
use crate::socket::Socket;
use crate::store::Opened;

/// From this many bytes on, sending from the file is cheaper than copying: measured, 250 kB is not and 1 MB is by half.
pub(crate) const WORTH: u64 = 512 << 10;
/// What one call sends at most, so that one connection does not keep its thread from the others.
const AT_ONCE: usize = 1 << 20;

/// Who has taken so many bytes reads what it is sent: far more than lies in buffers before it must.
const PROVEN: u64 = 512 << 10;

/// Memory, and the file that holds the same bytes. As long as this lives, so does the memory: nothing else can come to
/// lie at its addresses.
#[derive(Debug, Clone)]
pub(crate) struct Backed {
    pub(crate) memory: Bytes,
    pub(crate) file: Arc<Opened>,
}

impl Backed {
    /// Where in the file `slice` stands; `None` when it is no part of this memory.
    fn offset(&self, slice: &[u8]) -> Option<u64> {
        let at = slice.as_ptr().addr().checked_sub(self.memory.as_ptr().addr())?;
        (!slice.is_empty() && at.checked_add(slice.len())? <= self.memory.len()).then_some(at as u64)
    }
}

/// The stream of one connection.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: Socket,
    /// What was read of it before it came here.
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

    fn poll_send(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let Some(backed) = self.activity.backed() else {
            return Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        };
        match slices.iter().position(|slice| backed.offset(slice).is_some()) {
            Some(0) => self.poll_send_file(cx, &backed, slices),
            Some(at) => self.poll_send_head(cx, slices.get(..at).unwrap_or(slices)),
            None => Pin::new(&mut self.socket).poll_write_vectored(cx, slices),
        }
    }

    /// Sends what goes before the body, and says that more follows at once, so that it gets no packet of its own.
    fn poll_send_head(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.poll_write_ready(cx))?;
            let options = SockRef::from(&self.socket);
            let sent = self.socket.try_write(|| options.send_vectored_with_flags(slices, libc::MSG_MORE));
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return Poll::Ready(other),
            }
        }
    }

    fn poll_send_file(
        &mut self,
        cx: &mut Context<'_>,
        backed: &Backed,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let slice: &[u8] = slices.first().map_or(&[], |slice| slice);
        loop {
            ready!(self.socket.poll_write_ready(cx))?;
            let sent = self.socket.try_write(|| {
                let mut offset = backed.offset(slice);
                let length = slice.len().min(AT_ONCE);
                backed.file.unchanged()?;
                Ok(rustix::fs::sendfile(self.socket.as_fd(), backed.file.as_fd(), offset.as_mut(), length)?)
            });
            match sent {
                Ok(sent) if sent > 0 => return Poll::Ready(Ok(sent)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => {
                    self.activity.send_from(None);
                    return Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
                }
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.early.is_empty() {
            let length = self.early.len().min(buffer.remaining());
            buffer.put_slice(&self.early.split_to(length));
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
        let written = self.poll_send(cx, &[IoSlice::new(bytes)]);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.poll_send(cx, slices);
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    /// hyper flushes once all that it had is written: the memory and its file need not be held any longer.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.activity.send_from(None);
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
