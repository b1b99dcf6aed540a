//! The stream below HTTP and TLS: it notes when its other end takes nothing, and has the kernel send from files.
//!
//! Writing memory to a socket copies it into the kernel, which above some hundred kilobytes is most of what a request
//! costs. Published files never change, so the kernel can send from its own cache (sendfile(2)). Whatever is odd about the
//! file (it is shorter, it was written to, it can't be sent from) is seen before each call. Only who writes to a published
//! file just while the kernel sends it gets new bytes into an old answer.

mod ending;

use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::running::Open;
use super::socket::{Ahead, Loan, Loans, Socket};
use super::transport::{Transport, take};
use crate::library::file::Opened;
use crate::observe::activity::Activity;
use ending::Ending;

/// Slices that one call takes at most: Linux takes no more than 1,024.
const SLICES: usize = 64;
/// Slices that one call takes at most where some have to be cut.
const CUT_SLICES: usize = 8;
/// Bytes of memory, and of files, that one call gives the kernel for a client that has not shown that it takes them. A call
/// is taken whole, however little the kernel may hold.
const CAUTION: (usize, usize) = (16 << 10, 64 << 10);
/// A client that has taken so many bytes, and never left the kernel with too many, takes what is there.
const PROOF: u64 = 512 << 10;

/// The stream of one connection.
pub(crate) struct SocketIo {
    socket: Socket,
    /// Bytes that were read before, and are to be read again.
    unread: Bytes,
    activity: Arc<Activity>,
    reader: Reader,
    loans: Loans,
    /// `Some` while the kernel may hold much for it, until it is flushed.
    loan: Option<Loan>,
    /// Bytes that the kernel has taken for it.
    taken: u64,
    ending: Option<Ending>,
    /// The connection counts as open as long as its stream lives, also where a mount has it.
    _open: Open,
}

/// The client's behaviour so far: it takes bytes, or leaves them with our kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Unknown,
    /// The kernel takes no more for it.
    Full,
    /// Its system has taken most of that since.
    Proven,
}

impl std::fmt::Debug for SocketIo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SocketIo").field("socket", &self.socket).field("reader", &self.reader).finish_non_exhaustive()
    }
}

impl SocketIo {
    /// The stream of `socket`, of which `unread` was read already.
    pub(crate) fn new(socket: Socket, unread: Bytes, activity: Arc<Activity>, loans: Loans, open: Open) -> Self {
        let reader = Reader::Unknown;
        Self { socket, unread, activity, reader, loans, loan: None, taken: 0, ending: None, _open: open }
    }

    /// Calls `send` when the socket is writable. `send` adds the number of bytes that it wrote to its argument, and
    /// fails with `WouldBlock` when the socket takes no more.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        ahead: Ahead,
        mut send: impl FnMut(BorrowedFd<'_>, &mut usize) -> io::Result<()>,
    ) -> Poll<io::Result<usize>> {
        self.heed_commands(cx)?;
        let sent = ready!(self.poll_sent(cx, ahead, &mut send));
        self.taken += *sent.as_ref().unwrap_or(&0) as u64;
        if self.reader == Reader::Unknown && self.taken >= PROOF {
            self.reader = Reader::Proven;
        }
        let written = Poll::Ready(sent);
        self.activity.wrote(&written);
        written
    }

