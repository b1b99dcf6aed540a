//! What is decided before anything is encoded: the grid, the ladder, the sound.
//!
//! A plan is a value. The same source and settings give the same plan, and the same plan gives the same bytes.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::color::{Cicp, HighRange};
use crate::time::{FrameRate, Span};

mod color;
mod decide;
mod reason;
mod sound;

pub use decide::plan;
pub use reason::{Reason, Topic, reasons};

/// Everything that decides a title's bytes, beside the source's content and ffmpeg's version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Where boundaries are.
    pub grid: Grid,
    /// The picture: what is done to it once, before it is scaled.
    pub video: VideoPlan,
    /// Rungs, lowest rate first.
    pub ladder: Vec<Rung>,
    /// Sound.
    pub audio: Vec<AudioPlan>,
}

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

/// What is done to the picture before it is scaled, and how it is entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoPlan {
    /// ffmpeg's stream index.
    pub stream: u32,
    /// Time of frame 0 on the source's clock, microseconds.
    pub origin_us: i64,
    /// Whether chunks may be entered by seeking; otherwise the title is one chunk.
    pub seekable: bool,
    /// Fields are woven into frames.
    pub deinterlace: bool,
    /// The source's colour, complete.
    pub source_color: Cicp,
    /// How high dynamic range becomes standard; `None` where it is standard already.
    pub tone_map: Option<ToneMap>,
    /// The colour description that every rung carries.
    pub color: Cicp,
}

/// The range that is brought into that of SDR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToneMap {
    /// The source's transfer.
    pub from: HighRange,
    /// Luminance that becomes SDR's white, cd/m²; what is brighter is clipped.
    pub peak: u32,
}

/// One rung of the ladder. Rates are bits a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Folder below `video/`, such as `1080p-6000`.
    pub name: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The ladder's rate for it, the most that it should average.
    pub bit_rate: u32,
    /// VBV's bound on the rate.
    pub max_rate: u32,
    /// VBV's buffer, bits.
    pub buffer: u32,
    /// x264's constant rate factor, tenths.
    pub crf_tenths: u32,
}

/// One audio rendition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioPlan {
    /// Folder below `audio/`, such as `en-2ch` (`en-2ch-2` for a second track in the same language).
    pub name: String,
    /// ffmpeg's stream index.
    pub stream: u32,
    /// BCP 47.
    pub language: String,
    /// For people: NAME in HLS, Label in DASH; unique among renditions of as many channels.
    pub label: String,
    /// ffmpeg's channel layout of the result: `stereo`, `5.1`, …
    pub layout: String,
    /// Channels of the result.
    pub channels: u32,
    /// Hertz of the result.
    pub sample_rate: u32,
    /// Bits a second.
    pub bit_rate: u32,
    /// The track that plays when nobody chose.
    pub default: bool,
}

#[cfg(test)]
mod tests;
