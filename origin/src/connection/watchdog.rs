//! Timeouts of connections.
//!
//! All connections of a thread are watched by one timer that looks at a few numbers of each, rather than by a timer for
//! each head, write and body, which would have to be set and cleared with every request.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use config::origin::Limits;

use crate::observe::activity::{Activity, Command, ConnectionState};

/// The time between two looks when connections are to end.
const ENDING: Duration = Duration::from_millis(200);

/// The time that a client may take, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeouts {
    /// For its first request, from when it connected.
    first: u64,
    /// For the next one, from the end of the last answer.
    idle: u64,
    /// To take the next bytes of an answer.
    stall: u64,
    /// For a whole answer.
    request: u64,
}

impl From<&Limits> for Timeouts {
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

impl Timeouts {
    /// The time between two looks: the shortest timeout is overrun by a quarter at most.
    fn period(&self) -> Duration {
        let shortest = self.first.min(self.idle).min(self.stall).min(self.request);
        Duration::from_millis((shortest / 4).clamp(50, 5000))
    }

    /// The time until the next look, given the `limits` now; `draining` when connections are to end.
    pub(crate) fn pause(limits: &Limits, draining: bool) -> Duration {
        let period = Self::from(limits).period();
        if draining { period.min(ENDING) } else { period }
    }

    /// True if a connection in this state has taken too long.
    fn is_over(&self, state: ConnectionState) -> bool {
        let since = |then: u64| state.now.saturating_sub(then);
        if state.stalled.is_some_and(|then| since(then) >= self.stall) {
            return true;
        }
        // A mount's answer, too, may have a socket that takes bytes and a stream that takes none.
        if state.owed.is_some_and(|then| since(then) >= self.stall) {
            return true;
        }
        if state.in_flight > 0 {
            // Over HTTP/2 the socket takes bytes while its streams take none (RFC 9113 §5.2).
            let moved = state.began.max(state.ended).max(state.moved);
            return since(state.oldest) >= self.request || state.waiting == 0 && since(moved) >= self.stall;
        }
        // A mount's streams may be silent for as long as the mount likes.
        if state.mounted > 0 {
            return false;
        }
        match state.requests {
            0 => since(0) >= self.first,
            _ => since(state.ended.max(state.moved)) >= self.idle,
        }
    }
}

/// Looks after the connections of one thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watchdog(Arc<Mutex<Vec<WatchedConnection>>>);

#[derive(Debug)]
struct WatchedConnection {
    activity: Weak<Activity>,
    timeouts: Timeouts,
    /// Requests that it may have.
    most: u32,
    /// True once it was told to come to an end.
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
        all.push(WatchedConnection {
            activity: Arc::downgrade(activity),
            timeouts: Timeouts::from(limits),
            most: limits.requests_per_connection,
            finishing: false,
        });
    }

    /// Ends connections whose clients take too long, and says how many those are.
    pub(crate) fn look(&self, now: Instant, draining: bool) -> u64 {
        let mut over = 0;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain_mut(|watched| {
            let Some(activity) = watched.activity.upgrade() else { return false };
            let state = activity.state(now);
            if watched.timeouts.is_over(state) {
                over += 1;
                activity.commands.give(Command::End);
                return false;
            }
            // RFC 9113 §6.8: GOAWAY first says that no more should come, then which was the last. In HTTP/1.1 an answer
            // says that it is the last: to close between two would cross the next request.
            if !watched.finishing && activity.is_http2() && (draining || state.requests >= watched.most) {
                watched.finishing = true;
                activity.commands.give(Command::Finish);
            }
            true
        });
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::client::Client;

    #[test]
    fn timeouts_ends() {
        let timeouts = Timeouts { first: 10, idle: 60, stall: 30, request: 600 };
        let quiet = ConnectionState { requests: 1, ..ConnectionState::default() };
        for (state, over) in [
            (ConnectionState { now: 9, ..ConnectionState::default() }, false),
            (ConnectionState { now: 10, ..ConnectionState::default() }, true),
            (ConnectionState { now: 100, ended: 50, ..quiet }, false),
            (ConnectionState { now: 110, ended: 50, ..quiet }, true),
            (ConnectionState { now: 109, ended: 50, ..quiet }, false),
            (ConnectionState { now: 110, ended: 50, moved: 51, ..quiet }, false),
            (ConnectionState { now: 500, mounted: 1, owed: Some(471), ..quiet }, false),
            (ConnectionState { now: 500, mounted: 1, owed: Some(470), ..quiet }, true),
            (ConnectionState { now: 500, in_flight: 1, moved: 480, ..quiet }, false),
            (ConnectionState { now: 600, in_flight: 1, moved: 599, ..quiet }, true),
            (ConnectionState { now: 500, in_flight: 1, moved: 470, ..quiet }, true),
            (ConnectionState { now: 500, in_flight: 1, moved: 470, waiting: 1, ..quiet }, false),
            (ConnectionState { now: 1000, in_flight: 1, oldest: 900, began: 900, moved: 980, ..quiet }, false),
            (ConnectionState { now: 1000, in_flight: 2, oldest: 400, began: 900, moved: 980, ..quiet }, true),
            (ConnectionState { now: 1000, in_flight: 1, oldest: 900, moved: 980, stalled: Some(990), ..quiet }, false),
            (ConnectionState { now: 1000, in_flight: 1, began: 900, stalled: Some(970), ..quiet }, true),
            (ConnectionState { now: 9000, mounted: 1, ..quiet }, false),
            (ConnectionState { now: 9000, mounted: 1, in_flight: 1, oldest: 8950, moved: 8980, ..quiet }, false),
            (ConnectionState { now: 9000, mounted: 1, in_flight: 1, oldest: 8950, moved: 8970, ..quiet }, true),
            (ConnectionState { now: 9000, mounted: 1, in_flight: 1, oldest: 8400, moved: 8999, ..quiet }, true),
            (ConnectionState { now: 9000, mounted: 1, stalled: Some(8970), ..quiet }, true),
            (ConnectionState { now: 1000, ended: 999, stalled: Some(970), ..quiet }, true),
        ] {
            assert_eq!(timeouts.is_over(state), over, "{state:?}");
        }
    }

    #[test]
    fn it_looks_often_enough_and_not_too_often() {
        let all = |n| Timeouts { first: n, idle: n, stall: n, request: n };
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
        let look = |seconds, draining| {
            let over = watchdog.look(start + Duration::from_secs(seconds), draining);
            (over, slow.commands.take(), lively.commands.take())
        };
        assert_eq!(look(9, false), (0, None, None));
        assert_eq!(look(10, false), (1, Some(Command::End), None));
        assert_eq!(look(11, true), (0, None, Some(Command::Finish)));
        assert_eq!(look(12, true), (0, None, None), "once is enough");
    }
}
