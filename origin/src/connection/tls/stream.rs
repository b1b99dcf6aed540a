//! A connection in TLS.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

use crate::connection::transport::{Transport, take};
use crate::library::file::Opened;

/// Bytes of records that may wait for the socket where nobody asks for more: a record (RFC 8446 §5.1). rustls has no bound
/// below 64 KiB by itself, which a thousand clients that take nothing would all hold.
const RECORD_BUFFER: usize = 16 << 10;

/// A connection in TLS.
#[derive(Debug)]
pub(crate) struct Secured<S> {
    stream: Box<TlsStream<S>>,
    unread: Bytes,
}

impl<S> Secured<S> {
    pub(crate) fn new(mut stream: TlsStream<S>) -> Self {
        stream.get_mut().1.set_buffer_limit(Some(RECORD_BUFFER));
        Self { stream: Box::new(stream), unread: Bytes::new() }
    }

    /// The protocol that was agreed on (RFC 7301), if any was.
    pub(crate) fn protocol(&self) -> Option<&[u8]> {
        self.stream.get_ref().1.alpn_protocol()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Transport for Secured<S> {
    const KERNEL_SENDS: bool = false;

    fn unread(&mut self, bytes: Bytes) {
        self.unread = [bytes, std::mem::take(&mut self.unread)].concat().into();
    }

    fn hold(&mut self, _: bool) {}

    fn let_wait(&mut self, bytes: usize) {
        self.stream.get_mut().1.set_buffer_limit(Some(bytes.max(RECORD_BUFFER)));
    }

    fn poll_send_file(&mut self, _: &mut Context<'_>, _: &Opened, _: u64, _: u64) -> Poll<io::Result<Option<usize>>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Secured<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if take(&mut self.unread, buffer) {
            Poll::Ready(Ok(()))
        } else {
            Pin::new(&mut self.stream).poll_read(cx, buffer)
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Secured<S> {
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
