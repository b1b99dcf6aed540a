//! The packager's events for whoever looks: bars on a terminal, lines in a log, JSON for programs.

mod bars;
mod lines;

use std::io;
use std::time::Instant;

use packager::event::{Cause, Event, Failed};
use tools::cancel::Cancel;

use crate::args::Global;
use crate::output::{Output, chain_text};

use bars::Bars;
pub(crate) use bars::style;
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
            self.output.message(&chain_text(&failed_label(failed), &failed.errors));
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

/// What stands before a failure's errors: the title, and its source where they don't name it themselves.
fn failed_label(failed: &Failed) -> String {
    let Failed { title, source, .. } = failed;
    // One that is refused has no title but its file's name.
    let is_refused = source.file_name().is_some_and(|name| name.to_string_lossy() == *title);
    let source = source.display().to_string();
    if failed.cause == Cause::Cancelled {
        title.clone()
    } else if !failed.errors.iter().any(|error| error.contains(&source)) {
        format!("error: {title} ({source})")
    } else if is_refused {
        "error".into()
    } else {
        format!("error: {title}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_once() {
        let label = |cause, error: &str| {
            failed_label(&Failed { title: "a".into(), source: "in/A.mp4".into(), cause, errors: vec![error.into()] })
        };
        assert_eq!(label(Cause::Source, "in/A.mp4 is empty"), "error: a");
        assert_eq!(label(Cause::Encode, "can't encode chunk 3"), "error: a (in/A.mp4)");
        assert_eq!(label(Cause::Cancelled, "stopped"), "a");
        let refused = Failed {
            title: "(!).mp4".into(),
            source: "in/(!).mp4".into(),
            cause: Cause::Name,
            errors: vec!["in/(!).mp4: '(!)' has no letter".into()],
        };
        assert_eq!(failed_label(&refused), "error");
    }
}
