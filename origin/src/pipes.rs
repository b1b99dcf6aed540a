//! Pipes that hold a part of a file on its way to a socket: the kernel moves its pages from one to the other, and copies
//! nothing (splice(2)).

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

/// Bytes that one holds: as many as Linux lets everybody have (`pipe-max-size` in proc_sys_fs(5)).
pub(crate) const ROOM: usize = 1 << 20;
/// There are no more, since whoever reads slowly holds one for as long as that takes: 40 MiB of the 64 that Linux lets one
/// user have (`pipe-user-pages-soft`).
pub(crate) const MOST: usize = 40;

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

/// A pipe, which goes back when it is dropped.
#[derive(Debug)]
pub(crate) struct Pipe {
    /// Until it is dropped.
    ends: Option<Ends>,
    /// Bytes in it.
    length: usize,
}

impl Pipe {
    /// An empty one; `None` when all are in use, or the system gives no more.
    pub(crate) fn lend() -> Option<Self> {
        let mut stock = stock();
        if stock.lent >= MOST {
            return None;
        }
        let ends = match stock.spares.pop() {
            Some(ends) => ends,
            None => Ends::new().ok()?,
        };
        stock.lent += 1;
        Some(Self { ends: Some(ends), length: 0 })
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

    /// Moves bytes from it to `socket`, `length` at most, and says how many.
    pub(crate) fn send(&mut self, socket: impl AsFd, length: usize) -> io::Result<usize> {
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        let sent = splice(&self.ends()?.exit, None, socket, None, length.min(self.length), flags)?;
        self.length -= sent;
        Ok(sent)
    }

    /// Takes `length` bytes out of it, copied.
    pub(crate) fn take(&mut self, length: usize) -> io::Result<Bytes> {
        // It would wait for more.
        if length > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; length];
        let mut read = 0;
        while let Some(room) = bytes.get_mut(read..).filter(|room| !room.is_empty()) {
            match rustix::io::read(&self.ends()?.exit, room) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(more) => read += more,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        self.length -= length;
        Ok(bytes.into())
    }

    fn ends(&self) -> io::Result<&Ends> {
        self.ends.as_ref().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

impl Ends {
    fn new() -> io::Result<Self> {
        let (exit, entry) = pipe_with(PipeFlags::CLOEXEC)?;
        // A smaller one would take a turn of the reactor every 64 KiB.
        if fcntl_setpipe_size(&entry, ROOM)? < ROOM {
            return Err(Errno::PERM.into());
        }
        Ok(Self { exit, entry })
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
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
