//! One GOP of a video chunk, proved to stand on the grid, and described anew as a CMAF fragment.

use std::fmt::Display;
use std::ops::Range;

use super::error::Fault;
use super::read::Incoming;
use super::write::Fragment;
use crate::codec;
use crate::time::FrameRate;
use crate::timeline::{Chunk, Grid};

/// The promises of the grid to a chunk's GOPs, and what is known of ffmpeg's clock.
pub(super) struct Proof<'a> {
    grid: &'a Grid,
    codec: &'static codec::Video,
    /// Units of ffmpeg's times in a second.
    timescale: u32,
    /// Units of ffmpeg's that a frame lasts.
    ticks: u64,
    /// The chunk's first frame.
    first_frame: u64,
    /// ffmpeg's presentation time of the chunk's first frame, once known.
    origin: Option<i128>,
}

impl<'a> Proof<'a> {
    pub(super) fn new(
        grid: &'a Grid,
        chunk: &Chunk,
        codec: &'static codec::Video,
        timescale: u32,
    ) -> Result<Self, Fault> {
        let Some(ticks) = ticks_per_frame(grid.rate, timescale) else {
            let expected = format!("a multiple of {}", grid.rate.num());
            return Err(Fault::track("the timescale", expected, timescale));
        };
        Ok(Self { grid, codec, timescale, ticks, first_frame: chunk.frames.start, origin: None })
    }

    /// Proves that `incoming` is `gop`, and describes it anew.
    pub(super) fn fragment(&mut self, gop: &Range<u64>, incoming: &Incoming) -> Result<Fragment, Fault> {
        let count = gop.end - gop.start;
        if incoming.samples.len() as u64 != count {
            let found = format!("{} frames", incoming.samples.len());
            return Err(self.off_grid(gop.start, "the GOP", format!("{count} frames"), found));
        }
        for (frame, sample) in gop.clone().zip(&incoming.samples) {
            let is_first = frame == gop.start;
            if sample.sync != is_first {
                let name = |sync| if sync { "a key frame" } else { "no key frame" };
                return Err(self.off_grid(frame, "the picture", name(is_first), name(sample.sync)));
            }
        }
        let composition_offsets = self.composition_offsets(gop, incoming)?;
        let ticks = self.grid.rate.frame_ticks();
        Ok(Fragment {
            sequence: u32::try_from(gop.start / u64::from(self.grid.gop)).unwrap_or(u32::MAX).saturating_add(1),
            decode_time: gop.start * u64::from(ticks),
            duration: ticks,
            last_duration: None,
            sizes: incoming.samples.iter().map(|s| s.size).collect(),
            composition_offsets: Some(composition_offsets),
        })
    }

    /// The fault of an output that ends before `gop`.
    pub(super) fn missing(&self, gop: &Range<u64>) -> Fault {
        let expected = format!("{} frames", gop.end - gop.start);
        self.off_grid(gop.start, "the GOP", expected, "the end of its output")
    }

    /// The composition offsets on our timescale, decode times being the GOP's frames in order.
    fn composition_offsets(&mut self, gop: &Range<u64>, incoming: &Incoming) -> Result<Vec<i32>, Fault> {
        let ticks = self.ticks;
        let mut seen = vec![false; incoming.samples.len()];
        let mut offsets = Vec::with_capacity(incoming.samples.len());
        let mut decode_time = i128::from(incoming.decode_time);
        for (index, sample) in incoming.samples.iter().enumerate() {
            let at = gop.start + index as u64;
            if u64::from(sample.duration) != ticks {
                return Err(self.off_grid(at, "the frame's duration", ticks, format!("{} ticks", sample.duration)));
            }
            let time = decode_time + i128::from(sample.composition_offset);
            decode_time += i128::from(sample.duration);
            let since_origin = time - *self.origin.get_or_insert(time);
            let frame = (since_origin % i128::from(ticks) == 0).then(|| since_origin / i128::from(ticks));
            let in_gop = frame.map(|f| f + i128::from(self.first_frame) - i128::from(gop.start));
            let slot = in_gop.and_then(|f| usize::try_from(f).ok()).filter(|f| (index == 0) == (*f == 0));
            match slot.and_then(|f| Some((f, seen.get_mut(f)?))) {
                Some((frame, seen)) if !*seen => {
                    *seen = true;
                    let offset = self.composition_offset(frame, index);
                    offsets.push(offset.ok_or_else(|| {
                        let expected = format!("decoded at most {} frames after its turn", self.codec.delay_frames);
                        self.off_grid(at, "the picture", expected, format!("{} frames", index - frame))
                    })?);
                }
                _ => {
                    let expected = if index == 0 { "its GOP's first frame" } else { "a frame of its own in its GOP" };
                    return Err(self.off_grid(at, "the presentation time", expected, self.presented(since_origin)));
                }
            }
        }
        Ok(offsets)
    }

    /// From decode to presentation time, ticks of ours. `None` when it would be negative.
    fn composition_offset(&self, presented: usize, decoded: usize) -> Option<i32> {
        let frames = (presented + self.codec.delay_frames as usize).checked_sub(decoded)?;
        i32::try_from(frames as u64 * u64::from(self.grid.rate.frame_ticks())).ok()
    }

    fn presented(&self, since_origin: i128) -> String {
        format!("{since_origin} ticks of 1/{} s after the chunk's first frame", self.timescale)
    }

    /// A fault of what ffmpeg made of frame `frame`.
    pub(super) fn off_grid(
        &self,
        frame: u64,
        what: &'static str,
        expected: impl Display,
        found: impl Display,
    ) -> Fault {
        let place = format!("frame {frame} ({:.3} s)", self.grid.rate.span(frame).as_secs_f64());
        Fault::grid(place, what, expected, found)
    }
}

/// Ticks of ffmpeg's timescale that a frame lasts, if it is a whole number of them.
fn ticks_per_frame(rate: FrameRate, timescale: u32) -> Option<u64> {
    let product = u64::from(timescale) * u64::from(rate.den());
    (product % u64::from(rate.num()) == 0).then_some(product / u64::from(rate.num()))
}
