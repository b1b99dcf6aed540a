//! Events as progress bars, one a title in work.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use packager::event::{Event, Progress};

const BAR: &str = "{prefix} {wide_bar} {percent:>3} %  {msg}  ETA {eta_precise}";

/// The bars on the terminal.
pub(super) struct Bars {
    terminal: MultiProgress,
    titles: BTreeMap<String, ProgressBar>,
}

impl Bars {
    pub(super) fn new(terminal: &MultiProgress) -> Self {
        Self { terminal: terminal.clone(), titles: BTreeMap::new() }
    }

    /// Draws what the event changes; whether a bar now shows it.
    pub(super) fn draw(&mut self, event: &Event) -> bool {
        match event {
            Event::Progress(progress) => self.advance(progress),
            Event::Published(published) => self.remove(&published.title),
            Event::Failed(failed) => self.remove(&failed.title),
            _ => return false,
        }
        matches!(event, Event::Progress(_))
    }

    fn advance(&mut self, progress: &Progress) {
        let bar = self.titles.entry(progress.title.clone()).or_insert_with(|| {
            let bar =
                ProgressBar::new(progress.frames_total).with_style(style(BAR)).with_prefix(progress.title.clone());
            // What an earlier run left finished was not encoded at this run's speed.
            self.terminal.add(bar).with_position(progress.frames_done)
        });
        bar.set_position(progress.frames_done);
        if let Some(speed) = progress.speed {
            bar.set_message(format!("{speed:.1}×"));
        }
    }

    fn remove(&mut self, title: &str) {
        if let Some(bar) = self.titles.remove(title) {
            bar.finish_and_clear();
        }
    }
}

/// The look that `template` tells. Templates are fixed; were one wrong, the plain bar would still tell.
pub(crate) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::{InMemoryTerm, ProgressDrawTarget};

    #[test]
    fn a_title_in_work_has_a_bar_until_it_is_published() {
        let term = InMemoryTerm::new(10, 80);
        let target = ProgressDrawTarget::term_like(Box::new(term.clone()));
        let mut bars = Bars::new(&MultiProgress::with_draw_target(target));
        let progress = Progress { title: "shows/a".into(), frames_done: 50, frames_total: 200, speed: Some(2.5) };
        assert!(bars.draw(&Event::Progress(progress)));
        let drawn = term.contents();
        assert!(drawn.starts_with("shows/a ") && drawn.contains(" 25 %  2.5×  ETA "), "{drawn}");
        let failed = packager::event::Failed {
            title: "shows/a".into(),
            source: "a.mp4".into(),
            cause: packager::event::Cause::Source,
            errors: vec![],
        };
        assert!(!bars.draw(&Event::Failed(failed)));
        assert_eq!(term.contents(), "");
    }
}