    fn poll_sent(
        &mut self,
        cx: &mut Context<'_>,
        ahead: Ahead,
        send: &mut impl FnMut(BorrowedFd<'_>, &mut usize) -> io::Result<()>,
    ) -> Poll<io::Result<usize>> {
        loop {
            if self.socket.poll_write_ready(cx)?.is_pending() {
                self.activity.wrote(&Poll::Pending);
                return Poll::Pending;
            }
            if self.reader == Reader::Full {
                self.reader = Reader::Proven;
            }
            if self.reader == Reader::Proven {
                self.socket.let_kernel_hold(ahead);
            }
            let mut sent = 0;
            let tried = self.socket.try_write(|| send(self.socket.as_fd(), &mut sent));
            let full = matches!(&tried, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
            if full && self.reader == Reader::Unknown {
                self.reader = Reader::Full;
            }
            match tried {
                // A part that has gone is told first; an error is seen again.
                _ if sent > 0 => return Poll::Ready(Ok(sent)),
                Err(error) if !full => return Poll::Ready(Err(error)),
                Ok(()) => return Poll::Ready(Ok(0)),
                Err(_) => {}
            }
        }
    }

    /// A stream that a mount has is polled by the mount's task, which is then the one to hear of the end. Where one task
    /// reads and another writes, the last to have been polled hears of it; the other hears of the socket's.
    fn heed_commands(&self, cx: &Context<'_>) -> io::Result<()> {
        if self.activity.is_handed_over() {
            self.activity.commands.register(cx);
        }
        if self.activity.commands.is_to_end() {
            let _ = SockRef::from(&self.socket).shutdown(Shutdown::Both);
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(())
    }
}

impl Drop for SocketIo {
    fn drop(&mut self) {
        // The kernel would go on to hold lent bytes for minutes, for a client that takes nothing.
        if self.loan.is_some() {
            self.socket.reset_when_closed();
        }
    }
}

impl Transport for SocketIo {
    const KERNEL_SENDS: bool = true;

    fn unread(&mut self, bytes: Bytes) {
        self.unread = [bytes, std::mem::take(&mut self.unread)].concat().into();
    }

    fn hold(&mut self, held: bool) {
        self.socket.hold(held);
    }

    /// Nothing waits in it.
    fn let_wait(&mut self, _: usize) {}

    fn poll_send_file(
        &mut self,
        cx: &mut Context<'_>,
        file: &Opened,
        start: u64,
        end: u64,
    ) -> Poll<io::Result<Option<usize>>> {
        let end = if self.reader == Reader::Proven { end } else { end.min(start + CAUTION.1 as u64) };
        let length = usize::try_from(end - start).unwrap_or(usize::MAX);
        if self.reader == Reader::Proven && self.loan.is_none() && length > CAUTION.1 {
            self.loan = self.loans.take();
        }
        let ahead = if self.loan.is_some() { Ahead::Lent } else { Ahead::Bounded };
        let mut cached = true;
        let sent = ready!(self.poll_send(cx, ahead, |socket, sent| {
            cached = file.is_cached(start, end);
            if cached {
                file.unchanged()?;
                *sent += rustix::fs::sendfile(socket, file, Some(&mut { start }), length)?;
            }
            Ok(())
        }))?;
        Poll::Ready(Ok(cached.then_some(sent)))
    }
}

impl AsyncRead for SocketIo {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if take(&mut self.unread, buffer) {
            return Poll::Ready(Ok(()));
        }
        self.heed_commands(cx)?;
        Pin::new(&mut self.socket).poll_read(cx, buffer)
    }
}

impl AsyncWrite for SocketIo {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut few = [IoSlice::new(&[]); CUT_SLICES];
        let slices = match self.reader {
            Reader::Proven => slices.get(..SLICES).unwrap_or(slices),
            Reader::Unknown | Reader::Full => first(slices, CAUTION.0, &mut few),
        };
        let all: usize = slices.iter().map(|slice| slice.len()).sum();
        self.poll_send(cx, Ahead::Bounded, |socket, sent| {
            *sent += rustix::io::writev(socket, slices)?;
            // A part alone is taken where there is no room for the rest.
            if *sent < all { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Written bytes are the kernel's; but a loan is given back only once the client has taken what was lent.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.loan.is_some() {
            // In two steps, so that who takes slowly is seen to take.
            for ahead in [Ahead::Lent, Ahead::Bounded] {
                ready!(self.poll_send(cx, ahead, |socket, _| has_room(socket)))?;
            }
            self.loan = None;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.ending.is_none() {
            ready!(Pin::new(&mut this.socket).poll_shutdown(cx))?;
        }
        this.ending.get_or_insert_with(Ending::begin).poll_over(cx, &mut this.socket).map(Ok)
    }
}

/// An error that says that it would block if the kernel holds all for `socket` that it may.
fn has_room(socket: BorrowedFd<'_>) -> io::Result<()> {
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    match poll(&mut [PollFd::from_borrowed_fd(socket, PollFlags::OUT)], Some(&at_once))? {
        0 => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}

/// The first `most` bytes of `slices`, in `room`.
fn first<'s, 'r>(slices: &'s [IoSlice<'s>], most: usize, room: &'r mut [IoSlice<'s>; CUT_SLICES]) -> &'r [IoSlice<'s>] {
    let (mut left, mut used) = (most, 0);
    for (slice, place) in slices.iter().zip(&mut *room) {
        let part = slice.get(..left.min(slice.len())).unwrap_or_default();
        *place = IoSlice::new(part);
        (left, used) = (left - part.len(), used + 1);
        if left == 0 {
            break;
        }
    }
    room.get(..used).unwrap_or_default()
}

#[cfg(test)]
mod tests;
