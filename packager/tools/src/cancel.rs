//! Stopping: one flag, and the processes that end with it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::Signal;

use crate::process::Group;

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
    /// Numbers of process groups.
    running: BTreeSet<i32>,
}

impl Cancel {
    /// A narrower handle: stopping it leaves `self` going, stopping `self` stops it too.
    #[must_use]
    pub fn scope(&self) -> Self {
        Self { state: Arc::default(), parent: Some(Box::new(self.clone())) }
    }

    /// Stops: kills every process that runs under this handle, with all that it started, and lets none start.
    pub fn cancel(&self) {
        let mut state = self.lock();
        state.cancelled = true;
        for group in state.running.iter().filter_map(|raw| Group::from_raw(*raw)) {
            group.kill(Signal::KILL);
        }
    }

    /// True if this handle, or one that it is part of, was stopped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled || self.parent.as_ref().is_some_and(|p| p.is_cancelled())
    }

    /// Puts a process under this handle; killed at once where the stop came first.
    pub(crate) fn watch(&self, group: Group) {
        let mut state = self.lock();
        state.running.insert(group.raw());
        if state.cancelled {
            group.kill(Signal::KILL);
        }
        drop(state);
        if let Some(parent) = &self.parent {
            parent.watch(group);
        }
    }

    /// Takes a process out again; to be called before it is reaped, while its number is still its own.
    pub(crate) fn unwatch(&self, group: Group) {
        self.lock().running.remove(&group.raw());
        if let Some(parent) = &self.parent {
            parent.unwatch(group);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
