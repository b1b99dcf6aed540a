//! Guards that say what is under way on a connection while they live.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;

use super::Activity;
use super::commands::Command;
use crate::http::client::Client;

impl Activity {
    /// A request of the library began; its answer ends when the guard is dropped. Also returns its number, from 1.
    #[must_use]
    pub(crate) fn begin(self: &Arc<Self>, now: Instant) -> (UnderWay, u32) {
        self.in_flight().push(self.milliseconds(now));
        let number = self.number(now);
        (UnderWay { activity: self.clone(), began: now, ended: false, _place: None }, number)
    }

    /// A mount has a request, or a stream that came of one, until the guard is dropped. Also returns its number, from 1.
    pub(crate) fn begin_mounted(self: &Arc<Self>, now: Instant) -> (InMount, u32) {
        self.mounted.fetch_add(1, Ordering::Relaxed);
        let number = self.number(now);
        (InMount { activity: self.clone(), owed: None }, number)
    }
}

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
pub(crate) struct InMount {
    activity: Arc<Activity>,
    /// When it gave out bytes that the client has not made room for yet, milliseconds.
    owed: Option<u64>,
}

impl InMount {
    /// Has its connection end, since the client takes nothing.
    pub(crate) fn end_connection(&self) {
        self.activity.commands.give(Command::End);
    }

    /// Notes that bytes were given out for the client.
    pub(crate) fn gave(&mut self, now: Instant) {
        if self.owed.is_none() {
            let now = self.activity.milliseconds(now);
            self.activity.owed().push(now);
            self.owed = Some(now);
        }
    }

    /// Notes that the client has room for what was given out.
    pub(crate) fn taken(&mut self) {
        if let Some(owed) = self.owed.take() {
            let mut all = self.activity.owed();
            if let Some(at) = all.iter().position(|other| *other == owed) {
                all.swap_remove(at);
            }
        }
    }
}

impl Drop for InMount {
    fn drop(&mut self) {
        self.taken();
        self.activity.ended.store(self.activity.milliseconds(Instant::now()), Ordering::Relaxed);
        self.activity.mounted.fetch_sub(1, Ordering::Relaxed);
    }
}
