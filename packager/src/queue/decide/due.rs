//! Whether a source is to be made a title of, by what is known of it.

use crate::event::Skip;
use crate::library::{Decision, Entry, Last, Outcome, Stamp};

/// Which sources are tried again that are as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::queue) enum Again {
    /// All, whatever became of them: somebody asked for it.
    All,
    /// Those that failed: whoever runs `pack` by hand or from cron may have mended something else.
    Failed,
    /// Those that failed for a passing reason, when their time has come.
    Later,
}

/// A source as it is found.
#[derive(Debug, Clone, Copy)]
pub(in crate::queue) struct Looks<'a> {
    /// The ledger's name for it.
    pub recorded: &'a str,
    /// `None` where it can't be asked.
    pub stamp: Option<Stamp>,
    /// Digest of its settings; `None` where they can't be read.
    pub settings: Option<&'a str>,
    /// It was named on the command line.
    pub named: bool,
}

/// What is to be done with a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::queue) enum Verdict {
    /// It has its turn.
    Due,
    /// It is published, if all of that is still there.
    IfWhole,
    /// Nothing.
    Skip(Skip),
}

/// Decides on a source. `retries` is true where it failed for a passing reason and its time has not come.
pub(in crate::queue) fn verdict(entry: Option<&Entry>, looks: Looks<'_>, again: Again, retries: bool) -> Verdict {
    let Some(entry) = entry else { return Verdict::Due };
    if again == Again::All {
        return Verdict::Due;
    }
    if retries && again == Again::Later {
        return Verdict::Skip(Skip::FailedBefore);
    }
    if entry.retry {
        return Verdict::Due;
    }
    let same = |last: &&Last| looks.stamp == Some(last.stamp) && entry.source == looks.recorded;
    let last = entry.last.as_ref().filter(same);
    let held = entry.held.as_ref().map(|held| held.decision);
    match (last, held) {
        (None, _) => Verdict::Due,
        (Some(_), Some(Decision::Removed)) if looks.named => Verdict::Due,
        (Some(_), Some(Decision::Removed)) => Verdict::Skip(Skip::Removed),
        (Some(_), Some(Decision::RolledBack)) => Verdict::IfWhole,
        (Some(last), None) if looks.settings != Some(&last.settings) => Verdict::Due,
        (Some(Last { outcome: Outcome::Published(_), .. }), None) => Verdict::IfWhole,
        (Some(Last { outcome: Outcome::Failed, .. }), None) if again == Again::Later => {
            Verdict::Skip(Skip::FailedBefore)
        }
        (Some(Last { outcome: Outcome::Failed | Outcome::Held, .. }), None) => Verdict::Due,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Held;

    const STAMP: Stamp = Stamp { size: 1, modified_ns: 2, inode: 3 };

    fn looks() -> Looks<'static> {
        Looks { recorded: "a.mp4", stamp: Some(STAMP), settings: Some("s"), named: false }
    }

    fn entry(outcome: Outcome) -> Entry {
        let last = Last { stamp: STAMP, content: Some("c".into()), settings: "s".into(), outcome, seen: None };
        Entry { source: "a.mp4".into(), last: Some(last), ..Entry::default() }
    }

    fn published() -> Entry {
        entry(Outcome::Published("R".into()))
    }

    #[test]
    fn what_is_new_or_changed_is_due() {
        assert_eq!(verdict(None, looks(), Again::Later, false), Verdict::Due);
        let touched = Looks { stamp: Some(Stamp { inode: 4, ..STAMP }), ..looks() };
        let other = Looks { recorded: "b.mp4", ..looks() };
        let set = Looks { settings: Some("t"), ..looks() };
        for looks in [touched, other, set, Looks { settings: None, ..looks() }] {
            assert_eq!(verdict(Some(&published()), looks, Again::Later, false), Verdict::Due, "{looks:?}");
        }
        assert_eq!(verdict(Some(&published()), looks(), Again::Later, false), Verdict::IfWhole);
        assert_eq!(verdict(Some(&published()), looks(), Again::All, false), Verdict::Due);
    }

    #[test]
    fn what_an_operator_decided_holds_whatever_the_settings() {
        let held = |decision| Entry { held: Some(Held { decision, content: None, untold: None }), ..published() };
        let set = Looks { settings: Some("t"), ..looks() };
        for looks in [looks(), set] {
            let removed = verdict(Some(&held(Decision::Removed)), looks, Again::Failed, false);
            assert_eq!(removed, Verdict::Skip(Skip::Removed));
            assert_eq!(verdict(Some(&held(Decision::RolledBack)), looks, Again::Failed, false), Verdict::IfWhole);
        }
        let named = Looks { named: true, ..looks() };
        assert_eq!(verdict(Some(&held(Decision::Removed)), named, Again::Failed, false), Verdict::Due);
        let retried = Entry { retry: true, ..held(Decision::Removed) };
        assert_eq!(verdict(Some(&retried), looks(), Again::Later, false), Verdict::Due);
    }

    #[test]
    fn what_failed_is_tried_again_by_hand_or_in_its_time() {
        let failed = Some(entry(Outcome::Failed));
        assert_eq!(verdict(failed.as_ref(), looks(), Again::Later, false), Verdict::Skip(Skip::FailedBefore));
        assert_eq!(verdict(failed.as_ref(), looks(), Again::Failed, false), Verdict::Due);
        let new = Some(Entry::default());
        assert_eq!(verdict(new.as_ref(), looks(), Again::Later, true), Verdict::Skip(Skip::FailedBefore));
        assert_eq!(verdict(new.as_ref(), looks(), Again::Failed, true), Verdict::Due);
        let retried = Some(Entry { retry: true, ..entry(Outcome::Failed) });
        assert_eq!(verdict(retried.as_ref(), looks(), Again::Later, false), Verdict::Due);
        let waits = verdict(retried.as_ref(), looks(), Again::Later, true);
        assert_eq!(waits, Verdict::Skip(Skip::FailedBefore), "it failed again, and has its wait");
    }
}
