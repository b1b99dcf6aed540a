//! A rate: how often something may be tried for a key, with attempts that can be given back.

use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore as _};
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::model::Micros;
use crate::ports;

/// The header that says what is left.
pub const RATE_LIMIT: &str = "ratelimit";

/// A rate for each key.
#[derive(Debug)]
pub struct Rate<K: Hash + Eq + Clone> {
    name: &'static str,
    quota: Quota,
    window: Duration,
    state: Shared<K>,
    limiter: RateLimiter<K, Shared<K>, Elapsed, NoOpMiddleware<Nanos>>,
    clock: Elapsed,
    start: Nanos,
}

/// The time that has passed, by the studio's clock. Where that is set back, the time stands still for a moment, and nobody
/// waits longer for it.
#[derive(Clone)]
pub struct Elapsed {
    clock: ports::Clock,
    state: Arc<Mutex<(Micros, Nanos)>>,
}

/// Attempts that are left for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The rate's name.
    pub name: &'static str,
    /// Attempts in a window.
    pub limit: u32,
    /// The window, seconds.
    pub window: u64,
    /// Attempts that are left now.
    pub left: u32,
    /// Seconds until there is one more; 0 where none is missing.
    pub wait: u64,
}

/// The counts, which the limiter shares with us: it can't give back by itself.
#[derive(Debug)]
struct Shared<K: Hash + Eq + Clone>(Arc<DashMapStateStore<K>>);

impl<K: Hash + Eq + Clone> StateStore for Shared<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.measure_and_replace(key, f)
    }
}

impl<K: Hash + Eq + Clone> Rate<K> {
    /// At most `most` in `window`.
    #[must_use]
    pub fn new(name: &'static str, most: NonZeroU32, window: Duration, clock: Elapsed) -> Self {
        let interval = (window / most.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(most)).allow_burst(most);
        let state = Arc::new(DashMapStateStore::default());
        let limiter = RateLimiter::new(quota, Shared(Arc::clone(&state)), clock.clone());
        Self { name, quota, window, state: Shared(state), limiter, start: clock.now(), clock }
    }

    /// Counts an attempt; false where there were too many. Then it doesn't count.
    pub fn take(&self, key: &K) -> bool {
        self.limiter.check_key(key).is_ok()
    }

    /// Takes back the count of an attempt.
    pub fn give_back(&self, key: &K) {
        let interval = Nanos::from(self.quota.replenish_interval());
        let earlier = |next: Option<Nanos>| next.map(|next| ((), next.saturating_sub(interval))).ok_or(());
        // A key that was forgotten meanwhile has nothing to be given back.
        let _ = self.state.measure_and_replace(key, earlier);
    }

    /// The attempts that are left for `key`.
    pub fn budget(&self, key: &K) -> Budget {
        let seen = self.state.measure_and_replace(key, |next| Err::<((), Nanos), u64>(next.map_or(0, Nanos::as_u64)));
        let ahead = seen.err().unwrap_or(0).saturating_sub(self.elapsed().as_u64());
        let interval = Nanos::from(self.quota.replenish_interval()).as_u64().max(1);
        let taken = ahead.div_ceil(interval);
        let until_one_more = ahead.saturating_sub(taken.saturating_sub(1) * interval);
        let limit = self.quota.burst_size().get();
        Budget {
            name: self.name,
            limit,
            window: self.window.as_secs(),
            left: limit.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX)),
            wait: until_one_more.div_ceil(1_000_000_000),
        }
    }

    /// Forgets who is below the rate again.
    pub fn sweep(&self) {
        self.state.0.retain_recent(self.elapsed());
    }

    fn elapsed(&self) -> Nanos {
        self.clock.now().duration_since(self.start)
    }
}

impl Elapsed {
    /// Begins now.
    #[must_use]
    pub fn new(clock: ports::Clock) -> Self {
        let now = clock();
        Self { clock, state: Arc::new(Mutex::new((now, Nanos::from(0)))) }
    }
}

impl Clock for Elapsed {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let now = (self.clock)();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (seen, elapsed) = *state;
        let passed = u64::try_from(now.0.saturating_sub(seen.0)).unwrap_or(0);
        *state = (now, elapsed + Nanos::from(passed.saturating_mul(1000)));
        state.1
    }
}

impl fmt::Debug for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Elapsed(…)")
    }
}

impl Budget {
    /// Puts it into an answer's headers (draft-ietf-httpapi-ratelimit-headers-10 §3 and §4).
    pub fn write(&self, headers: &mut HeaderMap) {
        let Self { name, limit, window, left, wait } = self;
        for (header, text) in [
            ("ratelimit-policy", format!("\"{name}\";q={limit};w={window}")),
            (RATE_LIMIT, format!("\"{name}\";r={left};t={wait}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(header), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn attempts_are_counted_given_back_and_forgotten() {
        let now = Arc::new(AtomicI64::new(0));
        let shown = Arc::clone(&now);
        let pass = |seconds: i64| now.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
        let clock = Elapsed::new(Arc::new(move || Micros(shown.load(Ordering::Relaxed))));
        let rate = Rate::new("test", NonZeroU32::new(3).unwrap(), Duration::from_secs(60), clock);
        let left = |key: &'static str| (rate.budget(&key).left, rate.budget(&key).wait);
        assert_eq!(left("a"), (3, 0));
        assert!(rate.take(&"a") && rate.take(&"a") && rate.take(&"a") && !rate.take(&"a"));
        assert_eq!((left("a"), left("b")), ((0, 20), (3, 0)));
        rate.give_back(&"a");
        assert_eq!(left("a").0, 1);
        assert!(rate.take(&"a") && !rate.take(&"a"));
        pass(-3600);
        assert_eq!(left("a"), (0, 20), "a clock that is set back makes nobody wait longer");
        pass(20);
        assert!(rate.take(&"a") && !rate.take(&"a"), "one more after a third of the window");
        pass(60);
        rate.sweep();
        assert_eq!((rate.state.0.len(), left("a")), (0, (3, 0)));
        rate.give_back(&"a");
        assert_eq!(left("a"), (3, 0), "never more than all");
    }
}
