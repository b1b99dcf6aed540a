//! What the packager is at, in a line for the service manager.

use std::collections::BTreeSet;

use packager::event::Event;

use crate::service;

/// Titles named in the line, at most.
const NAMED: usize = 3;

/// The line while there is nothing to do.
pub(crate) const WAITING: &str = "waiting for sources";

/// Titles that wait, and titles that are made.
#[derive(Debug, Default)]
pub(crate) struct Status {
    queued: BTreeSet<String>,
    encoding: BTreeSet<String>,
}

impl Status {
    /// Takes an event, and tells the manager where it changes the line.
    pub(crate) fn event(&mut self, event: &Event) {
        if self.changes(event) {
            service::status(&self.line());
        }
    }

    fn changes(&mut self, event: &Event) -> bool {
        match event {
            Event::Queued { title, .. } => self.queued.insert(title.clone()),
            Event::Planned(planned) => self.queued.remove(&planned.title) | self.encoding.insert(planned.title.clone()),
            Event::Published(published) => self.is_over(&published.title),
            Event::Failed(failed) => self.is_over(&failed.title),
            Event::Skipped { title, .. } => self.is_over(title),
            _ => false,
        }
    }

    fn is_over(&mut self, title: &str) -> bool {
        self.queued.remove(title) | self.encoding.remove(title)
    }

    fn line(&self) -> String {
        let queued = format!("{} queued", self.queued.len());
        let more = self.encoding.len().saturating_sub(NAMED);
        let named: Vec<&str> = self.encoding.iter().take(NAMED).map(String::as_str).collect();
        match (named.is_empty(), more) {
            (true, _) if self.queued.is_empty() => WAITING.into(),
            (true, _) => queued,
            (false, 0) => format!("{queued}, encoding {}", named.join(", ")),
            (false, more) => format!("{queued}, encoding {} and {more} more", named.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use packager::event::{Planned, Skip};

    use super::*;

    fn planned(title: &str) -> Event {
        Event::Planned(Planned {
            title: title.into(),
            duration_ms: 0,
            frames: 0,
            frame_rate: None,
            video: Vec::new(),
            audio: Vec::new(),
            text: Vec::new(),
            chunks: 0,
            chunks_kept: 0,
            warnings: Vec::new(),
        })
    }

    #[test]
    fn the_line_counts_what_waits_and_names_what_is_made() {
        let mut status = Status::default();
        assert_eq!(status.line(), "waiting for sources");
        for title in ["a", "b", "c", "d", "e"] {
            assert!(status.changes(&Event::Queued { title: title.into(), source: title.into() }));
        }
        assert_eq!(status.line(), "5 queued");
        assert!(status.changes(&planned("a")));
        assert_eq!(status.line(), "4 queued, encoding a");
        for title in ["b", "c", "d"] {
            status.changes(&planned(title));
        }
        assert_eq!(status.line(), "1 queued, encoding a, b, c and 1 more");
        assert!(status.changes(&Event::Skipped { title: "a".into(), why: Skip::Unchanged }));
        assert!(!status.changes(&Event::Skipped { title: "z".into(), why: Skip::Unchanged }));
        assert_eq!(status.line(), "1 queued, encoding b, c, d");
    }
}
