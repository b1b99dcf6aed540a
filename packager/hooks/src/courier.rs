//! Takes events from the outbox to one receiver, on a thread of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use crate::letter::{Letter, Name, Receiver};
use crate::outbox::Outbox;
use crate::schedule::{LONGEST, wait};
use crate::stop::{LOOK, Next, Stop};
use crate::verdict::Verdict;

/// A way to deliver an event.
pub(crate) trait Deliver: Send {
    /// Tries once.
    fn deliver(&self, letter: &Letter, stop: &Stop) -> Verdict;
}

/// Takes events to one receiver.
pub(crate) struct Courier {
    receiver: Receiver,
    deliver: Box<dyn Deliver>,
    outbox: Outbox,
    stop: Stop,
    waiting: BTreeMap<Name, Waiting>,
}

/// A letter, and when it is tried next.
struct Waiting {
    letter: Letter,
    at: Instant,
    /// The next try is before its time, since the program has just started: it does not count.
    early: bool,
}

impl Courier {
    pub(crate) fn new(receiver: Receiver, deliver: Box<dyn Deliver>, outbox: Outbox, stop: Stop) -> Self {
        Self { receiver, deliver, outbox, stop, waiting: BTreeMap::new() }
    }

    /// Delivers until it is told to end, or the receiver wants no more.
    pub(crate) fn work(mut self) {
        let mut claim = None;
        while !self.stop.is_set() {
            self.stop.begin();
            let next = self.turn(&mut claim).unwrap_or_else(|error| {
                tracing::warn!("can't go through the events that wait for the {}: {error}", self.receiver.name());
                Next::At(Instant::now() + LOOK)
            });
            if next == Next::Ended {
                break;
            }
            self.stop.rest(next);
        }
        self.stop.end();
    }

    /// Looks once, and goes once through what waits.
    fn turn(&mut self, claim: &mut Option<File>) -> io::Result<Next> {
        let names = self.outbox.list()?.into_iter().filter(|name| name.receiver == self.receiver).collect();
        self.take_in(&names)?;
        if self.waiting.is_empty() {
            return Ok(Next::Nothing);
        }
        if claim.is_none() {
            *claim = self.outbox.claim(self.receiver)?;
            if claim.is_none() {
                return Ok(Next::Elsewhere);
            }
            // Whoever had it may have tried them meanwhile.
            self.waiting.clear();
            return self.turn(claim);
        }
        self.round()
    }

    /// Reads the letters that are new, and forgets those that are gone.
    fn take_in(&mut self, names: &BTreeSet<Name>) -> io::Result<()> {
        self.waiting.retain(|name, _| names.contains(name));
        for name in names {
            if !self.waiting.contains_key(name)
                && let Some(letter) = self.outbox.read(name)?
            {
                let early = letter.due > 0;
                self.waiting.insert(name.clone(), Waiting { letter, at: Instant::now(), early });
            }
        }
        Ok(())
    }

    /// Tries what is due, the oldest first. A title's later event waits for its earlier one.
    fn round(&mut self) -> io::Result<Next> {
        let mut held = BTreeSet::new();
        for name in self.waiting.keys().cloned().collect::<Vec<_>>() {
            if self.stop.is_set() {
                return Ok(Next::Ended);
            }
            let Some(Waiting { letter, at, .. }) = self.waiting.get(&name) else { continue };
            let title = letter.title.clone();
            if held.contains(&title) || *at > Instant::now() {
                held.insert(title);
                continue;
            }
            match self.deliver.deliver(letter, &self.stop) {
                Verdict::Taken => {
                    tracing::debug!("{title}: the {} has taken '{}'", self.receiver.name(), letter.event);
                    self.finish(&name)?;
                }
                Verdict::Over(why) => {
                    tracing::warn!("{title}: hooks.{} failed on '{}': {why}", self.receiver.name(), letter.event);
                    self.finish(&name)?;
                }
                Verdict::Refused { why, after } => {
                    self.put_off(&name, &why, after)?;
                    held.insert(title);
                }
                Verdict::Away(why) => {
                    self.put_off(&name, &why, None)?;
                    self.wait_for(&name);
                    break;
                }
                Verdict::Gone => return self.give_all_up().map(|()| Next::Ended),
                Verdict::Stopped => return Ok(Next::Ended),
            }
        }
        Ok(self.waiting.values().map(|waiting| waiting.at).min().map_or(Next::Nothing, Next::At))
    }

    fn finish(&mut self, name: &Name) -> io::Result<()> {
        self.waiting.remove(name);
        self.outbox.remove(name)
    }

    /// Has an event wait for its next try, or gives it up after the last.
    fn put_off(&mut self, name: &Name, why: &str, asked: Option<Duration>) -> io::Result<()> {
        let Some(waiting) = self.waiting.get_mut(name) else { return Ok(()) };
        let (now, letter) = (seconds_now(), &mut waiting.letter);
        // A clock that was set back must not have an event wait for longer than any does.
        let ahead = Duration::from_secs(letter.due.saturating_sub(now));
        let uncounted = std::mem::take(&mut waiting.early) && !ahead.is_zero() && ahead <= LONGEST;
        letter.failed = letter.failed.saturating_add(u32::from(!uncounted));
        let next = if uncounted { Some(ahead) } else { wait(letter.failed, asked) };
        let what = format!("{}: the {} did not take '{}': {why}", letter.title, self.receiver.name(), letter.event);
        let Some(next) = next else {
            tracing::error!("{what}; it is given up after {} tries: {}", letter.failed, letter.body);
            return self.finish(name);
        };
        tracing::warn!("{what}; tried again in {} s", next.as_secs());
        letter.due = now.saturating_add(next.as_secs());
        waiting.at = Instant::now() + next;
        if let Err(error) = self.outbox.write(name, &waiting.letter) {
            tracing::warn!("can't write down when that is: {error}");
        }
        Ok(())
    }

    /// Has all events wait for this one's next try: where it can't go, none can.
    fn wait_for(&mut self, name: &Name) {
        if let Some(until) = self.waiting.get(name).map(|waiting| waiting.at) {
            self.waiting.values_mut().for_each(|waiting| waiting.at = waiting.at.max(until));
        }
    }

    fn give_all_up(&mut self) -> io::Result<()> {
        let count = self.waiting.len();
        tracing::error!(
            "the {} answers 410, so it wants no more: {count} events are dropped, and none is sent until pack starts again",
            self.receiver.name()
        );
        self.waiting.keys().cloned().collect::<Vec<_>>().iter().try_for_each(|name| self.finish(name))
    }
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
