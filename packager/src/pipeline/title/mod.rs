//! One title, from its source to its publication.

mod assemble;
mod copy;
mod jobs;
mod known;
mod perform;
mod prepare;
mod proven;
mod publish;
mod shape;
mod staging;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use config::settings::Settings;
use config::tree::Revision;

use super::error::TitleError;
use super::identity;
use super::pool::Share;
use crate::event::{Cause, Event, Published, error_chain};
use crate::ingest::Source;
use crate::library::{Last, Library, Outcome, ShownAgain, Stamp};
use media::steering::Steering;
use media::time::Span;
use prepare::Prepared;
use tools::Tools;
use tools::cancel::Cancel;

/// The inputs for making a title.
pub(crate) struct Work<'a> {
    pub settings: &'a Settings,
    pub tools: &'a Tools,
    pub library: &'a Library,
    pub share: Share<'a>,
    /// Titles at work at the same time, this one among them.
    pub titles: usize,
    pub cancel: Cancel,
    pub source: &'a Source,
    /// An operator's decisions on the title before this.
    pub decisions: u64,
    /// It is made even if it is published and unchanged.
    pub anew: bool,
    /// It has failed for passing reasons so often that it is given up whatever it fails of.
    pub is_last_try: bool,
}

/// The outcome of making a title.
#[derive(Debug)]
pub(crate) enum Done {
    /// A revision became visible.
    Published(Published),
    /// What would be made is published.
    Unchanged,
    /// An operator took it out, and its content is the same.
    Held,
}

