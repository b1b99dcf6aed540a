//! Stopping: one flag, and the ffmpeg processes that end with it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

/// A handle to stop work with; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    state: Arc<Mutex<State>>,
    /// The wider stop that this one is part of.
    parent: Option<Box<Cancel>>,
}

#[derive(Debug, Default)]
struct State {
    cancelled: bool,
    running: BTreeSet<i32>,
}

impl Cancel {
    /// A narrower handle: stopping it leaves `self` going, stopping `self` stops it too.
    #[must_use]
    pub fn scope(&self) -> Self {
        Self { state: Arc::default(), parent: Some(Box::new(self.clone())) }
    }

    /// Stops: kills every ffmpeg that runs under this handle, and lets none start.
    pub fn cancel(&self) {
        let mut state = self.lock();
        state.cancelled = true;
        for pid in state.running.iter().filter_map(|raw| Pid::from_raw(*raw)) {
            // One that has just ended by itself is not there to be killed: no harm.
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Whether this handle, or one that it is part of, was stopped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled || self.parent.as_ref().is_some_and(|p| p.is_cancelled())
    }

    /// Puts a process under this handle; killed at once where the stop came first.
    pub(crate) fn watch(&self, pid: Pid) {
        let mut state = self.lock();
        state.running.insert(pid.as_raw_nonzero().get());
        if state.cancelled {
            let _ = kill_process(pid, Signal::KILL);
        }
        drop(state);
        if let Some(parent) = &self.parent {
            parent.watch(pid);
        }
    }

    /// Takes a process out again; to be called before it is reaped, while its number is still its own.
    pub(crate) fn unwatch(&self, pid: Pid) {
        self.lock().running.remove(&pid.as_raw_nonzero().get());
        if let Some(parent) = &self.parent {
            parent.unwatch(pid);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
