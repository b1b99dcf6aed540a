//! The thread that writes lines.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use prometheus::IntCounter;

use super::waiting::{LineBuffers, empty};

/// The time that lines wait at most. Waking the writer for each would cost more than the line.
const PAUSE: Duration = Duration::from_millis(50);

type Out = Box<dyn Write + Send>;

/// An order to the writer, before its pause ends.
pub(super) enum Order {
    /// Write the lines that wait.
    Write,
    /// Write the lines that wait, then say so.
    Flush(SyncSender<()>),
    /// Open the file anew.
    Reopen,
}

/// Writes the lines that wait.
pub(super) struct Writer {
    to: String,
    out: Out,
    waiting: Arc<LineBuffers>,
    lost: IntCounter,
    /// The rest of a line of which only the beginning could be written: it comes before any other.
    rest: Vec<u8>,
    /// True if the last write failed: a full disk is told of once.
    failing: bool,
}

impl Writer {
    /// Writes to `to`, a file or `stderr`.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub(super) fn open(to: &str, waiting: Arc<LineBuffers>, lost: IntCounter) -> io::Result<Self> {
        Ok(Self { to: to.to_owned(), out: open(to)?, waiting, lost, rest: Vec::new(), failing: false })
    }

    /// Writes every 50 ms, and as ordered, until nobody is left who could order.
    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        let waiting = self.waiting.clone();
        let mut spare = empty();
        loop {
            let order = orders.recv_timeout(PAUSE);
            if matches!(order, Ok(Order::Reopen)) {
                self.reopen();
                continue;
            }
            waiting.take(&mut spare, |lines| self.write(lines));
            match order {
                // Whoever waits may have given up.
                Ok(Order::Flush(done)) => drop(done.try_send(())),
                Err(RecvTimeoutError::Disconnected) => return,
                _ => {}
            }
        }
    }

    fn reopen(&mut self) {
        let reopened = open(&self.to).map(|out| {
            self.out = out;
            let torn = !std::mem::take(&mut self.rest).is_empty();
            self.lose(torn.into());
        });
        self.note(reopened);
    }

    /// Writes whole `lines`, after what is left of an earlier one. Those that can't be written are lost.
    fn write(&mut self, lines: &[u8]) {
        let (written, resumed) = put(&mut self.out, &self.rest);
        self.rest.drain(..written);
        let (written, done) = if resumed.is_ok() { put(&mut self.out, lines) } else { (0, resumed) };
        let (before, left) = lines.split_at(written);
        let torn = if before.is_empty() || before.ends_with(b"\n") { 0 } else { first_line(left) };
        let (torn, left) = left.split_at(torn);
        self.rest.extend_from_slice(torn);
        self.lose(left.iter().filter(|b| **b == b'\n').count());
        self.note(done);
    }

    fn lose(&self, lines: usize) {
        self.lost.inc_by(u64::try_from(lines).unwrap_or(u64::MAX));
    }

    fn note(&mut self, done: io::Result<()>) {
        match done {
            Ok(()) => self.failing = false,
            Err(error) => {
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::error!("the access log {} can't be written: {error}", self.to);
                }
            }
        }
    }
}

/// Length of the first line, with its end.
fn first_line(lines: &[u8]) -> usize {
    lines.iter().position(|b| *b == b'\n').map_or(lines.len(), |end| end + 1)
}

/// Writes `bytes` as far as `out` takes them, and says how far that is.
fn put(out: &mut dyn Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while let Some(left) = bytes.get(written..).filter(|left| !left.is_empty()) {
        match out.write(left) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

fn open(to: &str) -> io::Result<Out> {
    Ok(match to {
        "stderr" => Box::new(io::stderr()),
        file => Box::new(OpenOptions::new().create(true).append(true).open(file)?),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Takes so many bytes, and then fails.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(usize, Vec<u8>)>>);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (room, held) = &mut *self.0.lock().unwrap();
            let taken = bytes.len().min(*room).min(3);
            if taken == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            *room -= taken;
            held.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_loses_lines_but_tears_none() {
        let lost = IntCounter::new("lost", "lost").unwrap();
        for (rooms, want, lose) in [
            ([100, 100, 100], "one\ntwo\nthree\nfour\nfive\nsix\n", 0),
            ([0, 0, 100], "five\nsix\n", 4),
            ([4, 0, 100], "one\nfive\nsix\n", 3),
            ([6, 0, 100], "one\ntwo\nfive\nsix\n", 2),
            ([6, 1, 100], "one\ntwo\nfive\nsix\n", 2),
            ([6, 4, 100], "one\ntwo\nthree\nfive\nsix\n", 1),
            ([6, 100, 0], "one\ntwo\nthree\nfour\n", 2),
            ([0, 100, 7], "three\nfour\nfive\nsi", 2),
        ] {
            let disk = Disk::default();
            let mut writer = Writer::open("/dev/null", Arc::default(), lost.clone()).unwrap();
            writer.out = Box::new(disk.clone());
            lost.reset();
            for (room, lines) in rooms.into_iter().zip(["one\ntwo\n", "three\nfour\n", "five\nsix\n"]) {
                disk.0.lock().unwrap().0 = room;
                writer.write(lines.as_bytes());
            }
            let held = String::from_utf8(disk.0.lock().unwrap().1.clone()).unwrap();
            assert_eq!((held.as_str(), lost.get()), (want, lose), "{rooms:?}");
        }
    }
}
