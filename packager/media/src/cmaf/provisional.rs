//! Parts as they will be, as far as that is known before anything is encoded.
//!
//! Times are the grid's, and so those of the finished parts, but for a few samples of audio. Sizes are what the planned
//! rates make, and codec strings what the encoders usually give.

use super::audio::Cuts;
use super::write::segment_type;
use crate::presentation::{Fragment, Part, Segment, TextPart};
use crate::timeline::Grid;
use crate::track::{AudioPlan, Rung};

/// Of a GOP's bytes, one in so many is of its first picture.
const FIRST_PICTURE: u64 = 5;

/// The one part of a rung.
#[must_use]
pub fn video(grid: &Grid, rung: &Rung) -> Part {
    let timescale = grid.rate.timescale();
    let ticks = |frames: u64| frames * u64::from(grid.rate.frame_ticks());
    let segments = grid.segments().into_iter().map(|frames| {
        let gops = frames.clone().step_by(usize::try_from(grid.gop.max(1)).unwrap_or(1));
        let gops = gops.map(|start| ticks(frames.end.min(start + u64::from(grid.gop)) - start));
        segment(ticks(frames.start), gops, rung.bit_rate, timescale)
    });
    part(rung.codec.row().usual, timescale, segments.collect())
}

/// The one part of an audio rendition.
#[must_use]
pub fn audio(grid: &Grid, plan: &AudioPlan) -> Part {
    let cuts = Cuts::new(grid, plan, plan.codec.row().priming);
    let segments = cuts.frames.iter().map(|frames| {
        let (start, end) = (cuts.heard(frames.start), cuts.heard(frames.end));
        segment(start, [end.saturating_sub(start)].into_iter(), plan.bit_rate, plan.sample_rate)
    });
    part(plan.codec.row().usual, plan.sample_rate, segments.collect())
}

/// Bytes of a segment of text, as films have them.
const TEXT_BYTES: u64 = 500;

/// The files of a text rendition.
#[must_use]
pub fn text(grid: &Grid) -> TextPart {
    let segments = vec![TEXT_BYTES; grid.segments().len()];
    TextPart { whole: segments.iter().sum(), segments, cues: 1 }
}

fn part(codecs: &str, timescale: u32, segments: Vec<Segment>) -> Part {
    Part { init: Vec::new(), codecs: codecs.into(), timescale, encoder: None, first_segment: 0, segments }
}

/// A segment of fragments of these durations.
fn segment(start: u64, durations: impl Iterator<Item = u64>, bit_rate: u32, timescale: u32) -> Segment {
    let mut bytes = segment_type().len() as u64;
    let fragments: Vec<Fragment> = durations
        .map(|duration| {
            let (offset, size) = (bytes, duration * u64::from(bit_rate) / u64::from(timescale.max(1)) / 8);
            bytes += size;
            Fragment { offset, first_sample_end: size / FIRST_PICTURE, duration }
        })
        .collect();
    Segment { start, duration: fragments.iter().map(|fragment| fragment.duration).sum(), bytes, fragments }
}