impl Work<'_> {
    /// Makes the title, and keeps in the ledger what became of it. A fault of ours ends this title alone, and not its
    /// place among those at work.
    pub(crate) fn package(&self, tell: &mut dyn FnMut(Event)) -> Result<Done, TitleError> {
        catch_unwind(AssertUnwindSafe(|| self.attempt(tell))).unwrap_or_else(|panic| Err(self.panicked(&*panic)))
    }

    /// Notes that work on the title panicked: it would do so again at the next look.
    fn panicked(&self, panic: &(dyn Any + Send)) -> TitleError {
        let words = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        let error = TitleError::Panicked(words.unwrap_or("it says no more").into());
        let settings = identity::settings_digest(&self.settings.encode, self.steering().as_ref(), self.source);
        let last = |stamp, settings| Last { stamp, content: None, settings, outcome: Outcome::Failed, seen: None };
        let noted = self.stamp().and_then(|stamp| Ok(last(stamp, settings?))).and_then(|last| self.record(&last));
        if let Err(error) = noted {
            tracing::warn!("{}: {error}", self.source.title);
        }
        let _ = self.library.report(&self.source.title, &error_chain(&error), None);
        error
    }

    fn attempt(&self, tell: &mut dyn FnMut(Event)) -> Result<Done, TitleError> {
        let started = Instant::now();
        let title = &self.source.title;
        tell(Event::Probing { title: title.to_string() });
        let stamp = self.stamp().map_err(|error| self.gone(error))?;
        let settings = identity::settings_digest(&self.settings.encode, self.steering().as_ref(), self.source)?;
        if let Some(done) = self.known(stamp, &settings).map_err(|error| self.cause_of(error, stamp))? {
            return Ok(done);
        }
        let last = |content, outcome, seen| Last { stamp, content, settings, outcome, seen };
        match self.make(stamp, started, tell) {
            Ok(Made { revision, content, done }) => {
                let seen = self.library.seen(title, &revision);
                self.record(&last(Some(content), Outcome::Published(revision.to_string()), seen))?;
                self.library.forget_report(title)?;
                // A run that was killed once all was visible has left its workplace.
                self.library.remove_staging(title)?;
                Ok(done)
            }
            Err(error) => {
                let error = self.cause_of(error, stamp);
                if matches!(error.cause(), Cause::Cancelled)
                    || matches!(error, TitleError::Changed(_) | TitleError::Gone(_))
                {
                    return Err(error);
                }
                // Unless that is noted, the next look would find it due again.
                if self.gives_up(&error) {
                    self.record(&last(None, Outcome::Failed, None))?;
                }
                let _ = self.library.report(title, &error_chain(&error), error.stderr());
                Err(error)
            }
        }
    }

    fn make(&self, stamp: Stamp, started: Instant, tell: &mut dyn FnMut(Event)) -> Result<Made, TitleError> {
        let stopped = |error| if self.cancel.is_cancelled() { TitleError::Cancelled } else { error };
        let mut prepared = self.prepare().map_err(stopped)?;
        let title = &self.source.title;
        if self.is_current(&prepared) {
            // A run may have been killed once it was visible, before anybody was told.
            let untold = !self.is_recorded(&prepared.revision)?;
            let published = untold.then(|| self.library.as_published(title)).flatten();
            let done = published.map_or(Done::Unchanged, Done::Published);
            return Ok(Made { revision: prepared.revision, content: prepared.content, done });
        }
        let warnings = match self.make_visible(&prepared, stamp, tell) {
            // A source that can't be copied is decoded as it is, in one chunk.
            Err(error @ TitleError::Copy { .. }) => {
                prepared = self.prepared(prepared.outlook.without_copy().ok_or(error)?, prepared.digest)?;
                if self.is_current(&prepared) { Vec::new() } else { self.make_visible(&prepared, stamp, tell)? }
            }
            made => made?,
        };
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let published = self.library.as_published(title).map(|published| Published { warnings, took_ms, ..published });
        // An operator may have taken it out again.
        let done = published.map_or(Done::Unchanged, Done::Published);
        Ok(Made { revision: prepared.revision, content: prepared.content, done })
    }

    /// True if the title is not tried again by itself. One that waits for room has not failed.
    fn gives_up(&self, error: &TitleError) -> bool {
        !error.is_passing() || (self.is_last_try && !matches!(error, TitleError::NoRoom { .. }))
    }

    fn is_current(&self, prepared: &Prepared) -> bool {
        self.library.published(&self.source.title).as_ref() == Some(&prepared.revision)
    }

    /// Shows the revision again if it is there, else makes it; warnings of what was found in the making.
    fn make_visible(
        &self,
        prepared: &Prepared,
        stamp: Stamp,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Vec<String>, TitleError> {
        match self.library.show_again(&self.source.title, &prepared.revision, self.decisions)? {
            ShownAgain::Yes => Ok(Vec::new()),
            ShownAgain::NotThere => self.make_revision(prepared, stamp, tell),
            ShownAgain::Overruled => Err(TitleError::Overruled),
        }
    }

    fn steering(&self) -> Option<Steering> {
        Steering::of(&self.settings.origin.steering, &self.source.title)
    }

    /// What the source is to blame for is asked of the source first: it may have changed since `stamp`, or be gone; and work
    /// that was stopped may have been so because an operator decided otherwise.
    fn cause_of(&self, error: TitleError, stamp: Stamp) -> TitleError {
        if matches!(error, TitleError::Changed(_)) {
            return error;
        }
        if let Err(other) = self.is_as_it_was(stamp) {
            return other;
        }
        let decided = || self.library.decisions(&self.source.title).is_ok_and(|decisions| decisions != self.decisions);
        if self.cancel.is_cancelled() && decided() { TitleError::Overruled } else { error }
    }

    fn is_as_it_was(&self, stamp: Stamp) -> Result<(), TitleError> {
        match self.stamp() {
            Ok(now) if now != stamp => Err(TitleError::Changed(self.source.path.clone())),
            Ok(_) => Ok(()),
            Err(error) => Err(self.gone(error)),
        }
    }

    /// A source that was found and is not there any more went away.
    fn gone(&self, error: TitleError) -> TitleError {
        match error {
            TitleError::Read { source, path } if source.kind() == ErrorKind::NotFound && !self.source.named => {
                TitleError::Gone(path)
            }
            error => error,
        }
    }

    fn stamp(&self) -> Result<Stamp, TitleError> {
        prepare::stamp(&self.source.path)
    }
}

/// A title that is published.
struct Made {
    revision: Revision,
    /// BLAKE3 of its source, hexadecimal.
    content: String,
    done: Done,
}

fn milliseconds(span: Span) -> u64 {
    span.ticks_at(1000)
}
