//! Telling a file that is finished from one that is still being written, without any clock of files.

pub(super) mod file_system;
mod look;
mod writers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use look::Looks;

/// The time after which a file that did not change is taken though a program holds it open for writing: some never close
/// what they have finished.
const HELD: Duration = Duration::from_secs(3600);

/// What was seen of a title's files, to be compared with the next look: equal ones mean that nobody wrote in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look(pub Vec<Seen>);

/// What was seen of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Bytes.
    pub size: u64,
    /// The time of the last change, seconds and nanoseconds. It is only compared: whose clock it is does not matter.
    pub modified: (i64, i64),
    /// Inode, where the file system keeps it.
    pub inode: Option<u64>,
}

/// The judgement on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Two looks at it, far enough apart, were equal.
    Settled,
    /// It may still be being written.
    Growing,
}

/// Files that were looked at, with the first of the equal looks at each.
#[derive(Debug, Default)]
pub struct Settling {
    files: BTreeMap<PathBuf, First>,
}

/// The first of equal looks.
#[derive(Debug)]
struct First {
    look: Look,
    at: Instant,
    /// When the file was last looked at.
    last: Instant,
    /// When the next look is worth it; before the last one where the file is settled.
    due: Instant,
}

impl Settling {
    /// Judges the file at `path` by a look at it `now`: it is settled when it looked the same `settle` ago, or longer, and
    /// `is_held`, which is asked only then, says that no program holds it open for writing.
    pub fn judge(
        &mut self,
        path: &Path,
        look: Look,
        settle: Duration,
        is_held: impl FnOnce() -> bool,
        now: Instant,
    ) -> Verdict {
        if settle.is_zero() {
            return Verdict::Settled;
        }
        match self.files.get_mut(path) {
            Some(first) if first.look == look => {
                let same = now.duration_since(first.at);
                let held = same >= settle && same < HELD && is_held();
                first.last = now;
                first.due = if held { now + settle } else { first.at + settle };
                if now < first.due { Verdict::Growing } else { Verdict::Settled }
            }
            _ => {
                self.files.insert(path.into(), First { look, at: now, last: now, due: now + settle });
                Verdict::Growing
            }
        }
    }

    /// The time from which on the next look may find a file settled; `None` while none is growing. Files that were not
    /// looked at since `since` are forgotten: they are gone.
    pub fn next(&mut self, since: Instant) -> Option<Instant> {
        self.files.retain(|_, first| first.last >= since);
        self.files.values().filter(|first| first.last < first.due).map(|first| first.due).min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SETTLE: Duration = Duration::from_secs(5);

    fn look(size: u64, modified: i64) -> Look {
        Look(vec![Seen { size, modified: (modified, 0), inode: Some(1) }])
    }

    #[test]
    fn with_no_time_to_settle_one_look_is_enough() {
        let mut settling = Settling::default();
        let now = Instant::now();
        assert_eq!(settling.judge(Path::new("a"), look(1, 0), Duration::ZERO, || false, now), Verdict::Settled);
        assert_eq!(settling.next(now), None);
    }

    #[test]
    fn a_file_that_is_gone_asks_for_no_look() {
        let mut settling = Settling::default();
        let start = Instant::now();
        settling.judge(Path::new("a"), look(1, 0), SETTLE, || false, start);
        let later = start + Duration::from_secs(1);
        settling.judge(Path::new("b"), look(1, 0), SETTLE, || false, later);
        assert_eq!(settling.next(start), Some(start + SETTLE));
        assert_eq!(settling.next(later), Some(later + SETTLE));
        assert_eq!(settling.next(later + SETTLE), None);
    }

    #[test]
    fn a_file_that_is_held_open_waits_until_it_is_closed_but_not_for_ever() {
        let mut settling = Settling::default();
        let start = Instant::now();
        let mut judge = |seconds, held| {
            let now = start + Duration::from_secs(seconds);
            let verdict = settling.judge(Path::new("a"), look(1, 0), SETTLE, || held, now);
            (verdict, settling.next(now).map(|next| (next - start).as_secs()))
        };
        assert_eq!(judge(0, true), (Verdict::Growing, Some(5)));
        assert_eq!(judge(5, true), (Verdict::Growing, Some(10)));
        assert_eq!(judge(1800, true), (Verdict::Growing, Some(1805)));
        assert_eq!(judge(1801, false), (Verdict::Settled, None));
        assert_eq!(judge(1802, true), (Verdict::Growing, Some(1807)));
        assert_eq!(judge(3600, true), (Verdict::Settled, None));
    }

    proptest! {
        /// Whatever is written when, and whatever dates files have: settled is what did not change for as long as that,
        /// and no sooner; and it is found so at the next look.
        #[test]
        fn settled_is_what_stayed_the_same(steps in prop::collection::vec((0u64..4000, 0u64..3, 0i64..2), 1..60)) {
            let mut settling = Settling::default();
            let mut now = Instant::now();
            let mut same: Option<(Look, Instant)> = None;
            for (wait, size, modified) in steps {
                now += Duration::from_millis(wait);
                let seen = look(size, modified);
                let since = match &same {
                    Some((last, since)) if *last == seen => *since,
                    _ => now,
                };
                let expected = if now - since >= SETTLE { Verdict::Settled } else { Verdict::Growing };
                prop_assert_eq!(settling.judge(Path::new("a"), seen.clone(), SETTLE, || false, now), expected);
                let due = settling.next(now);
                prop_assert_eq!(due, (expected == Verdict::Growing).then_some(since + SETTLE));
                same = Some((seen, since));
            }
        }

        /// A file that stays the same is settled at the first look that is due, however often it is looked at.
        #[test]
        fn what_stays_the_same_is_settled_in_time(waits in prop::collection::vec(1u64..900, 1..60)) {
            let mut settling = Settling::default();
            let start = Instant::now();
            let mut now = start;
            for wait in waits {
                let verdict = settling.judge(Path::new("a"), look(7, -3600), SETTLE, || false, now);
                prop_assert_eq!(verdict == Verdict::Settled, now - start >= SETTLE);
                if verdict == Verdict::Settled {
                    return Ok(());
                }
                now = (now + Duration::from_millis(wait)).min(start + SETTLE);
            }
        }
    }
}
