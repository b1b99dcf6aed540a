//! Guards that say what is under way on a connection while they live.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;

use super::Activity;
use super::commands::Command;
use crate::http::client::Client;

/// An answer of the library that has not ended.
#[derive(Debug)]
pub(crate) struct UnderWay {
    activity: Arc<Activity>,
    began: Instant,
    ended: bool,
    /// A right that it has for as long as it lasts.
    _place: Option<OwnedSemaphorePermit>,
}

impl UnderWay {
    pub(super) fn new(activity: Arc<Activity>, began: Instant) -> Self {
        Self { activity, began, ended: false, _place: None }
    }

    /// Has it hold `place` to its end.
    #[must_use]
    pub(crate) fn holding(mut self, place: OwnedSemaphorePermit) -> Self {
        self._place = Some(place);
        self
    }

    /// The other end of the connection.
    #[must_use]
    pub(crate) fn client(&self) -> Client {
        self.activity.client
    }

    /// When its request began.
    #[must_use]
    pub(crate) fn began(&self) -> Instant {
        self.began
    }

    /// It waits for a file until the guard is dropped.
    pub(crate) fn wait(&self) -> Waits {
        self.activity.waiting.fetch_add(1, Ordering::Relaxed);
        Waits(self.activity.clone())
    }

    /// Notes that it has ended, and says how long it took.
    pub(crate) fn end(&mut self) -> Duration {
        let took = self.began.elapsed();
        if !std::mem::replace(&mut self.ended, true) {
            self.activity.ended.store(self.activity.milliseconds(self.began + took), Ordering::Relaxed);
            let began = self.activity.milliseconds(self.began);
            let mut in_flight = self.activity.in_flight();
            if let Some(at) = in_flight.iter().position(|other| *other == began) {
                in_flight.swap_remove(at);
            }
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

/// An answer waits for a file while this lives.
#[derive(Debug)]
pub(crate) struct Waits(Arc<Activity>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A mount has a request or stream while this lives.
#[derive(Debug)]
pub(crate) struct InMount(Arc<Activity>);

impl InMount {
    pub(super) fn new(activity: Arc<Activity>) -> Self {
        Self(activity)
    }

    /// Has its connection end, since the client takes nothing.
    pub(crate) fn end_connection(&self) {
        self.0.commands.give(Command::End);
    }
}

impl Drop for InMount {
    fn drop(&mut self) {
        self.0.ended.store(self.0.milliseconds(Instant::now()), Ordering::Relaxed);
        self.0.mounted.fetch_sub(1, Ordering::Relaxed);
    }
}
