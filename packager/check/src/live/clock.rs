//! The clock of a watch.

use std::time::{Duration, Instant, SystemTime};

/// The time of day, as it was at the start and as it has gone on since, whatever sets the machine's clock meanwhile.
#[derive(Debug)]
pub(super) struct Clock {
    /// Nanoseconds since 1970.
    started_at: i64,
    started: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { started_at: i64::try_from(since.as_nanos()).unwrap_or(i64::MAX), started: Instant::now() }
    }

    /// Nanoseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        let elapsed = i64::try_from(self.elapsed().as_nanos()).unwrap_or(i64::MAX);
        self.started_at.saturating_add(elapsed)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}
