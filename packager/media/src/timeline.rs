//! The grid of frames: where segments and chunks begin and end, as a closed form.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::time::{FrameRate, Span};

/// The grid of frames that every rendition's boundaries stand on. Frame 0 is presented at time 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Frames a second.
    pub rate: FrameRate,
    /// Frames of the whole title.
    pub frames: u64,
    /// Frames a GOP.
    pub gop: u32,
    /// GOPs a segment.
    pub segment_gops: u32,
    /// Segments a chunk.
    pub chunk_segments: u32,
}

/// A run of segments that is encoded as one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// From 0.
    pub index: u32,
    /// Frames, counted from the title's first.
    pub frames: Range<u64>,
    /// Segments, counted from the title's first (0).
    pub segments: Range<u32>,
}

impl Grid {
    /// The frames of each segment. No segment but a whole short title is shorter than one second: where the last would
    /// be, the one before gives it a GOP, or takes it in when it has no GOP to spare.
    #[must_use]
    pub fn segments(&self) -> Vec<Range<u64>> {
        let gop = u64::from(self.gop.max(1));
        let full = gop * u64::from(self.segment_gops.max(1));
        let mut starts: Vec<u64> = (0..self.frames).step_by(usize::try_from(full).unwrap_or(usize::MAX)).collect();
        let second = u64::from(self.rate.frames_nearest(1));
        if let [.., _, last] = starts.as_mut_slice()
            && self.frames - *last < second
        {
            *last -= gop;
        }
        if self.segment_gops <= 1 {
            starts.dedup();
        }
        let ends = starts.iter().skip(1).copied().chain([self.frames]).collect::<Vec<_>>();
        starts.into_iter().zip(ends).map(|(start, end)| start..end).collect()
    }

    /// The title's chunks, in order.
    #[must_use]
    pub fn chunks(&self) -> Vec<Chunk> {
        let segments = self.segments();
        let size = usize::try_from(self.chunk_segments.max(1)).unwrap_or(1);
        let mut chunks = Vec::new();
        let mut first = 0u32;
        for (index, run) in (0u32..).zip(segments.chunks(size)) {
            let Some((start, end)) = run.first().zip(run.last()).map(|(a, b)| (a.start, b.end)) else { continue };
            let count = u32::try_from(run.len()).unwrap_or(0);
            chunks.push(Chunk { index, frames: start..end, segments: first..first + count });
            first += count;
        }
        chunks
    }

    /// Length of the title.
    #[must_use]
    pub fn duration(&self) -> Span {
        self.rate.span(self.frames)
    }
}
