//! What a connection may take its time for.
//!
//! A connection is watched by one timer that looks at a few numbers, rather than by a timer for each head, write and
//! body, which would have to be set and cleared with every request.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use config::origin::Limits;

use crate::socket::Client;
use crate::wire::Backed;

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
            _ => since(state.ended.max(state.moved)) >= self.idle,
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
    /// When the last answer was handed over in full.
    pub ended: u64,
    /// When the client last took bytes.
    pub moved: u64,
    /// Requests so far.
    pub requests: u32,
}

/// What happens on a connection, written by those who do it and read by the watchdog.
#[derive(Debug)]
pub struct Activity {
    accepted: Instant,
    client: Client,
    http2: AtomicBool,
    /// One more than the milliseconds; 0 when not stalled.
    stalled: AtomicU64,
    in_flight: AtomicU32,
    began: AtomicU64,
    ended: AtomicU64,
    moved: AtomicU64,
    requests: AtomicU32,
    backed: Mutex<Option<Backed>>,
}

impl Activity {
    /// Of a connection with `client`, accepted then.
    #[must_use]
    pub fn new(accepted: Instant, client: Client) -> Self {
        Self {
            accepted,
            client,
            http2: AtomicBool::default(),
            stalled: AtomicU64::default(),
            in_flight: AtomicU32::default(),
            began: AtomicU64::default(),
            ended: AtomicU64::default(),
            moved: AtomicU64::default(),
            requests: AtomicU32::default(),
            backed: Mutex::default(),
        }
    }

    /// Notes that its requests come over HTTP/2.
    pub(crate) fn speaks_http2(&self) {
        self.http2.store(true, Ordering::Relaxed);
    }

    /// Whether its requests come over HTTP/2; not known before the first.
    pub(crate) fn is_http2(&self) -> bool {
        self.http2.load(Ordering::Relaxed)
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// A request began; its answer ends when what is returned is dropped. Also returns its number, from 1.
    #[must_use]
    pub fn begin(self: &Arc<Self>, now: Instant) -> (UnderWay, u32) {
        self.began.store(self.milliseconds(now), Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let before = self.requests.fetch_add(1, Ordering::Relaxed);
        (UnderWay { activity: self.clone(), began: now }, before.saturating_add(1))
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
            moved: self.moved.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
        }
    }

    fn milliseconds(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.accepted).as_millis()).unwrap_or(u64::MAX)
    }

    /// The memory that is now sent from, and the file that holds the same; `None` to forget it.
    pub(crate) fn send_from(&self, backed: Option<Backed>) {
        *self.backed.lock().unwrap_or_else(PoisonError::into_inner) = backed;
    }

    /// What was last given to [`Activity::send_from`].
    pub(crate) fn backed(&self) -> Option<Backed> {
        self.backed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes whether a write went on.
    pub(crate) fn wrote(&self, written: &Poll<io::Result<usize>>) {
        let now = self.milliseconds(Instant::now());
        if written.is_ready() {
            self.moved.store(now, Ordering::Relaxed);
            self.stalled.store(0, Ordering::Relaxed);
        } else if self.stalled.load(Ordering::Relaxed) == 0 {
            self.stalled.store(now + 1, Ordering::Relaxed);
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
    /// Has what lies in `backed` sent from its file; under TLS what is sent lies nowhere else.
    pub(crate) fn send_from(&self, backed: Backed) {
        if !self.activity.client.tls {
            self.activity.send_from(Some(backed));
        }
    }

    /// Whose request it is.
    #[must_use]
    pub fn client(&self) -> Client {
        self.activity.client
    }

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
            (State { now: 110, ended: 50, moved: 51, ..quiet }, false),
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
        let activity = Arc::new(Activity::new(start, Client::default()));
        let (under_way, number) = activity.begin(start + Duration::from_millis(7));
        assert_eq!(number, 1);
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
