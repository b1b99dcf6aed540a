//! What is accepted: a TCP connection or one to a Unix socket.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Client {
    /// Its address, or the one that its load balancer gives; none where it came through a Unix socket.
    pub address: Option<SocketAddr>,
    /// Whether it speaks TLS with us.
    pub tls: bool,
}

/// A stream of bytes to and from another process.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    /// Sends what is written at once: answers go out whole, so there is nothing to gather. What a client doesn't take is
    /// left where it lies, rather than given to the kernel: a thousand that read nothing would otherwise have it hold
    /// megabytes for each, and drop everybody's packets when it has no more (tcp(7), `tcp_mem`).
    pub(crate) fn prepare(&self) {
        if let Self::Tcp(stream) = self {
            // A socket that was reset meanwhile tells so when it is read.
            let _ = stream.set_nodelay(true);
            let _ = SockRef::from(stream).set_tcp_notsent_lowat(UNPROVEN);
        }
    }

    /// Lets the kernel have as much as it takes by itself, for a client that has shown that it takes what is there: each
    /// time that it makes room costs a turn of the reactor; measured, 4 MiB objects cost three times as much without.
    pub(crate) fn trust(&self) {
        if let Self::Tcp(stream) = self {
            let _ = SockRef::from(stream).set_tcp_notsent_lowat(u32::MAX);
        }
    }

    /// Whether what doesn't fill a packet is held back until more comes, but for 200 ms (tcp(7), `TCP_CORK`): for what takes
    /// several calls. Saying of each call that more comes, as MSG_MORE does, is not the same: each acknowledgement on the
    /// way sends what is there, as a packet of its own; measured, 250 kB took a quarter more of them. In one call, out of a
    /// pipe, they cost a sixteenth less without.
    pub(crate) fn hold(&self, held: bool) {
        if let Self::Tcp(stream) = self {
            let _ = SockRef::from(stream).set_tcp_cork(held);
        }
    }

    /// How many bytes out of a pipe it is best given at once.
    pub(crate) fn most_at_once(&self) -> usize {
        match self {
            Self::Tcp(stream) if is_paced(stream) => PACED,
            Self::Tcp(_) | Self::Unix(_) => usize::MAX,
        }
    }

    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_write_ready(cx),
            Self::Unix(stream) => stream.poll_write_ready(cx),
        }
    }

    /// Does `write` on the socket itself; where that would block, it is not ready any more.
    pub(crate) fn try_write<R>(&self, write: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        match self {
            Self::Tcp(stream) => stream.try_io(Interest::WRITABLE, write),
            Self::Unix(stream) => stream.try_io(Interest::WRITABLE, write),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What was written is the kernel's.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// Whether bbr paces it, in one of its versions.
fn is_paced(stream: &TcpStream) -> bool {
    SockRef::from(stream).tcp_congestion().is_ok_and(|name| name.starts_with(b"bbr"))
}

/// Bytes that a socket is given at once that bbr paces. If more are there before the first are sent, it waits for its timer
/// before each packet: measured within one machine, 1 MB took three times as much. What nobody paces takes a seventh less
/// in one piece.
const PACED: usize = 128 << 10;

/// Bytes that the kernel may have for a client of which nothing is known, beyond what is on its way.
const UNPROVEN: u32 = 128 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_bbr_paces_is_given_little_at_once() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        for (name, expected) in [("reno", usize::MAX), ("cubic", usize::MAX), ("bbr", PACED)] {
            let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            if SockRef::from(&stream).set_tcp_congestion(name.as_bytes()).is_err() {
                println!("NOT TESTED: this system has no {name}, or not for everybody");
                continue;
            }
            assert_eq!(Socket::Tcp(stream).most_at_once(), expected, "{name}");
        }
    }
}
