//! The stream that carries HTTP: a socket as it is, or one in TLS.

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::library::file::Opened;

/// A stream that takes back bytes that were read of it, and may have the kernel send from files.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {
    /// True if [`Transport::poll_send_file`] can be called.
    const KERNEL_SENDS: bool;

    /// Gives back bytes that were read, to be read again before all else.
    fn unread(&mut self, bytes: Bytes);

    /// Holds back what does not fill a packet, until it is told otherwise: for answers that take several calls.
    fn hold(&mut self, held: bool);

    /// Lets so many bytes wait in it for the socket, or what is the least: for who keeps count of them.
    fn let_wait(&mut self, bytes: usize);

    /// Has the kernel send `start..end` of `file`, or the first part of it, and says how many bytes went; `None` if it
    /// would have to wait for the disk.
    fn poll_send_file(
        &mut self,
        cx: &mut Context<'_>,
        file: &Opened,
        start: u64,
        end: u64,
    ) -> Poll<io::Result<Option<usize>>>;
}

/// Moves `unread` bytes to `buffer`, if there are any.
pub(crate) fn take(unread: &mut Bytes, buffer: &mut ReadBuf<'_>) -> bool {
    let length = unread.len().min(buffer.remaining());
    buffer.put_slice(&unread.split_to(length));
    length > 0
}
