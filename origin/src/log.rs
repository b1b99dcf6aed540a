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
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use config::origin::{AccessLog, LogFormat};
use prometheus::IntCounter;

use crate::Error;
use crate::spans::Span;
pub use record::Record;

/// Records that may wait to be written.
const WAITING: usize = 16_384;
/// How long the writer sleeps when there is nothing to write. Waking it for each record would cost more than the record.
const PAUSE: Duration = Duration::from_millis(50);
/// How long the end waits for the last lines.
const LAST: Duration = Duration::from_secs(2);

/// Takes records.
#[derive(Debug)]
pub struct Log {
    queue: SyncSender<Message>,
    sample: u64,
    seen: AtomicU64,
    lost: IntCounter,
    reopen: Arc<AtomicBool>,
}

/// What the writer is told.
enum Message {
    Write(Box<Record>),
    /// To say so when all before it is written.
    Flush(SyncSender<()>),
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
        let (queue, messages) = sync_channel(WAITING);
        let reopen = Arc::new(AtomicBool::new(false));
        let mut writer = Writer::open(settings, reopen.clone(), lost.clone())
            .map_err(|source| Error::Log { file: settings.to.clone(), source })?;
        // It ends by itself when nobody is left who could send more.
        std::thread::Builder::new().name("access-log".to_owned()).spawn(move || writer.run(&messages))?;
        Ok(Some(Self { queue, sample: settings.sample.into(), seen: AtomicU64::new(0), lost, reopen }))
    }

    /// Whether the answer that now begins with `status` is to be logged. The origin's own errors always are.
    #[must_use]
    pub fn wants(&self, status: u16) -> bool {
        let before = self.seen.fetch_add(1, Ordering::Relaxed);
        before.is_multiple_of(self.sample) || status >= 500
    }

    /// Has `record` written, unless too many wait already.
    pub fn put(&self, record: Box<Record>) {
        if self.queue.try_send(Message::Write(record)).is_err() {
            self.lost.inc();
        }
    }

    /// Has the file opened anew before the next line, since it was moved away.
    pub fn reopen(&self) {
        self.reopen.store(true, Ordering::Relaxed);
    }

    /// Waits until all that was put is written, but not for long: a pipe that nobody reads must not hold up the end.
    pub fn finish(&self) {
        let (done, is_done) = sync_channel(1);
        let until = Instant::now() + LAST;
        let mut message = Message::Flush(done);
        while let Err(TrySendError::Full(back)) = self.queue.try_send(message) {
            if Instant::now() >= until {
                return;
            }
            message = back;
            std::thread::sleep(PAUSE);
        }
        let _ = is_done.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

/// One answer's line and span: written when this goes, at the answer's end.
#[derive(Debug)]
pub struct Line {
    log: Option<Arc<Log>>,
    span: Option<Span>,
    began: Instant,
    record: Option<Box<Record>>,
}

impl Line {
    /// Of an answer to a request that came at `began`, known as far as `record` tells; it goes to `log`, and ends `span`.
    #[must_use]
    pub fn new(log: Option<Arc<Log>>, span: Option<Span>, record: Record, began: Instant) -> Self {
        Self { log, span, began, record: Some(Box::new(record)) }
    }

    /// Notes that `bytes` more of the body were handed to the connection.
    pub fn sent(&mut self, bytes: u64) {
        if let Some(record) = &mut self.record {
            record.bytes += bytes;
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(mut record) = self.record.take() {
            record.duration = self.began.elapsed();
            if let Some(span) = self.span.take() {
                span.end(&record);
            }
            if let Some(log) = &self.log {
                log.put(record);
            }
        }
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
    fn run(&mut self, messages: &Receiver<Message>) {
        loop {
            match messages.try_recv() {
                Ok(Message::Write(record)) => self.write(&record),
                Ok(Message::Flush(done)) => {
                    let flushed = self.out.flush();
                    self.note(flushed);
                    // Whoever waits may have given up.
                    let _ = done.try_send(());
                }
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
