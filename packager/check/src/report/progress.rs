//! Progress of a check, for whoever watches.

use std::time::Duration;

/// Is told how far a check is, from several threads.
pub trait Progress: Sync {
    /// So many more segments will be read.
    fn segments(&self, _count: usize) {}
    /// One of them has been read.
    fn segment(&self) {}
    /// So much of the time for which a live presentation is watched has passed.
    fn watched(&self, _elapsed: Duration, _whole: Duration) {}
}

/// Nobody watches.
impl Progress for () {}
