//! Sources that nothing is left to do for, as the settings want it: moved, deleted or put into quarantine.

use std::fs;
use std::path::Path;

use after::Mark;

use super::decide::due::{Again, Verdict};
use super::shop::Shop;
use crate::event::{Skip, error_chain};
use crate::ingest::{Sidecars, Source};
use crate::library::{Entry, Last, Outcome, Stamp, State};

impl Shop<'_> {
    /// Lets a source go whose title has had its end, if the next look would find nothing to do for it: a new poster, say,
    /// may have come meanwhile.
    pub(super) fn let_go_of_ended(&self, source: &Source) {
        let entry = self.library.entry(&source.title).ok().flatten();
        if !self.after.takes_any() {
            return;
        }
        let verdict = match self.verdict(&self.settings(), source, entry.as_ref(), Again::Later, false) {
            Verdict::IfWhole => self.if_whole(source, entry.as_ref(), &mut Vec::new()),
            verdict => verdict,
        };
        if let Verdict::Skip(skip) = verdict {
            self.let_go(source, skip);
        }
    }

    /// Lets a source go that has been skipped, for it is published or has failed as it is.
    pub(super) fn let_go(&self, source: &Source, skip: Skip) {
        // What was named elsewhere is nobody's to move.
        if source.recorded != source.name || !self.after.takes_any() {
            return;
        }
        let entry = self.library.entry(&source.title).ok().flatten().filter(|entry| entry.held.is_none());
        let Some(Entry { state, last: Some(Last { stamp, outcome, .. }), .. }) = entry else { return };
        let (below, sidecars) = (Path::new(&source.name), || Sidecars::of(&source.path).paths().collect());
        match (skip, outcome) {
            (Skip::Unchanged, Outcome::Published(_)) => self.after.published(below, mark(stamp), sidecars),
            // One that is tried again by itself has not come to its end.
            (Skip::FailedBefore, Outcome::Failed) if matches!(state, State::Failed { again: None, .. }) => {
                let report = self.library.report_path(&source.title);
                let read = || fs::read_to_string(&report).unwrap_or_else(|error| error_chain(&error).join(": "));
                self.after.failed(below, mark(stamp), sidecars, read);
            }
            _ => {}
        }
    }
}

fn mark(stamp: Stamp) -> Mark {
    Mark { size: stamp.size, modified_ns: stamp.modified_ns, inode: stamp.inode }
}
