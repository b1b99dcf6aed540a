//! What a connection may take its time for.
//!
//! All connections of a thread are watched by one timer that looks at a few numbers of each, rather than by a timer for
//! each head, write and body, which would have to be set and cleared with every request.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use config::origin::Limits;
use tokio::sync::watch;

use crate::activity::{Activity, Order};
use crate::live::Live;
use crate::worker::stopped;

/// How often is looked when connections are to end.
const ENDING: Duration = Duration::from_millis(200);

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

/// Looks after the connections of one thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watchdog(Arc<Mutex<Vec<Watched>>>);

#[derive(Debug)]
struct Watched {
    activity: Weak<Activity>,
    patience: Patience,
    /// Requests that it may have.
    most: u32,
    /// Whether it was told to come to an end.
    finishing: bool,
}

impl Watchdog {
    /// Begins to look after a connection, until it is gone.
    pub(crate) fn watch(&self, activity: &Arc<Activity>, limits: &Limits) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Of those that came and went between two looks, no more are remembered than are there.
        if all.len() == all.capacity() {
            all.retain(|watched| watched.activity.strong_count() > 0);
        }
        all.push(Watched {
            activity: Arc::downgrade(activity),
            patience: Patience::from(limits),
            most: limits.requests_per_connection,
            finishing: false,
        });
    }

    /// Looks every now and then, for as long as this is waited for; from the stop on, every connection is to come to
    /// its end.
    pub(crate) async fn run(self, live: Arc<Live>, mut stop: watch::Receiver<bool>) {
        let mut draining = false;
        loop {
            let period = Patience::from(&live.settings().limits).period();
            tokio::select! {
                () = tokio::time::sleep(if draining { period.min(ENDING) } else { period }) => {}
                () = stopped(&mut stop), if !draining => draining = true,
            }
            live.service().metrics.timeouts.inc_by(self.look(Instant::now(), draining));
        }
    }

    /// Ends connections whose clients take too long, and says how many those are.
    fn look(&self, now: Instant, draining: bool) -> u64 {
        let mut over = 0;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain_mut(|watched| {
            let Some(activity) = watched.activity.upgrade() else { return false };
            let state = activity.state(now);
            if watched.patience.is_over(state) {
                over += 1;
                activity.give(Order::End);
                return false;
            }
            // RFC 9113 §6.8: first it is said that no more should come, then which was the last. In HTTP/1.1 an answer
            // says that it is the last: to close between two would cross the next request.
            if !watched.finishing && activity.is_http2() && (draining || state.requests >= watched.most) {
                watched.finishing = true;
                activity.give(Order::Finish);
            }
            true
        });
        over
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;
    use crate::socket::Client;

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
    fn who_takes_too_long_is_told_to_end_and_who_speaks_http2_to_finish() {
        let limits = Limits { header_seconds: 10, requests_per_connection: 2, ..Limits::default() };
        let (watchdog, start) = (Watchdog::default(), Instant::now());
        let [slow, lively, gone] = [(); 3].map(|()| Arc::new(Activity::new(start, Client::default())));
        for activity in [&slow, &lively, &gone] {
            watchdog.watch(activity, &limits);
        }
        drop(gone);
        lively.speaks_http2();
        let _first = lively.begin(start);
        let cx = Context::from_waker(Waker::noop());
        let look = |seconds, draining| {
            let over = watchdog.look(start + Duration::from_secs(seconds), draining);
            (over, slow.take_order(&cx), lively.take_order(&cx))
        };
        assert_eq!(look(9, false), (0, None, None));
        assert_eq!(look(10, false), (1, Some(Order::End), None));
        assert_eq!(look(11, true), (0, None, Some(Order::Finish)));
        assert_eq!(look(12, true), (0, None, None), "once is enough");
    }
}
