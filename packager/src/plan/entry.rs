//! Where the decoding of each chunk begins.

use serde::{Deserialize, Serialize};

use super::VideoPlan;
use crate::source::{SyncPoint, VideoSource};
use media::timeline::{Chunk, Grid};

/// Frames before a chunk that are put on the grid too, so that the chunk's first frame is chosen as it would be in an
/// undivided decode.
const LEAD_SECONDS: u32 = 1;

/// The start of a chunk's decoding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The first frame that is put on the grid: somewhat before the chunk, and never after the last picture.
    pub frame: u64,
    /// The time to seek to, microseconds on the source's clock; `None` decodes from the source's first packet.
    pub seek_us: Option<i64>,
}

impl VideoPlan {
    /// The entry of the chunk with this index.
    #[must_use]
    pub fn entry(&self, chunk: u32) -> Entry {
        usize::try_from(chunk).ok().and_then(|index| self.entries.get(index)).copied().unwrap_or_default()
    }
}

/// The entries of all chunks. `origin_us` is the time of frame 0 on the source's clock.
pub(super) fn entries(video: &VideoSource, grid: &Grid, origin_us: i64) -> Vec<Entry> {
    let last = last_picture(video, grid, origin_us);
    let mut sync = video.sync.clone();
    sync.sort_by_key(|point| point.shown_us);
    grid.chunks().iter().map(|chunk| entry(&sync, grid, origin_us, chunk, last)).collect()
}

fn entry(sync: &[SyncPoint], grid: &Grid, origin_us: i64, chunk: &Chunk, last: u64) -> Entry {
    if chunk.frames.start == 0 {
        return Entry::default();
    }
    let lead = u64::from(grid.rate.frames_nearest(LEAD_SECONDS));
    let frame = chunk.frames.start.saturating_sub(lead).min(last);
    let at = i64::try_from(grid.rate.span(frame).ticks_at(1_000_000)).unwrap_or(i64::MAX);
    Entry { frame, seek_us: seek(sync, at.saturating_add(origin_us)) }
}

/// The frame before the one that first shows the last picture: `fps` gives nothing where it is told to begin after that.
fn last_picture(video: &VideoSource, grid: &Grid, origin_us: i64) -> u64 {
    let shown = u128::try_from(video.last_us.saturating_sub(origin_us)).unwrap_or(0);
    let frame = shown * u128::from(grid.rate.num()) / (u128::from(grid.rate.den()) * 1_000_000);
    u64::try_from(frame).unwrap_or(u64::MAX).saturating_sub(1)
}

/// The seek time of the last key frame that is shown at or before `at_us`: a decoder that starts there has given every
/// picture from then on by the time that it is due, however far decoding runs ahead of display. `sync` is in the order of
/// display.
fn seek(sync: &[SyncPoint], at_us: i64) -> Option<i64> {
    let before = sync.partition_point(|point| point.shown_us <= at_us);
    let last = before.checked_sub(1).and_then(|last| sync.get(last));
    last.map(|point| point.seek_us).filter(|seek| *seek > 0)
}
