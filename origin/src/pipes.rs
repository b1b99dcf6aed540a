//! Pipes that hold bytes on their way to a socket: the kernel moves its pages from one to the other, and copies nothing
//! (splice(2), tee(2)).

use std::fs::File;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_getpipe_size, fcntl_setpipe_size, pipe_with, splice, tee};

/// Bytes that one holds: as many as Linux lets everybody have (`pipe-max-size` in proc_sys_fs(5)).
pub(crate) const ROOM: usize = 1 << 20;
/// There are no more to be lent, since whoever reads slowly holds one for as long as that takes: 40 MiB of the 64 that
/// Linux lets one user have (`pipe-user-pages-soft`).
pub(crate) const MOST: usize = 40;

/// What is moved there is dropped.
pub(crate) static NOWHERE: LazyLock<io::Result<File>> = LazyLock::new(|| File::options().write(true).open("/dev/null"));

static STOCK: Mutex<Stock> = Mutex::new(Stock { spares: Vec::new(), lent: 0 });

struct Stock {
    spares: Vec<Ends>,
    lent: usize,
}

#[derive(Debug)]
struct Ends {
    exit: OwnedFd,
    entry: OwnedFd,
}

/// A pipe.
#[derive(Debug)]
pub(crate) struct Pipe {
    /// Until it is dropped.
    ends: Option<Ends>,
    /// Bytes in it.
    length: usize,
    /// Whether it goes back when it is dropped.
    lent: bool,
}

impl Pipe {
    /// An empty one, for good, with room for `room` bytes in pages.
    pub(crate) fn new(room: usize) -> io::Result<Self> {
        Ok(Self { ends: Some(Ends::new(room)?), length: 0, lent: false })
    }

    /// An empty one to be given back; `None` when all are in use, or the system gives no more.
    pub(crate) fn lend() -> Option<Self> {
        let mut stock = stock();
        if stock.lent >= MOST {
            return None;
        }
        let ends = match stock.spares.pop() {
            Some(ends) => ends,
            None => Ends::new(ROOM).ok()?,
        };
        stock.lent += 1;
        Some(Self { ends: Some(ends), length: 0, lent: true })
    }

    /// Bytes in it.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Puts bytes of `file` from `at` on into it, `length` at most, and says how many; none where the file ends. Waits for
    /// the disk, but not for room.
    pub(crate) fn fill(&mut self, file: impl AsFd, at: u64, length: usize) -> io::Result<usize> {
        let filled = splice(file, Some(&mut { at }), &self.ends()?.entry, None, length, SpliceFlags::NONBLOCK)?;
        self.length += filled;
        Ok(filled)
    }

    /// Moves bytes to it that wait in `socket`, `length` at most, and says how many.
    pub(crate) fn receive(&mut self, socket: impl AsFd, length: usize) -> io::Result<usize> {
        let received = splice(socket, None, &self.ends()?.entry, None, length, SpliceFlags::NONBLOCK)?;
        self.length += received;
        Ok(received)
    }

    /// Copies all of `slices` into it; if it has no room for that, it may have a part.
    pub(crate) fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<()> {
        let all: usize = slices.iter().map(|slice| slice.len()).sum();
        let written = match rustix::io::writev(&self.ends()?.entry, slices) {
            // Nobody is to wait for it as for a socket.
            Err(Errno::AGAIN) => 0,
            other => other?,
        };
        self.length += written;
        if written < all { Err(io::ErrorKind::WriteZero.into()) } else { Ok(()) }
    }

    /// Has it hold what lies in another pipe, too, from there on where that one's `exit` is, `length` bytes at most; fewer
    /// if it takes no more pages.
    pub(crate) fn share(&mut self, exit: impl AsFd, length: usize) -> io::Result<()> {
        self.length += tee(exit, &self.ends()?.entry, length, SpliceFlags::NONBLOCK)?;
        Ok(())
    }

    /// Moves bytes from it to `socket`, `length` at most, and says how many.
    pub(crate) fn send(&mut self, socket: impl AsFd, length: usize) -> io::Result<usize> {
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        let sent = splice(&self.ends()?.exit, None, socket, None, length.min(self.length), flags)?;
        self.length -= sent;
        Ok(sent)
    }

