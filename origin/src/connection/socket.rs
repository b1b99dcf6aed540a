//! An accepted socket: a TCP connection, or one to a Unix socket.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A stream of bytes to and from another process.
#[derive(Debug)]
pub(crate) enum Socket {
    /// A TCP connection, and the bytes that the kernel may hold for it.
    Tcp(TcpStream, Ahead),
    Unix(UnixStream),
}

/// Bytes that the kernel may hold for a client beyond those on their way (tcp(7), TCP_NOTSENT_LOWAT). A thousand clients
/// that read nothing would otherwise have it hold megabytes for each, and drop everybody's packets when it has no more
/// (`tcp_mem`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ahead {
    /// The least, for a client that has not shown anything yet.
    Little,
    /// Copied from memory, for a client that has shown that it takes what is there.
    Bounded,
    /// Lent from the cache of files, to such a client that has a [`Loan`]: each time that a client makes room costs a turn
    /// of the reactor.
    Lent,
}

/// Connections that the kernel may hold [`Ahead::Lent`] for at a time, 16 MiB in all: a client may take much, and then
/// nothing.
pub(crate) const LOANS: usize = 16;

/// The loans that all connections share.
#[derive(Debug, Clone)]
pub(crate) struct Loans(Arc<Semaphore>);

/// The right to have the kernel hold [`Ahead::Lent`], until it holds no more than it may without.
#[derive(Debug)]
pub(crate) struct Loan {
    _permit: OwnedSemaphorePermit,
}

impl Default for Loans {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LOANS)))
    }
}

impl Loans {
    /// A loan, if there is one left.
    pub(crate) fn take(&self) -> Option<Loan> {
        Some(Loan { _permit: self.0.clone().try_acquire_owned().ok()? })
    }

    /// Loans left.
    #[cfg(test)]
    pub(crate) fn left(&self) -> usize {
        self.0.available_permits()
    }
}

impl Ahead {
    const fn bytes(self) -> u32 {
        match self {
            Self::Little => 16 << 10,
            Self::Bounded => 32 << 10,
            Self::Lent => 1 << 20,
        }
    }
}

impl Socket {
    pub(crate) fn tcp(stream: TcpStream) -> Self {
        // Answers go out whole, so there is nothing to gather. A socket that was reset meanwhile tells so when it is read.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(Ahead::Little.bytes());
        Self::Tcp(stream, Ahead::Little)
    }

    /// Lets the kernel hold so much.
    pub(crate) fn let_kernel_hold(&mut self, ahead: Ahead) {
        if let Self::Tcp(stream, now) = self
            && *now != ahead
        {
            let _ = SockRef::from(&*stream).set_tcp_notsent_lowat(ahead.bytes());
            *now = ahead;
        }
    }

    /// Has the kernel drop what it holds when the socket is closed, and tell the other end (tcp(7), SO_LINGER).
    pub(crate) fn reset_when_closed(&self) {
        if let Self::Tcp(stream, _) = self {
            let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }

    /// Holds back what does not fill a packet until more comes, but for 200 ms (tcp(7), TCP_CORK): for answers that take
    /// several calls. Saying of each call that more comes, as MSG_MORE does, is not the same: each acknowledgement on the
    /// way sends what is there, as a packet of its own; measured, 250 kB took a quarter more of them.
    pub(crate) fn hold(&self, held: bool) {
        if let Self::Tcp(stream, _) = self {
            let _ = SockRef::from(stream).set_tcp_cork(held);
        }
    }

    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream, _) => stream.poll_write_ready(cx),
            Self::Unix(stream) => stream.poll_write_ready(cx),
        }
    }

    /// Does `write` on the socket itself, which is no longer ready where that would block.
    pub(crate) fn try_write<R>(&self, write: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        match self {
            Self::Tcp(stream, _) => stream.try_io(Interest::WRITABLE, write),
            Self::Unix(stream) => stream.try_io(Interest::WRITABLE, write),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream, _) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream, _) => Pin::new(stream).poll_read(cx, buffer),
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
            Self::Tcp(stream, _) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Written bytes are the kernel's.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream, _) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
