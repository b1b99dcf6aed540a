//! A check's progress bar.

use std::time::Duration;

use check::Progress;
use indicatif::{MultiProgress, ProgressBar};

use crate::report::style;

/// The bar of one target: its segments, then the time for which it is watched.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Draws nothing before there is something to tell, and nothing at all where nobody watches `terminal`.
    pub(super) fn new(target: &str, terminal: &MultiProgress) -> Self {
        let bar = ProgressBar::new(0)
            .with_style(style("{prefix} {wide_bar} {pos} of {len} segments"))
            .with_prefix(target.to_owned());
        Self(terminal.add(bar))
    }

    /// Takes it off the terminal.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn segments(&self, count: usize) {
        self.0.inc_length(count as u64);
    }

    fn segment(&self) {
        self.0.inc(1);
    }

    fn watched(&self, elapsed: Duration, whole: Duration) {
        let seconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX) / 1000;
        self.0.set_style(style("{prefix} {wide_bar} {pos} of {len} s watched"));
        self.0.set_length(seconds(whole));
        self.0.set_position(seconds(elapsed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::{InMemoryTerm, ProgressDrawTarget};

    #[test]
    fn segments_and_then_time_are_told_until_the_end() {
        let term = InMemoryTerm::new(10, 80);
        let target = ProgressDrawTarget::term_like(Box::new(term.clone()));
        let bar = Bar::new("a/index.m3u8", &MultiProgress::with_draw_target(target));
        bar.segments(4);
        bar.segment();
        bar.0.tick();
        assert!(term.contents().starts_with("a/index.m3u8 ") && term.contents().ends_with(" 1 of 4 segments"));
        bar.watched(Duration::from_millis(2500), Duration::from_secs(60));
        bar.0.tick();
        assert!(term.contents().ends_with(" 2 of 60 s watched"), "{}", term.contents());
        bar.end();
        assert_eq!(term.contents(), "");
    }
}
