//! Hooks: a command that is run, and a webhook that is posted to, for each outcome of a title.
//!
//! An event that is told lies in an [`outbox`] on the disk before it counts as told, and leaves it when its receiver has
//! taken it: it is delivered at least once, under one id, in order for each title. A [`courier`] a receiver does that on a
//! thread of its own; no title waits for it, or fails through it.

mod command;
mod courier;
mod event;
mod letter;
mod outbox;
mod schedule;
mod secret;
mod stop;
mod verdict;
mod webhook;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use config::settings::Hooks as Settings;

use command::Command;
use courier::{Courier, Deliver};
pub use event::{Event, Kind};
use letter::Receiver;
use outbox::Outbox;
use secret::Secrets;
pub use secret::{SecretError, is_exposed};
use stop::{Next, Stop};
use webhook::Webhook;

/// The time that couriers have to end, once told to.
const END: Duration = Duration::from_secs(3);

/// The hooks of one library. Delivering ends when it goes; what is left waits for the next start.
#[derive(Debug)]
pub struct Hooks {
    outbox: Outbox,
    couriers: Vec<(Receiver, Stop)>,
}

impl Hooks {
    /// Starts to deliver what waits in the outbox of `library`, and what is told from now on.
    ///
    /// # Errors
    /// When the secret can't be used.
    pub fn start(settings: &Settings, library: &Path) -> Result<Self, SecretError> {
        let mut receivers: Vec<(Receiver, Box<dyn Deliver>)> = Vec::new();
        if !settings.command.is_empty() {
            let timeout = Duration::from_secs(settings.timeout_seconds.into());
            receivers.push((Receiver::Command, Box::new(Command { words: settings.command.clone(), timeout })));
        }
        if !settings.webhook.is_empty() {
            let secrets = Secrets::read(&settings.secret_file)?;
            if is_exposed(&settings.secret_file).unwrap_or(false) {
                let path = settings.secret_file.display();
                tracing::warn!("others than its owner may read hooks.secret_file {path}: chmod 600 {path}");
            }
            receivers.push((Receiver::Webhook, Box::new(Webhook::new(&settings.webhook, secrets))));
        }
        let mut hooks = Self { outbox: Outbox::of(library), couriers: Vec::new() };
        let names: Vec<_> = receivers.iter().map(|(receiver, _)| *receiver).collect();
        if let Err(error) = hooks.outbox.tidy(&names) {
            tracing::warn!("can't tidy the events that wait to be told: {error}");
        }
        receivers.into_iter().for_each(|(receiver, deliver)| hooks.send_out(receiver, deliver));
        Ok(hooks)
    }

    fn send_out(&mut self, receiver: Receiver, deliver: Box<dyn Deliver>) {
        let stop = Stop::new();
        let courier = Courier::new(receiver, deliver, self.outbox.clone(), stop.clone());
        if let Err(error) = thread::Builder::new().name(receiver.name().into()).spawn(move || courier.work()) {
            tracing::error!("events wait for the next start, since no thread can be started to deliver them: {error}");
            stop.end();
        }
        self.couriers.push((receiver, stop));
    }

    /// Keeps an event until it is delivered. It lasts once this has returned, unless the log says that it can't be kept.
    pub fn tell(&self, event: &Event) {
        if self.couriers.is_empty() {
            return;
        }
        let receivers: Vec<_> = self.couriers.iter().map(|(receiver, _)| *receiver).collect();
        if let Err(error) = self.outbox.put(event, &receivers, SystemTime::now()) {
            tracing::error!("{}: hooks are not told of '{}', which can't be kept: {error}", event.title, event.kind);
        }
        self.couriers.iter().for_each(|(_, stop)| stop.look());
    }

    /// Waits until all is delivered that can be within `time`.
    pub fn flush(&self, time: Duration) {
        let until = Instant::now() + time;
        for (_, stop) in &self.couriers {
            stop.wait_until(until, |next| match next {
                Next::Now => false,
                Next::At(at) => at >= until,
                Next::Nothing | Next::Elsewhere | Next::Ended => true,
            });
        }
    }
}

impl Drop for Hooks {
    fn drop(&mut self) {
        self.couriers.iter().for_each(|(_, stop)| stop.set());
        // A request under way may outlast this: then it is not known to be delivered, and is made again.
        let until = Instant::now() + END;
        self.couriers.iter().for_each(|(_, stop)| stop.wait_until(until, |next| next == Next::Ended));
    }
}
