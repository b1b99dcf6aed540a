//! How a courier is told to look or to end, and tells what it has before it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often the outbox is looked at for events of other processes.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// What a courier has before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is at work, or is to look.
    Now,
    /// Nothing before then.
    At(Instant),
    /// Nothing.
    Nothing,
    /// The work is another process's.
    Elsewhere,
    /// It has ended.
    Ended,
}

/// The handle that a courier and its owner share.
#[derive(Debug, Clone)]
pub(crate) struct Stop(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug)]
struct State {
    stopped: bool,
    /// It is to look again, whatever it found.
    wanted: bool,
    next: Next,
}

impl Stop {
    pub(crate) fn new() -> Self {
        Self(Arc::new((Mutex::new(State { stopped: false, wanted: false, next: Next::Now }), Condvar::new())))
    }

    /// True once the courier is to end.
    pub(crate) fn is_set(&self) -> bool {
        self.lock().stopped
    }

    /// Has the courier end.
    pub(crate) fn set(&self) {
        self.lock().stopped = true;
        self.0.1.notify_all();
    }

    /// Has the courier look at the outbox.
    pub(crate) fn look(&self) {
        self.lock().wanted = true;
        self.0.1.notify_all();
    }

    /// The courier begins to look.
    pub(crate) fn begin(&self) {
        let mut state = self.lock();
        (state.wanted, state.next) = (false, Next::Now);
    }

    /// The courier has ended.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        (state.wanted, state.next) = (false, Next::Ended);
        self.0.1.notify_all();
    }

    /// Waits until `done` holds of what the courier has before it, or until a time.
    pub(crate) fn wait_until(&self, until: Instant, done: impl Fn(Next) -> bool) {
        let left = until.saturating_duration_since(Instant::now());
        drop(self.0.1.wait_timeout_while(self.lock(), left, |state| {
            let looked = !state.wanted || state.next == Next::Ended;
            !(looked && done(state.next))
        }));
    }

    /// Tells what comes next, and waits for that, an end or a look, for a moment at most.
    pub(crate) fn rest(&self, next: Next) {
        let mut state = self.lock();
        state.next = next;
        self.0.1.notify_all();
        let rest = match next {
            Next::At(at) => at.saturating_duration_since(Instant::now()).min(LOOK),
            Next::Now | Next::Nothing | Next::Elsewhere | Next::Ended => LOOK,
        };
        drop(self.0.1.wait_timeout_while(state, rest, |state| !state.stopped && !state.wanted));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
