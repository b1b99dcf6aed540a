//! What carries HTTP/1.1: a connection as it is, or one in TLS.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

use crate::body::{Draw, Load};
use crate::store::Opened;
use crate::wire::Wire;

/// A stream that can be handed over when something was read of it already, and knows what of it the kernel can do.
pub(crate) trait Carrier: AsyncRead + AsyncWrite + Unpin {
    /// Whether the kernel can send what is not in our memory: whether any `poll_send` below can be.
    const KERNEL_SENDS: bool;

    /// Gives back what was read, to be read again before all else.
    fn unread(&mut self, bytes: Bytes);

    /// Whether what doesn't fill a packet is to be held back for a moment, until more comes or it is told otherwise.
    fn hold(&mut self, held: bool);

    /// Has the kernel send from `file`, `at` its byte and no more than `length`, and says how many went.
    fn poll_send_file(&mut self, cx: &mut Context<'_>, file: &Opened, at: u64, length: u64) -> Poll<io::Result<usize>>;

    /// How many bytes the kernel is given at once of what it keeps.
    fn most_at_once(&mut self) -> usize;

    /// Has the kernel send `head` and what it keeps of `draw`, or a part, and says how many bytes went. With a head, `draw`
    /// is one that [takes one](Draw::takes_head).
    fn poll_send_kept(&mut self, cx: &mut Context<'_>, head: &[IoSlice<'_>], draw: &Draw) -> Poll<io::Result<usize>>;

    /// Has the kernel send what is left of `load`, and says how many bytes went.
    fn poll_send_pipe(&mut self, cx: &mut Context<'_>, load: &mut Load) -> Poll<io::Result<usize>>;
}

/// A connection in TLS.
#[derive(Debug)]
pub(crate) struct Secured {
    stream: Box<TlsStream<Wire>>,
    unread: Bytes,
}

impl Secured {
    pub(crate) fn new(stream: TlsStream<Wire>) -> Self {
        Self { stream: Box::new(stream), unread: Bytes::new() }
    }

    /// What was agreed on to speak (RFC 7301), if anything was.
    pub(crate) fn protocol(&self) -> Option<&[u8]> {
        self.stream.get_ref().1.alpn_protocol()
    }
}

impl Carrier for Secured {
    const KERNEL_SENDS: bool = false;

    fn unread(&mut self, bytes: Bytes) {
        self.unread = bytes;
    }

    fn hold(&mut self, _: bool) {}

    fn poll_send_file(&mut self, _: &mut Context<'_>, _: &Opened, _: u64, _: u64) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }

    fn most_at_once(&mut self) -> usize {
        0
    }

    fn poll_send_kept(&mut self, _: &mut Context<'_>, _: &[IoSlice<'_>], _: &Draw) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }

    fn poll_send_pipe(&mut self, _: &mut Context<'_>, _: &mut Load) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }
}

impl AsyncRead for Secured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if take(&mut self.unread, buffer) {
            Poll::Ready(Ok(()))
        } else {
            Pin::new(&mut self.stream).poll_read(cx, buffer)
        }
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Moves what is `unread` to `buffer`, if there is any.
pub(crate) fn take(unread: &mut Bytes, buffer: &mut ReadBuf<'_>) -> bool {
    let length = unread.len().min(buffer.remaining());
    buffer.put_slice(&unread.split_to(length));
    length > 0
}
