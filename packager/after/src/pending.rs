//! Sources that were handed over and are not done: the packager tells of them at each look, and a move may take long.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::journal::Mark;

/// Sources by their paths below the ingest folder; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pending(Arc<Mutex<BTreeMap<PathBuf, Mark>>>);

impl Pending {
    /// Adds a source; false where it was there as it is.
    pub(crate) fn add(&self, below: &Path, mark: Mark) -> bool {
        self.lock().insert(below.into(), mark) != Some(mark)
    }

    /// Removes a source, unless it was added again as another.
    pub(crate) fn remove(&self, below: &Path, mark: Mark) {
        let mut pending = self.lock();
        if pending.get(below) == Some(&mark) {
            pending.remove(below);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Mark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_added_once_until_it_is_done_or_another() {
        let (pending, below) = (Pending::default(), Path::new("a.mp4"));
        let mark = |size| Mark { size, modified_ns: 0, inode: 0 };
        assert!(pending.add(below, mark(1)));
        assert!(!pending.add(below, mark(1)));
        assert!(pending.add(below, mark(2)));
        pending.remove(below, mark(1));
        assert!(!pending.add(below, mark(2)), "it is the first that is done");
        pending.remove(below, mark(2));
        assert!(pending.add(below, mark(2)));
    }
}
