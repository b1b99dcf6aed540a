//! The activity of a connection: noted by those who serve it, read by the watchdog.

mod commands;
pub(crate) mod guards;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::http::client::Client;
pub(crate) use commands::{Command, Commands};

/// The activity of one connection.
#[derive(Debug)]
pub(crate) struct Activity {
    accepted: Instant,
    client: Client,
    http2: AtomicBool,
    /// One more than the milliseconds; 0 when not stalled.
    stalled: AtomicU64,
    /// When each request of the library began whose answer is not yet at its end.
    in_flight: Mutex<Vec<u64>>,
    waiting: AtomicU32,
    mounted: AtomicU32,
    /// When mounts' answers gave out bytes that the client has not made room for yet.
    owed: Mutex<Vec<u64>>,
    began: AtomicU64,
    ended: AtomicU64,
    moved: AtomicU64,
    requests: AtomicU32,
    handed_over: AtomicBool,
    /// To the task that serves it.
    pub(crate) commands: Commands,
}

/// A connection at one moment. Times are milliseconds since it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ConnectionState {
    /// The moment.
    pub(crate) now: u64,
    /// Since when it takes no bytes.
    pub(crate) stalled: Option<u64>,
    /// Answers of the library that are not yet at their end.
    pub(crate) in_flight: usize,
    /// When the first of their requests began.
    pub(crate) oldest: u64,
    /// Of these, those that wait for a file.
    pub(crate) waiting: u32,
    /// Requests and streams that a mount has, which may take their time.
    pub(crate) mounted: u32,
    /// Since when the client has made no room for bytes of a mount's answer.
    pub(crate) owed: Option<u64>,
    /// When the last request began.
    pub(crate) began: u64,
    /// When an answer last came to its end.
    pub(crate) ended: u64,
    /// When the client last took bytes.
    pub(crate) moved: u64,
    /// Requests so far.
    pub(crate) requests: u32,
}

impl Activity {
    /// The activity of a connection with `client` that was `accepted` then.
    #[must_use]
    pub(crate) fn new(accepted: Instant, client: Client) -> Self {
        Self {
            accepted,
            client,
            http2: AtomicBool::default(),
            stalled: AtomicU64::default(),
            in_flight: Mutex::default(),
            waiting: AtomicU32::default(),
            mounted: AtomicU32::default(),
            owed: Mutex::default(),
            began: AtomicU64::default(),
            ended: AtomicU64::default(),
            moved: AtomicU64::default(),
            requests: AtomicU32::default(),
            handed_over: AtomicBool::default(),
            commands: Commands::default(),
        }
    }

    /// The other end.
    pub(crate) fn client(&self) -> Client {
        self.client
    }

    /// Notes that its requests come over HTTP/2.
    pub(crate) fn speaks_http2(&self) {
        self.http2.store(true, Ordering::Relaxed);
    }

    /// True if its requests come over HTTP/2; not known before the first.
    pub(crate) fn is_http2(&self) -> bool {
        self.http2.load(Ordering::Relaxed)
    }

    /// The time since it was accepted.
    pub(crate) fn age(&self) -> Duration {
        self.accepted.elapsed()
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Notes that a mount has its stream from now on.
    pub(crate) fn hand_over(&self) {
        self.handed_over.store(true, Ordering::Release);
        self.mounted.fetch_add(1, Ordering::Relaxed);
    }

    /// True if a mount has its stream.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.handed_over.load(Ordering::Acquire)
    }

    /// Answers of the library that have not ended.
    pub(crate) fn under_way(&self) -> usize {
        self.in_flight().len()
    }

    fn number(&self, now: Instant) -> u32 {
        self.began.store(self.milliseconds(now), Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Its state at `now`.
    #[must_use]
    pub(crate) fn state(&self, now: Instant) -> ConnectionState {
        let in_flight = self.in_flight();
        ConnectionState {
            now: self.milliseconds(now),
            stalled: self.stalled.load(Ordering::Relaxed).checked_sub(1),
            in_flight: in_flight.len(),
            oldest: in_flight.iter().copied().min().unwrap_or_default(),
            waiting: self.waiting.load(Ordering::Relaxed),
            mounted: self.mounted.load(Ordering::Relaxed),
            owed: self.owed().iter().copied().min(),
            began: self.began.load(Ordering::Relaxed),
            ended: self.ended.load(Ordering::Relaxed),
            moved: self.moved.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
        }
    }

    fn owed(&self) -> MutexGuard<'_, Vec<u64>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_flight(&self) -> MutexGuard<'_, Vec<u64>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn milliseconds(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.accepted).as_millis()).unwrap_or(u64::MAX)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn activity_is_seen() {
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
        let waits = under_way.wait();
        assert_eq!(activity.state(start).waiting, 1);
        drop((waits, under_way));
        let state = activity.state(start);
        assert_eq!((state.in_flight, state.waiting), (0, 0));
        let (mut mounted, number) = activity.begin_mounted(start);
        assert_eq!((number, activity.state(start).mounted), (2, 1));
        let (mut other, _) = activity.begin_mounted(start);
        other.gave(start + Duration::from_millis(5));
        mounted.gave(start + Duration::from_millis(3));
        mounted.gave(start + Duration::from_millis(8));
        assert_eq!(activity.state(start).owed, Some(3));
        mounted.taken();
        assert_eq!(activity.state(start).owed, Some(5));
        drop(other);
        assert_eq!(activity.state(start).owed, None);
        drop(mounted);
        assert_eq!(activity.state(start).mounted, 0);
    }
}
