//! Bytes that the kernel holds, in pipes, for all who ask for them: each answer draws from there into a pipe of its
//! thread's (tee(2)), and from that into its socket (splice(2)), and neither copies anything.
//!
//! From a file, the kernel sends page by page (sendfile(2)): it finds, holds, queues and releases each 4 KiB. What came
//! through a Unix socket lies in runs of 32 KiB, each of which it handles as one. Measured on loopback, 250 kB take three
//! quarters of the processor's time then, and 1 MB half.
//!
//! They stay what they are, whatever becomes of the file that they were read from.

mod drawing;
mod quota;

use std::borrow::Cow;
use std::io::{self, IoSlice, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use bytes::Bytes;
use rustix::param::page_size;
use tokio::sync::OwnedSemaphorePermit;

use crate::buffers::{Buffer, SMALL};
use crate::pipes::Pipe;
use crate::range::ByteRange;
use drawing::By;
use quota::Share;

/// From this many bytes on, it costs less than copying.
pub(crate) const WORTH: u64 = 64 << 10;
/// Bytes in a pipe. Whoever draws from its middle has the kernel pass by what lies before.
const POOL: usize = 1 << 20;
/// Bytes that lie together after they came through a Unix socket at once, and take the place of one page in a pipe (Linux,
/// `UNIX_SKB_FRAGS_SZ`; where a page is larger, they are copied to one).
const RUN: usize = 32 << 10;

/// Bytes in pipes.
#[derive(Debug)]
pub struct Reservoir {
    /// Exits of pipes, each with [`POOL`] bytes, the last with what is left, and zeros up to the end of its run.
    pools: Vec<OwnedFd>,
    len: usize,
    _share: Share,
    /// The right to keep them open.
    _places: OwnedSemaphorePermit,
}

/// How many descriptors a reservoir of `len` bytes takes.
pub(crate) fn descriptors(len: u64) -> u32 {
    u32::try_from(len.div_ceil(POOL as u64)).unwrap_or(u32::MAX)
}

/// Whether one of `len` bytes is worth trying now.
pub(crate) fn may_be(len: u64) -> bool {
    len >= WORTH && usize::try_from(len).is_ok_and(|len| quota::has(pages(len)))
}

/// Has none tried for a while, after one could not be.
pub(crate) fn pause() {
    quota::pause();
}

/// Bytes that all of them hold.
pub(crate) fn held() -> u64 {
    quota::bytes()
}

impl Reservoir {
    /// One that holds `content`, by right of `places` for as many [`descriptors`].
    ///
    /// # Errors
    /// When there is no more room within the limit, or the system gives no such pipes; after the latter none is worth
    /// trying for a while.
    pub(crate) fn new(content: &[u8], places: OwnedSemaphorePermit) -> io::Result<Self> {
        let share = Share::take(pages(content.len()), padded(content.len())).ok_or(io::ErrorKind::QuotaExceeded)?;
        Self::make(content, share, places).inspect_err(|_| quota::pause())
    }

    fn make(content: &[u8], mut share: Share, places: OwnedSemaphorePermit) -> io::Result<Self> {
        drawing::prepare()?;
        let (near, far) = UnixStream::pair()?;
        // Rather fail than wait for room that nobody makes.
        near.set_nonblocking(true)?;
        rustix::net::sockopt::set_socket_send_buffer_size(&near, 4 * RUN)?;
        let mut pages = 0;
        let mut pools = Vec::new();
        for pool in content.chunks(POOL) {
            let pipe = fill(pool, &near, &far)?;
            pages += pipe.room()?.div_ceil(page_size());
            pools.push(pipe.into_exit()?);
        }
        share.correct(pages);
        let reservoir = Self { pools, len: content.len(), _share: share, _places: places };
        reservoir.see()?;
        Ok(reservoir)
    }

    /// Bytes of memory that it takes.
    pub(crate) fn weight(&self) -> u64 {
        padded(self.len)
    }

    /// That its last bytes can be drawn, and so all: there are systems that know no tee(2).
    fn see(&self) -> io::Result<()> {
        let last = self.len.saturating_sub(1) as u64;
        self.draw(By::Pool, &[], last, 1, |_| Ok(()))
    }

    /// Whether a pipe begins with the byte `at`, so that a head can be drawn before it.
    pub(crate) fn begins_at(at: u64) -> bool {
        at.is_multiple_of(POOL as u64)
    }

    /// Whether all of `range` is drawn at once, and a head before it.
    pub(crate) fn is_one_draw(range: ByteRange) -> bool {
        Self::begins_at(range.start) && range.len() <= POOL as u64
    }

    /// Sends `head`, then the bytes of `range` to `socket`, `most` at once, or fewer, and adds to `sent` how many. With a
    /// head, the range is to begin where [`Reservoir::begins_at`].
    ///
    /// # Errors
    /// When the socket takes no more now, after those that it took, or none can be sent.
    pub(crate) fn send(
        &self,
        socket: impl AsFd,
        head: &[IoSlice<'_>],
        range: ByteRange,
        most: usize,
        sent: &mut usize,
    ) -> io::Result<()> {
        self.draw(By::Sender, head, range.start, range.len(), |drawn| {
            let all = drawn.len();
            let before: usize = head.iter().map(|slice| slice.len()).sum();
            let mut done = 0;
            while done < all {
                let wanted = (all - done).min(most);
                let taken = drawn.send(&socket, wanted)?;
                if taken == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                (done, *sent) = (done + taken, *sent + taken);
                if taken < wanted && done > before && is_within_a_page(range.start, done - before) {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
            }
            Ok(())
        })
    }

    /// `length` bytes from `at` on, or fewer, copied.
    ///
    /// # Errors
    /// When it has none there, or the system gives no pipe.
    pub(crate) fn read(&self, at: u64, length: u64) -> io::Result<Bytes> {
        self.read_by(By::Sender, at, length)
    }

    fn read_by(&self, by: By, at: u64, length: u64) -> io::Result<Bytes> {
        self.draw(by, &[], at, length.min(SMALL as u64), |drawn| {
            let mut buffer = Buffer::small(drawn.len())?;
            drawn.read(buffer.bytes_mut())?;
            Ok(buffer.into())
        })
    }

    /// All of them, copied, by the pool.
    ///
    /// # Errors
    /// As [`Reservoir::read`].
    pub(crate) fn read_all(&self) -> io::Result<Bytes> {
        let mut all = Vec::with_capacity(self.len);
        while all.len() < self.len {
            all.extend_from_slice(&self.read_by(By::Pool, all.len() as u64, self.len as u64)?);
        }
        Ok(all.into())
    }

    /// Has `use_up` take what it likes of `head` and `length` bytes from `at` on, or of as many as there are in that pool.
    fn draw<R>(
        &self,
        by: By,
        head: &[IoSlice<'_>],
        at: u64,
        length: u64,
        use_up: impl FnOnce(&mut Pipe) -> io::Result<R>,
    ) -> io::Result<R> {
        let nothing = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let at = usize::try_from(at).ok().filter(|at| *at < self.len).ok_or_else(nothing)?;
        let (pool, before) = (self.pools.get(at / POOL).ok_or_else(nothing)?, at % POOL);
        let length = usize::try_from(length).unwrap_or(POOL).min(POOL - before).min(self.len - at);
        drawing::with(by, |drawn| {
            if !head.is_empty() {
                // It would be skipped.
                if before > 0 {
                    return Err(io::ErrorKind::InvalidInput.into());
                }
                // Where memory is in pieces, and so the runs are, there may be no room for it.
                drawn.write(head)?;
            }
            let expected = drawn.len() + before + length;
            drawn.share(pool, before + length)?;
            // Whoever is the same user could have taken something out: then nothing is where it was.
            if drawn.len() != expected {
                return Err(nothing());
            }
            drawn.skip(before)?;
            use_up(drawn)
        })
    }
}

/// Whether the byte that follows `bytes` from `at` on is not the first of a page. Where a socket has taken less than it was
/// given, and the kernel stopped there, it has no more room, and to be told so would cost a call. At the end of a page the
/// kernel may have stopped for a signal (Linux 6.5, `splice_to_socket`); then nobody would say when the socket takes more.
fn is_within_a_page(at: u64, bytes: usize) -> bool {
    !at.saturating_add(bytes as u64).is_multiple_of(page_size() as u64)
}

/// A pipe that holds `bytes`, which go through a pair of sockets, in whole runs.
fn fill(bytes: &[u8], mut near: &UnixStream, far: &UnixStream) -> io::Result<Pipe> {
    // The kernel puts no more into it than there are pages free, as if a run took one for each of its own.
    let mut pipe = Pipe::new(drawing::PAGES * page_size())?;
    for run in bytes.chunks(RUN) {
        // What is shorter would lie in pieces.
        let mut padded = Cow::Borrowed(run);
        if run.len() < RUN {
            padded.to_mut().resize(RUN, 0);
        }
        near.write_all(&padded)?;
        let end = pipe.len() + RUN;
        while pipe.len() < end {
            if pipe.receive(far, end - pipe.len())? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
    // Where memory is in pieces, and so the runs are, it takes more.
    let _ = pipe.set_room(room(bytes.len()));
    Ok(pipe)
}

/// Pages that all pipes of `len` bytes have room for.
fn pages(len: usize) -> usize {
    let (whole, rest) = (len / POOL, len % POOL);
    let rest = if rest > 0 { room(rest) } else { 0 };
    (whole * room(POOL) + rest) / page_size()
}

/// Bytes that `len` of them are in whole runs.
fn padded(len: usize) -> u64 {
    len.next_multiple_of(RUN) as u64
}

/// What a pipe is to have room for, in pages, if `length` bytes lie in it in whole runs: each takes the place of a page.
fn room(length: usize) -> usize {
    (length.div_ceil(RUN) * page_size()).next_power_of_two()
}

#[cfg(test)]
pub(crate) mod tests;
