//! What happens on a connection: written by those who do it, read by the watchdog.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::socket::Client;
use crate::watchdog::State;

/// What happens on one connection.
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
    order: AtomicU8,
    /// Of the task that serves it.
    waker: OnceLock<Waker>,
}

/// What a connection is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// To take no more requests and end with the last that it has.
    Finish = 1,
    /// To end now.
    End = 2,
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
            order: AtomicU8::default(),
            waker: OnceLock::default(),
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

    /// Has the connection's task do as it is told.
    pub(crate) fn give(&self, order: Order) {
        self.order.store(order as u8, Ordering::Release);
        if let Some(waker) = self.waker.get() {
            waker.wake_by_ref();
        }
    }

    /// What the connection was told to do since this was last asked. The task of `cx`, which must be the same every
    /// time, is woken when there is something.
    pub(crate) fn take_order(&self, cx: &Context<'_>) -> Option<Order> {
        self.waker.get_or_init(|| cx.waker().clone());
        if self.order.load(Ordering::Acquire) == 0 {
            return None;
        }
        match self.order.swap(0, Ordering::AcqRel) {
            given if given == Order::Finish as u8 => Some(Order::Finish),
            given if given == Order::End as u8 => Some(Order::End),
            _ => None,
        }
    }

    /// A request began; its answer ends when what is returned is dropped. Also returns its number, from 1.
    #[must_use]
    pub fn begin(self: &Arc<Self>, now: Instant) -> (UnderWay, u32) {
        self.began.store(self.milliseconds(now), Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let before = self.requests.fetch_add(1, Ordering::Relaxed);
        (UnderWay { activity: self.clone(), began: now, ended: false }, before.saturating_add(1))
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
    ended: bool,
}

impl UnderWay {
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

impl UnderWay {
    /// Notes that it has ended, and says how long it took.
    pub(crate) fn end(&mut self) -> Duration {
        let took = self.began.elapsed();
        if !std::mem::replace(&mut self.ended, true) {
            self.activity.ended.store(self.activity.milliseconds(self.began + took), Ordering::Relaxed);
            self.activity.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
        took
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if !self.ended {
            self.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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

    #[test]
    fn an_order_is_taken_once() {
        let activity = Activity::new(Instant::now(), Client::default());
        let cx = Context::from_waker(Waker::noop());
        assert_eq!(activity.take_order(&cx), None);
        for order in [Order::Finish, Order::End] {
            activity.give(order);
            assert_eq!(activity.take_order(&cx), Some(order));
            assert_eq!(activity.take_order(&cx), None);
        }
    }
}
