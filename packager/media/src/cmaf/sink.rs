//! Where media segments go.

use std::io::{self, Write};

/// A place that keeps a track's media segments: a folder, memory, a store.
pub trait Sink {
    /// A segment that is being written; dropped when it is whole.
    type Segment: Write;

    /// Begins the segment that [`config::tree::segment_name`] calls `name`, in place of one that is there.
    ///
    /// # Errors
    /// When the place can't take it.
    fn segment(&mut self, name: &str) -> io::Result<Self::Segment>;
}
