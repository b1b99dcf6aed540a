//! Events as lines of text.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use indicatif::BinaryBytes;
use packager::event::{Event, Planned, Progress, Skip, Summary};

use crate::text::{clock, count};

/// How often a title's progress is worth a line.
const EVERY: Duration = Duration::from_secs(10);

/// When each title's progress was last told.
#[derive(Debug, Default)]
pub(super) struct Pace(BTreeMap<String, Instant>);

impl Pace {
    /// Whether a title's progress is to be told again; the first is told after a while only.
    pub(super) fn is_due(&mut self, title: &str, now: Instant) -> bool {
        let last = self.0.entry(title.into()).or_insert(now);
        let due = now.saturating_duration_since(*last) >= EVERY;
        if due {
            *last = now;
        }
        due
    }
}

/// What to say of an event, if anything; with `everything` also of titles for which nothing is done.
pub(super) fn line(event: &Event, everything: bool) -> Option<String> {
    match event {
        Event::Queued { title, source } => everything.then(|| format!("{title}: queued ({})", source.display())),
        Event::Ignored { source, why } => Some(format!("{}: not taken: {why}", source.display())),
        Event::Planned(planned) => Some(planned_text(planned)),
        Event::Progress(progress) => Some(format!("{}: {}", progress.title, progress_text(progress))),
        Event::Published(p) => {
            let (size, took) = (BinaryBytes(p.bytes), clock(p.took_ms));
            let length = clock(p.duration_ms);
            let text = format!("{}: published {}, {length} long, {size}, made in {took}", p.title, p.revision);
            Some(with_warnings(text, &p.title, &p.warnings))
        }
        Event::Skipped { title, why } => {
            let told = everything || matches!(why, Skip::FailedBefore | Skip::Changed | Skip::Gone | Skip::NoRoom);
            told.then(|| format!("{title}: skipped, {}", skip_text(*why)))
        }
        Event::Probing { title } => everything.then(|| format!("{title}: looking at the source")),
        Event::Proving { title } => everything.then(|| format!("{title}: comparing the result with the source")),
        // Told as an error, with its causes.
        Event::Removed(removed) => Some(format!("{}: removed", removed.title)),
        Event::Failed(_) | Event::States { .. } => None,
        Event::Finished(summary) => Some(summary_text(*summary)),
    }
}

fn planned_text(planned: &Planned) -> String {
    let kept = match planned.chunks_kept {
        0 => String::new(),
        kept => format!(" ({kept} there already)"),
    };
    let mut text = format!("{}: {}", planned.title, clock(planned.duration_ms));
    if let Some(rate) = &planned.frame_rate {
        text.push_str(&format!(" at {rate} fps; video {}", listed(&planned.video)));
    }
    text.push_str(&format!("; audio {}", listed(&planned.audio)));
    if !planned.text.is_empty() {
        text.push_str(&format!("; text {}", listed(&planned.text)));
    }
    if planned.chunks > 0 {
        text.push_str(&format!("; {}{kept}", count(planned.chunks, "chunk")));
    }
    with_warnings(text, &planned.title, &planned.warnings)
}

fn with_warnings(text: String, title: &str, warnings: &[String]) -> String {
    warnings.iter().fold(text, |text, warning| format!("{text}\n{title}: warning: {warning}"))
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

/// `42 %, 3.1×, 1:30 left`: what is not known yet is left out. A frame count stands in for time, which the grid allows.
pub(super) fn progress_text(progress: &Progress) -> String {
    let percent = progress.frames_done.saturating_mul(100) / progress.frames_total.max(1);
    match progress.speed {
        Some(speed) => format!("{percent} %, {speed:.1}×"),
        None => format!("{percent} %"),
    }
}

const fn skip_text(why: Skip) -> &'static str {
    match why {
        Skip::Unchanged => "unchanged since it was published",
        Skip::FailedBefore => "the same source failed before with the same settings; mend or replace it to try again",
        Skip::Growing => "still being written",
        Skip::Removed => "it was removed, and its source is the same",
        Skip::Changed => "its source changed while it was read; it is made when it is left alone",
        Skip::Gone => "its source is not there any more",
        Skip::NoRoom => "there is no room for it on the library's disk; it waits until there is",
    }
}

fn summary_text(summary: Summary) -> String {
    let Summary { published, skipped, failed } = summary;
    match (published, skipped, failed) {
        (0, 0, 0) => "nothing to do: no source".into(),
        (0, skipped, 0) => format!("nothing to do: {} skipped", count(skipped, "title")),
        _ => format!("{} published, {skipped} skipped, {failed} failed", count(published, "title")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packager::event::Published;

    #[test]
    fn each_event_has_its_line() {
        let progress =
            |done, speed| Event::Progress(Progress { title: "a".into(), frames_done: done, frames_total: 200, speed });
        let planned = Planned {
            title: "a".into(),
            duration_ms: 61_000,
            frame_rate: Some("30000/1001".into()),
            video: vec!["234p-145".into(), "360p-365".into()],
            audio: vec![],
            text: vec!["en".into()],
            frames: 75,
            chunks: 3,
            chunks_kept: 1,
            warnings: vec!["no sound".into()],
        };
        let published = Published {
            once: String::new(),
            title: "a".into(),
            revision: "R0123456789abcdef".into(),
            duration_ms: 61_000,
            segments: 12,
            bytes: 3 << 20,
            warnings: vec!["damaged near 0:03".into()],
            took_ms: 12_000,
        };
        let skipped = |why| Event::Skipped { title: "a".into(), why };
        for (event, usual, verbose) in [
            (Event::Queued { title: "a".into(), source: "in/a.mp4".into() }, None, Some("a: queued (in/a.mp4)")),
            (
                Event::Planned(planned),
                Some(
                    "a: 1:01 at 30000/1001 fps; video 234p-145, 360p-365; audio none; text en; 3 chunks (1 there \
                     already)\na: warning: no sound",
                ),
                None,
            ),
            (progress(85, Some(3.08)), Some("a: 42 %, 3.1×"), None),
            (progress(0, None), Some("a: 0 %"), None),
            (
                Event::Published(published),
                Some(
                    "a: published R0123456789abcdef, 1:01 long, 3.00 MiB, made in 0:12\na: warning: damaged near 0:03",
                ),
                None,
            ),
            (skipped(Skip::Unchanged), None, Some("a: skipped, unchanged since it was published")),
            (
                skipped(Skip::FailedBefore),
                Some(
                    "a: skipped, the same source failed before with the same settings; mend or replace it to try again",
                ),
                None,
            ),
        ] {
            assert_eq!(line(&event, false).as_deref(), usual, "{event:?}");
            assert_eq!(line(&event, true).as_deref(), usual.or(verbose), "{event:?}");
        }
    }

    #[test]
    fn the_summary_says_whether_anything_was_done() {
        for (published, skipped, failed, text) in [
            (0, 0, 0, "nothing to do: no source"),
            (0, 1, 0, "nothing to do: 1 title skipped"),
            (1, 99, 0, "1 title published, 99 skipped, 0 failed"),
            (0, 0, 2, "0 titles published, 0 skipped, 2 failed"),
        ] {
            assert_eq!(summary_text(Summary { published, skipped, failed }), text);
        }
    }

    #[test]
    fn progress_is_told_every_ten_seconds_by_title() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::default();
        let told = [0, 9, 10, 11, 19, 20].map(|seconds| pace.is_due("a", at(seconds)));
        assert_eq!(told, [false, false, true, false, false, true]);
        assert!(!pace.is_due("b", at(20)));
        assert!(pace.is_due("b", at(30)));
    }
}
