//! Sources that nothing is left to do for, as the settings want it: moved, deleted or put into quarantine.

use std::fs;
use std::path::{Path, PathBuf};

use after::{After, Mark};

use crate::event::{Skip, error_chain};
use crate::ingest::{Sidecars, Source};
use crate::library::{Library, Outcome, Stamp};

/// Lets a source go that has been skipped, for it is published or has failed as it is.
pub(super) fn let_go(after: &After, library: &Library, source: &Source, skip: Skip) {
    // What was named elsewhere is nobody's to move.
    let is_ours = source.recorded == source.name;
    let Some(entry) = library.entry(&source.title).filter(|_| is_ours && after.takes_any()) else { return };
    let (below, sidecars) = (Path::new(&source.name), || beside(&source.path));
    match (skip, entry.outcome) {
        (Skip::Unchanged, Outcome::Published(_)) => after.published(below, mark(entry.stamp), sidecars),
        (Skip::FailedBefore, Outcome::Failed) => {
            let report = library.report_path(&source.title);
            let read = || fs::read_to_string(&report).unwrap_or_else(|error| error_chain(&error).join(": "));
            after.failed(below, mark(entry.stamp), sidecars, read);
        }
        _ => {}
    }
}

fn mark(stamp: Stamp) -> Mark {
    Mark { size: stamp.size, modified_ns: stamp.modified_ns, inode: stamp.inode }
}

/// All that belongs to a source.
fn beside(source: &Path) -> Vec<PathBuf> {
    let Sidecars { poster, settings, unused } = Sidecars::of(source);
    poster.into_iter().chain(settings).chain(unused).collect()
}
