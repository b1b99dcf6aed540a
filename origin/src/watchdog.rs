//! What a connection may take its time for.
//!
//! A connection is watched by one timer that looks at a few numbers, rather than by a timer for each head, write and
//! body, which would have to be set and cleared with every request.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use config::origin::Limits;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How long a client may take, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For its first request, from when it connected.
    pub first: u64,
    /// For the next one, from the end of the last answer.
    pub idle: u64,
    /// To take the next bytes of an answer.
    pub stall: u64,
    /// For a whole answer.
    pub request: u64,
}

impl From<&Limits> for Patience {
    fn from(limits: &Limits) -> Self {
        let milliseconds = |seconds: u32| u64::from(seconds) * 1000;
        Self {
            first: milliseconds(limits.header_seconds),
            idle: milliseconds(limits.idle_seconds),
            stall: milliseconds(limits.stall_seconds),
            request: milliseconds(limits.request_seconds),
        }
    }
}

impl Patience {
    /// How often to look: the shortest is overrun by a quarter at most.
    #[must_use]
    pub fn period(&self) -> Duration {
        let shortest = self.first.min(self.idle).min(self.stall).min(self.request);
        Duration::from_millis((shortest / 4).clamp(50, 5000))
    }

    /// Whether a connection in this state has used it up.
    #[must_use]
    pub fn is_over(&self, state: State) -> bool {
        let since = |then: u64| state.now.saturating_sub(then);
        if state.stalled.is_some_and(|then| since(then) >= self.stall) {
            return true;
        }
        if state.in_flight > 0 {
            return since(state.began) >= self.request;
        }
        match state.requests {
            0 => since(0) >= self.first,
            _ => since(state.ended) >= self.idle,
        }
    }
}

/// A connection at one moment. Times are milliseconds since it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct State {
    /// The moment.
    pub now: u64,
    /// Since when it takes no bytes.
    pub stalled: Option<u64>,
    /// Answers not yet at their end.
    pub in_flight: u32,
    /// When the last request began.
    pub began: u64,
    /// When the last answer ended.
    pub ended: u64,
    /// Requests so far.
    pub requests: u32,
}

/// What happens on a connection, written by those who do it and read by the watchdog.
#[derive(Debug)]
pub struct Activity {
    accepted: Instant,
    /// One more than the milliseconds; 0 when not stalled.
    stalled: AtomicU64,
    in_flight: AtomicU32,
    began: AtomicU64,
    ended: AtomicU64,
    requests: AtomicU32,
}

impl Activity {
    /// Of a connection accepted now.
    #[must_use]
    pub fn new(accepted: Instant) -> Self {
        let zero = AtomicU64::default;
        let (stalled, began, ended) = (zero(), zero(), zero());
        Self { accepted, stalled, in_flight: AtomicU32::new(0), began, ended, requests: AtomicU32::new(0) }
    }

    /// A request began; its answer ends when what is returned is dropped.
    #[must_use]
    pub fn begin(self: &Arc<Self>, now: Instant) -> UnderWay {
        self.began.store(self.milliseconds(now), Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
        UnderWay { activity: self.clone(), began: now }
    }

    /// Its state at `now`.
    #[must_use]
    pub fn state(&self, now: Instant) -> State {
        State {
            now: self.milliseconds(now),
            stalled: self.stalled.load(Ordering::Relaxed).checked_sub(1),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            began: self.began.load(Ordering::Relaxed),
            ended: self.ended.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
        }
    }

    fn milliseconds(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.accepted).as_millis()).unwrap_or(u64::MAX)
    }

    fn wrote(&self, written: &Poll<io::Result<usize>>) {
        let stalled = self.stalled.load(Ordering::Relaxed);
        match (written.is_pending(), stalled) {
            (true, 0) => self.stalled.store(self.milliseconds(Instant::now()) + 1, Ordering::Relaxed),
            (false, 1..) => self.stalled.store(0, Ordering::Relaxed),
            _ => {}
        }
    }
}

/// An answer that has not ended.
#[derive(Debug)]
pub struct UnderWay {
    activity: Arc<Activity>,
    began: Instant,
}

impl UnderWay {
    /// When its request began.
    #[must_use]
    pub fn began(&self) -> Instant {
        self.began
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.activity.ended.store(self.activity.milliseconds(Instant::now()), Ordering::Relaxed);
        self.activity.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream that tells when its other end takes nothing.
#[derive(Debug)]
pub struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl Watched {
    /// Has `activity` know of `stream`.
    #[must_use]
    pub fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.activity.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.activity.wrote(&written);
        written
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends() {
        let patience = Patience { first: 10, idle: 60, stall: 30, request: 600 };
        let quiet = State { requests: 1, ..State::default() };
        for (state, over) in [
            (State { now: 9, ..State::default() }, false),
            (State { now: 10, ..State::default() }, true),
            (State { now: 100, ended: 50, ..quiet }, false),
            (State { now: 110, ended: 50, ..quiet }, true),
            (State { now: 109, ended: 50, ..quiet }, false),
            (State { now: 500, in_flight: 1, ..quiet }, false),
            (State { now: 600, in_flight: 1, ..quiet }, true),
            (State { now: 1000, in_flight: 1, began: 900, ..quiet }, false),
            (State { now: 1000, in_flight: 1, began: 900, stalled: Some(990), ..quiet }, false),
            (State { now: 1000, in_flight: 1, began: 900, stalled: Some(970), ..quiet }, true),
            (State { now: 1000, ended: 999, stalled: Some(970), ..quiet }, true),
        ] {
            assert_eq!(patience.is_over(state), over, "{state:?}");
        }
    }

    #[test]
    fn it_looks_often_enough_and_not_too_often() {
        let all = |n| Patience { first: n, idle: n, stall: n, request: n };
        for (shortest, period) in [(100, 50), (1000, 250), (10_000, 2500), (60_000, 5000)] {
            assert_eq!(all(shortest).period(), Duration::from_millis(period));
        }
    }

    #[test]
    fn what_happens_is_seen() {
        let start = Instant::now();
        let activity = Arc::new(Activity::new(start));
        let under_way = activity.begin(start + Duration::from_millis(7));
        let state = activity.state(start + Duration::from_millis(9));
        assert_eq!((state.now, state.began, state.in_flight, state.requests), (9, 7, 1, 1));
        activity.wrote(&Poll::Pending);
        assert!(activity.state(start).stalled.is_some());
        activity.wrote(&Poll::Ready(Ok(1)));
        assert_eq!(activity.state(start).stalled, None);
        drop(under_way);
        assert_eq!(activity.state(start).in_flight, 0);
    }
}
