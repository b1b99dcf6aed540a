//! One title, from its source to its publication.

mod assemble;
mod copy;
mod jobs;
mod perform;
mod prepare;
mod publish;
mod staging;
#[cfg(test)]
mod tests;

use std::time::Instant;

use config::settings::Settings;
use config::tree::Revision;

use super::error::TitleError;
use super::identity;
use super::pool::Pool;
use crate::event::{Event, Published, error_chain};
use crate::ingest::Source;
use crate::library::{Entry, Library, Outcome, Stamp};
use media::steering::Steering;
use media::time::Span;
use prepare::Prepared;
use tools::Tools;
use tools::cancel::Cancel;

/// The inputs for making a title.
pub(super) struct Work<'a> {
    pub settings: &'a Settings,
    pub tools: &'a Tools,
    pub library: &'a Library,
    pub pool: &'a Pool,
    /// Titles at work at the same time, this one among them.
    pub titles: usize,
    pub cancel: Cancel,
    pub source: &'a Source,
}

/// The outcome of making a title.
pub(super) enum Done {
    /// A revision became visible.
    Published(Published),
    /// The revision that would be made is the one in force.
    Unchanged,
}

impl Work<'_> {
    /// Makes the title, and keeps in the ledger what became of it.
    pub(super) fn package(&self, tell: &mut dyn FnMut(Event)) -> Result<Done, TitleError> {
        let started = Instant::now();
        let stamp = self.stamp()?;
        let settings = identity::settings_digest(&self.settings.encode, self.steering().as_ref(), &self.source.path)?;
        let entry = |outcome, seen| Entry { source: self.source.recorded.clone(), stamp, settings, outcome, seen };
        match self.make(stamp, started, tell) {
            Ok((revision, done)) => {
                let seen = self.library.seen(&self.source.title, &revision);
                self.library.record(&self.source.title, &entry(Outcome::Published(revision.to_string()), seen))?;
                self.library.forget_report(&self.source.title)?;
                // A run that was killed once all was visible has left its workplace.
                self.library.remove_staging(&self.source.title)?;
                Ok(done)
            }
            Err(TitleError::Cancelled) => Err(TitleError::Cancelled),
            Err(error) => {
                // Where the library can't be written, that is what the error says already.
                if !error.is_passing() {
                    let _ = self.library.record(&self.source.title, &entry(Outcome::Failed, None));
                }
                let _ = self.library.report(&self.source.title, &error_chain(&error), error.stderr());
                Err(error)
            }
        }
    }

    fn make(
        &self,
        stamp: Stamp,
        started: Instant,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(Revision, Done), TitleError> {
        let stopped = |error| if self.cancel.is_cancelled() { TitleError::Cancelled } else { error };
        let mut prepared = self.prepare().map_err(stopped)?;
        let title = &self.source.title;
        if self.is_current(&prepared) {
            return Ok((prepared.revision, Done::Unchanged));
        }
        let warnings = match self.make_visible(&prepared, stamp, tell) {
            // A source that can't be copied is decoded as it is, in one chunk.
            Err(error @ TitleError::Copy { .. }) => {
                prepared = self.prepared(prepared.outlook.without_copy().ok_or(error)?, prepared.digest)?;
                if self.is_current(&prepared) { Vec::new() } else { self.make_visible(&prepared, stamp, tell)? }
            }
            made => made?,
        };
        let revision = prepared.revision.clone();
        let (segments, bytes) = self.library.media(title);
        let done = Done::Published(Published {
            title: title.to_string(),
            revision: revision.to_string(),
            duration_ms: milliseconds(prepared.outlook.plan.grid.duration()),
            segments,
            bytes,
            warnings,
            took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        Ok((revision, done))
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
        let shown = self.library.show_again(&self.source.title, &prepared.revision)?;
        if shown { Ok(Vec::new()) } else { self.make_revision(prepared, stamp, tell) }
    }

    fn steering(&self) -> Option<Steering> {
        Steering::of(&self.settings.origin.steering, &self.source.title)
    }

    fn stamp(&self) -> Result<Stamp, TitleError> {
        prepare::stamp(&self.source.path)
    }
}

fn milliseconds(span: Span) -> u64 {
    span.ticks_at(1000)
}
