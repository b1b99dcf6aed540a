//! The access log: a line for each answer, or for a sample of them.
//!
//! Whoever answers only puts a record into a bounded queue; a thread of its own makes lines of them and writes these. A
//! queue that is full, because a disk or a pipe does not keep up, loses records, which are counted: no answer ever waits
//! for its line.

mod record;

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use config::origin::{AccessLog, LogFormat};
use prometheus::IntCounter;

use crate::Error;
pub use record::Record;

/// Records that may wait to be written.
const WAITING: usize = 16_384;
/// How long the writer sleeps when there is nothing to write. Waking it for each record would cost more than the record.
const PAUSE: Duration = Duration::from_millis(50);
/// How long the end waits for the last lines.
const LAST: Duration = Duration::from_secs(2);

/// Takes records. The last one that goes sees the queue written out.
#[derive(Debug)]
pub struct Log {
    queue: Option<SyncSender<Box<Record>>>,
    sample: u64,
    seen: AtomicU64,
    lost: IntCounter,
    reopen: Arc<AtomicBool>,
    ended: Receiver<()>,
}

impl Log {
    /// Begins to log as `settings` say; `None` where they ask for no log. `lost` counts the records that are not written.
    ///
    /// # Errors
    /// When the file can't be opened, or there is no thread.
    pub fn start(settings: &AccessLog, lost: IntCounter) -> Result<Option<Self>, Error> {
        if settings.to.is_empty() {
            return Ok(None);
        }
        let (queue, records) = sync_channel(WAITING);
        let (end, ended) = sync_channel(1);
        let reopen = Arc::new(AtomicBool::new(false));
        let mut writer = Writer::open(settings, reopen.clone(), lost.clone())
            .map_err(|source| Error::Log { file: settings.to.clone(), source })?;
        std::thread::Builder::new().name("access-log".to_owned()).spawn(move || {
            writer.run(&records);
            // Whoever waits for the end may have given up.
            let _ = end.send(());
        })?;
        let (seen, sample) = (AtomicU64::new(0), u64::from(settings.sample));
        Ok(Some(Self { queue: Some(queue), sample, seen, lost, reopen, ended }))
    }

    /// Whether the answer that now begins with `status` is to be logged. The origin's own errors always are.
    #[must_use]
    pub fn wants(&self, status: u16) -> bool {
        let before = self.seen.fetch_add(1, Ordering::Relaxed);
        before.is_multiple_of(self.sample) || status >= 500
    }

    /// Has `record` written, unless too many wait already.
    pub fn put(&self, record: Box<Record>) {
        if self.queue.as_ref().is_none_or(|queue| queue.try_send(record).is_err()) {
            self.lost.inc();
        }
    }

    /// Has the file opened anew before the next line, since it was moved away.
    pub fn reopen(&self) {
        self.reopen.store(true, Ordering::Relaxed);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.queue = None;
        // A pipe that nobody reads must not hold up the end.
        let _ = self.ended.recv_timeout(LAST);
    }
}

struct Writer {
    to: String,
    format: LogFormat,
    out: BufWriter<Box<dyn Write + Send>>,
    reopen: Arc<AtomicBool>,
    lost: IntCounter,
    /// Whether the last write failed: a full disk is told of once.
    failing: bool,
}

impl Writer {
    fn open(settings: &AccessLog, reopen: Arc<AtomicBool>, lost: IntCounter) -> io::Result<Self> {
        let out = open(&settings.to)?;
        Ok(Self { to: settings.to.clone(), format: settings.format, out, reopen, lost, failing: false })
    }

    /// Writes what comes until nobody is left who could send more.
    fn run(&mut self, records: &Receiver<Box<Record>>) {
        loop {
            match records.try_recv() {
                Ok(record) => self.write(&record),
                Err(TryRecvError::Empty) => {
                    let flushed = self.out.flush();
                    self.note(flushed);
                    std::thread::sleep(PAUSE);
                }
                Err(TryRecvError::Disconnected) => {
                    let flushed = self.out.flush();
                    return self.note(flushed);
                }
            }
        }
    }

    fn write(&mut self, record: &Record) {
        if self.reopen.swap(false, Ordering::Relaxed) {
            let reopened = open(&self.to).map(|out| self.out = out);
            self.note(reopened);
        }
        let line = match self.format {
            LogFormat::Json => record.json(),
            LogFormat::Combined => record.combined(),
        };
        let written = self.out.write_all(line.as_bytes());
        self.note(written);
    }

    fn note(&mut self, done: io::Result<()>) {
        match done {
            Ok(()) => self.failing = false,
            Err(error) => {
                self.lost.inc();
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::error!("the access log {} can't be written: {error}", self.to);
                }
            }
        }
    }
}

fn open(to: &str) -> io::Result<BufWriter<Box<dyn Write + Send>>> {
    let out: Box<dyn Write + Send> = match to {
        "stderr" => Box::new(io::stderr()),
        file => Box::new(OpenOptions::new().create(true).append(true).open(Path::new(file))?),
    };
    Ok(BufWriter::with_capacity(64 << 10, out))
}

#[cfg(test)]
mod tests;