    /// Takes `length` bytes out of it, copied.
    pub(crate) fn take(&mut self, length: usize) -> io::Result<Bytes> {
        let mut bytes = vec![0; length];
        self.read(&mut bytes)?;
        Ok(bytes.into())
    }

    /// Fills `room` with its first bytes, which then are no longer in it.
    pub(crate) fn read(&mut self, mut room: &mut [u8]) -> io::Result<()> {
        // More is not there.
        if room.len() > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        while !room.is_empty() {
            match rustix::io::read(&self.ends()?.exit, &mut *room) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    self.length -= read;
                    room = room.get_mut(read..).unwrap_or_default();
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    /// Drops its first `length` bytes.
    pub(crate) fn skip(&mut self, length: usize) -> io::Result<()> {
        let mut left = length;
        if left == 0 {
            return Ok(());
        }
        let Ok(nowhere) = &*NOWHERE else { return Err(io::ErrorKind::Unsupported.into()) };
        while left > 0 {
            match self.send(nowhere, left)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                skipped => left -= skipped,
            }
        }
        Ok(())
    }

    /// Bytes in pages that it has room for.
    pub(crate) fn room(&self) -> io::Result<usize> {
        Ok(fcntl_getpipe_size(&self.ends()?.entry)?)
    }

    /// Gives it room for `room` bytes in pages.
    pub(crate) fn set_room(&mut self, room: usize) -> io::Result<()> {
        self.ends()?.set_room(room)
    }

    /// What it holds can be shared from here on, but nothing is added.
    pub(crate) fn into_exit(mut self) -> io::Result<OwnedFd> {
        self.ends.take().filter(|_| !self.lent).map(|ends| ends.exit).ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    fn ends(&self) -> io::Result<&Ends> {
        self.ends.as_ref().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

impl Ends {
    fn new(room: usize) -> io::Result<Self> {
        let (exit, entry) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let ends = Self { exit, entry };
        ends.set_room(room)?;
        Ok(ends)
    }

    fn set_room(&self, room: usize) -> io::Result<()> {
        if fcntl_setpipe_size(&self.entry, room)? < room { Err(Errno::PERM.into()) } else { Ok(()) }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        if !self.lent {
            return;
        }
        let mut stock = stock();
        stock.lent -= 1;
        // What is left in it is nobody else's.
        stock.spares.extend(self.ends.take().filter(|_| self.length == 0));
    }
}

fn stock() -> MutexGuard<'static, Stock> {
    STOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Read as _;
    use std::os::unix::net::UnixStream;

    use rustix::io::ioctl_fionread;

    use super::*;

    /// Of the tests that need pipes or huge buffers, or take all, one at a time.
    pub(crate) fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(content: &[u8]) -> std::fs::File {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, content).unwrap();
        file
    }

    #[test]
    fn what_is_left_in_a_pipe_is_nobody_elses() {
        let _alone = alone();
        let file = file(b"secret");
        for _ in 0..3 {
            let mut pipe = Pipe::lend().unwrap();
            assert_eq!(pipe.fill(&file, 0, 100).unwrap(), 6);
            assert_eq!(pipe.take(2).unwrap(), "se");
            assert_eq!(pipe.len(), 4);
        }
        let all: Vec<_> = std::iter::from_fn(Pipe::lend).collect();
        assert!(all.len() <= MOST);
        for pipe in &all {
            assert_eq!(ioctl_fionread(&pipe.ends().unwrap().exit).unwrap(), 0);
        }
    }

    #[test]
    fn what_goes_in_comes_out_at_the_other_end() {
        let _alone = alone();
        let file = file(b"0123456789");
        let (near, mut far) = UnixStream::pair().unwrap();
        let mut pipe = Pipe::lend().unwrap();
        assert_eq!(pipe.fill(&file, 3, 5).unwrap(), 5);
        assert_eq!(pipe.send(&near, 2).unwrap(), 2);
        assert_eq!(pipe.send(&near, 100).unwrap(), 3);
        let mut got = [0; 5];
        far.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"34567");
        assert_eq!(pipe.fill(&file, 10, 5).unwrap(), 0);
        assert!(pipe.take(1).is_err());
    }
}
