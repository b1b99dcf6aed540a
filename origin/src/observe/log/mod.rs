//! The access log: a line for each answer, or for a sample of them.
//!
//! A line is written into a buffer of its own when its answer begins, as far as it is known; at the answer's end the
//! rest is added, and the whole goes to where lines wait ([`waiting`]). A thread takes them from there every 50 ms
//! ([`writer`]). Where the disk or the pipe does not keep up, lines are lost and counted: no answer waits for its line.

mod date;
mod text;
mod waiting;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::time::{Duration, Instant};

use config::origin::{AccessLog, LogFormat};
use prometheus::IntCounter;

use crate::error::Error;
use crate::observe::exchange::{Answered, Asked};
use crate::observe::spans::{Span, Spans};
use text::Text;
use waiting::{LineBuffers, LineRoom};
use writer::{Order, Writer};

/// The time that [`Log::finish`] waits for the last lines.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Takes lines.
#[derive(Debug)]
pub(crate) struct Log {
    format: LogFormat,
    sample: u64,
    seen: AtomicU64,
    lost: IntCounter,
    waiting: Arc<LineBuffers>,
    /// The writer ends when this goes.
    orders: Sender<Order>,
}

impl Log {
    /// Begins to log as `settings` say; `None` where they ask for no log. `lost` counts the lines that are not written.
    ///
    /// # Errors
    /// When the file can't be opened, or there is no thread.
    pub(crate) fn start(settings: &AccessLog, lost: IntCounter) -> Result<Option<Self>, Error> {
        if settings.to.is_empty() {
            return Ok(None);
        }
        let waiting = Arc::new(LineBuffers::default());
        let writer = Writer::open(&settings.to, waiting.clone(), lost.clone())
            .map_err(|source| Error::Log { file: settings.to.clone(), source })?;
        let (orders, taken) = channel();
        std::thread::Builder::new().name("access-log".to_owned()).spawn(move || writer.run(&taken))?;
        let (format, sample) = (settings.format, settings.sample.into());
        Ok(Some(Self { format, sample, seen: AtomicU64::new(0), lost, waiting, orders }))
    }

    /// True if the answer that now begins with `status` is to be logged. The origin's own errors always are.
    fn wants(&self, status: u16) -> bool {
        let before = self.seen.fetch_add(1, Ordering::Relaxed);
        before.is_multiple_of(self.sample) || status >= 500
    }

    /// Has the file opened anew, since it was moved away. Lines that wait go to the new one.
    pub(crate) fn reopen(&self) {
        self.order(Order::Reopen);
    }

    /// Waits until all lines that are complete are written, or two seconds: a pipe that nobody reads must not hold up
    /// the end.
    pub(crate) fn finish(&self) {
        let (done, is_done) = sync_channel(1);
        self.order(Order::Flush(done));
        let _ = is_done.recv_timeout(FLUSH_TIMEOUT);
    }

    fn put(&self, text: &Text, bytes: u64, duration: Duration) {
        match self.waiting.put(text.longest(), |out| text.complete(self.format, out, bytes, duration)) {
            LineRoom::Enough => {}
            LineRoom::Half => self.order(Order::Write),
            LineRoom::None => self.lost.inc(),
        }
    }

    fn order(&self, order: Order) {
        // The writer goes on until the log is dropped.
        let _ = self.orders.send(order);
    }
}

/// One answer's line and span: completed when this is dropped, at the answer's end.
#[derive(Debug)]
pub(crate) struct Line {
    logged: Option<(Arc<Log>, Text)>,
    span: Option<Span>,
    began: Instant,
    bytes: u64,
}

impl Line {
    /// Begins what `log` and `spans` want of an answer with `status`; `None` where that is nothing. Only else are the
    /// request and the answer asked for.
    #[must_use]
    pub(crate) fn begin<'a>(
        log: Option<&Arc<Log>>,
        spans: Option<&Spans>,
        status: u16,
        exchange: impl FnOnce() -> (Asked<'a>, Answered),
    ) -> Option<Self> {
        let log = log.filter(|log| log.wants(status));
        if log.is_none() && spans.is_none() {
            return None;
        }
        let (asked, answered) = exchange();
        let logged = log.map(|log| (log.clone(), Text::begin(log.format, &asked, &answered)));
        let span = spans.and_then(|spans| spans.begin(&asked, &answered));
        (logged.is_some() || span.is_some()).then_some(Self { logged, span, began: answered.began, bytes: 0 })
    }

    /// Notes that `bytes` more of the body were handed to the connection.
    pub(crate) const fn sent(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let duration = self.began.elapsed();
        if let Some((log, text)) = self.logged.take() {
            log.put(&text, self.bytes, duration);
        }
        if let Some(span) = self.span.take() {
            span.end(self.bytes, duration);
        }
    }
}

#[cfg(test)]
mod tests;
