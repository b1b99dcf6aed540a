//! The packager's events for whoever looks: bars on a terminal, lines in a log, JSON for programs.

mod bars;
mod lines;

use std::io;
use std::time::Instant;

use packager::cancel::Cancel;
use packager::event::{Cause, Event};

use crate::args::Global;
use crate::output::{Output, chain_text};

use bars::Bars;
use lines::Pace;

/// Renders events as they come.
pub(crate) struct Report<'a> {
    output: &'a Output,
    detail: Detail,
    bars: Bars,
    pace: Pace,
    cancel: Cancel,
    broken: Option<io::Error>,
}

/// How much people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Detail {
    Errors,
    Changes,
    Everything,
}

impl<'a> Report<'a> {
    /// `cancel` is raised when nobody reads the output any more.
    pub(crate) fn new(global: &Global, output: &'a Output, cancel: &Cancel) -> Self {
        let detail = match (global.quiet, global.verbose) {
            (true, _) => Detail::Errors,
            (false, 0) => Detail::Changes,
            (false, _) => Detail::Everything,
        };
        Self {
            output,
            detail,
            bars: Bars::new(output.bars()),
            pace: Pace::default(),
            cancel: cancel.clone(),
            broken: None,
        }
    }

    /// Renders one event that happened `now`.
    pub(crate) fn event(&mut self, event: &Event, now: Instant) {
        if self.output.is_json() {
            self.json(event);
        } else {
            self.lines(event, now);
        }
        if let Event::Failed(failed) = event {
            let label = if failed.cause == Cause::Cancelled { "stopped" } else { "error" };
            let what = format!("{label}: {} ({})", failed.title, failed.source.display());
            self.output.message(&chain_text(&what, &failed.errors));
        }
    }

    /// Ends the report.
    ///
    /// # Errors
    /// When standard output could not be written to.
    pub(crate) fn end(self) -> io::Result<()> {
        self.broken.map_or(Ok(()), Err)
    }

    fn json(&mut self, event: &Event) {
        if self.broken.is_none()
            && let Err(error) = self.output.json(event)
        {
            self.broken = Some(error);
            self.cancel.cancel();
        }
    }

    fn lines(&mut self, event: &Event, now: Instant) {
        if self.detail == Detail::Errors {
            return;
        }
        let drawn = !self.output.bars().is_hidden() && self.bars.draw(event);
        let everything = self.detail == Detail::Everything;
        let due = match event {
            Event::Progress(progress) => !drawn && self.pace.is_due(&progress.title, now),
            _ => true,
        };
        if due && let Some(line) = lines::line(event, everything) {
            self.output.message(&line);
        }
    }
}
