//! Video: one chunk of one rendition, a GOP a fragment.
//!
//! Proved of each GOP: it begins with an IDR picture and has no other sync sample, has the frames that the grid gives it,
//! each as long as a frame, and presents exactly those (closed GOP, its own first frame first). Of the chunk: it has all
//! its GOPs and nothing else.

use std::fmt::Display;
use std::io::{Read, Write};
use std::ops::Range;

use config::tree;

use super::Sink;
use super::error::{CmafError, Fault};
use super::read::{Entry, Incoming, Movie, Stream};
use super::write::{Fragment, init, segment_type};
use crate::codec::{self, VideoConfig};
use crate::color::Cicp;
use crate::presentation::{self, Part, Segment};
use crate::time::FrameRate;
use crate::timeline::{Chunk, Grid};
use crate::track::Rung;

/// Bytes of sample data held at a time. The first picture's slice header must be within it.
const BLOCK: u64 = 64 << 10;

/// Writes the media segments of `chunk` into `sink` from ffmpeg's output in `reader`: one track of the rung's codec whose first frame is
/// the chunk's, fragmented at each key frame. `progress` is told the frames of the chunk so far.
///
/// # Errors
/// When the stream is damaged, is not what was asked for, or does not stand on the grid; when a segment can't be written.
pub fn package(
    reader: impl Read,
    grid: &Grid,
    chunk: &Chunk,
    rung: &Rung,
    color: Cicp,
    sink: &mut impl Sink,
    progress: &mut dyn FnMut(u64),
) -> Result<Part, CmafError> {
    let in_rendition = |fault: Fault| fault.of(rung.folder());
    let mut packager = Packager::open(reader, grid, chunk, rung.codec.row()).map_err(in_rendition)?;
    let segments = packager.segments(chunk, sink, progress).map_err(in_rendition)?;
    let config = packager.config.as_ref();
    Ok(Part {
        init: init::video(rung, grid.rate, color, config, &packager.movie.config),
        codecs: config.codecs(),
        timescale: grid.rate.timescale(),
        encoder: packager.encoder,
        first_segment: chunk.segments.start,
        segments,
    })
}

struct Packager<'a, R> {
    stream: Stream<R>,
    movie: Movie,
    codec: &'static codec::Video,
    config: Box<dyn VideoConfig>,
    grid: &'a Grid,
    /// ffmpeg's presentation time of the chunk's first frame, once known.
    origin: Option<i128>,
    /// The chunk's first frame.
    first_frame: u64,
    /// The encoder's build, where the first picture names it.
    encoder: Option<String>,
    block: Vec<u8>,
}

impl<'a, R: Read> Packager<'a, R> {
    fn open(reader: R, grid: &'a Grid, chunk: &Chunk, codec: &'static codec::Video) -> Result<Self, Fault> {
        let mut stream = Stream::new(reader);
        let movie = stream.movie(Entry::Video(*codec.entry, *codec.config))?;
        let invalid = |problem| Fault::track("the decoder's configuration", "valid", format!("one that {problem}"));
        let config = (codec.read)(&movie.config).map_err(invalid)?;
        if ticks_per_frame(grid.rate, movie.timescale).is_none() {
            let expected = format!("a multiple of {}", grid.rate.num());
            return Err(Fault::track("the timescale", expected, movie.timescale));
        }
        let first_frame = chunk.frames.start;
        Ok(Self { stream, movie, codec, config, grid, origin: None, first_frame, encoder: None, block: Vec::new() })
    }

    fn segments(
        &mut self,
        chunk: &Chunk,
        sink: &mut impl Sink,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<Segment>, Fault> {
        let mut segments = Vec::new();
        let frames = self.grid.segments();
        for (index, frames) in (0u32..).zip(frames).skip(chunk.segments.start as usize).take(chunk.segments.len()) {
            let name = tree::segment_name(index + 1);
            segments.push(self.segment(frames, &name, sink, progress)?);
        }
        if let Some(more) = self.stream.fragment(&self.movie)? {
            let found = format!("{} frames more", more.samples.len());
            return Err(self.off_grid(chunk.frames.end, "the end of the chunk", "here", found));
        }
        Ok(segments)
    }

    /// Writes one segment.
    fn segment(
        &mut self,
        frames: Range<u64>,
        name: &str,
        sink: &mut impl Sink,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Segment, Fault> {
        let unwritable = |cause| Fault::Write { segment: name.into(), cause };
        let mut file = sink.segment(name).map_err(unwritable)?;
        let styp = segment_type();
        file.write_all(&styp).map_err(unwritable)?;
        let mut bytes = styp.len() as u64;
        let ticks = u64::from(self.grid.rate.frame_ticks());
        let mut fragments = Vec::new();
        let mut start = frames.start;
        while start < frames.end {
            let gop = start..frames.end.min(start + u64::from(self.grid.gop));
            start = gop.end;
            let (fragment, incoming) = self.gop(&gop)?;
            let head =
                fragment.head().ok_or_else(|| self.off_grid(gop.start, "a GOP", "below 4 GB", "a larger one"))?;
            file.write_all(&head).map_err(unwritable)?;
            self.samples(gop.start, &incoming, |block| file.write_all(block).map_err(unwritable))?;
            let first_sample = incoming.samples.first().map_or(0, |s| u64::from(s.size));
            fragments.push(presentation::Fragment {
                offset: bytes,
                first_sample_end: head.len() as u64 + first_sample,
                duration: (gop.end - gop.start) * ticks,
            });
            bytes += head.len() as u64 + incoming.samples.iter().map(|s| u64::from(s.size)).sum::<u64>();
            progress(gop.end - self.first_frame);
        }
        let duration = (frames.end - frames.start) * ticks;
        Ok(Segment { start: frames.start * ticks, duration, bytes, fragments })
    }

    /// Reads the description of the next GOP, proves that it is `gop`, and describes it anew.
    fn gop(&mut self, gop: &Range<u64>) -> Result<(Fragment, Incoming), Fault> {
        let count = gop.end - gop.start;
        let Some(incoming) = self.stream.fragment(&self.movie)? else {
            return Err(self.off_grid(gop.start, "the GOP", format!("{count} frames"), "the end of its output"));
        };
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
        let composition_offsets = self.composition_offsets(gop, &incoming)?;
        let ticks = self.grid.rate.frame_ticks();
        let fragment = Fragment {
            sequence: u32::try_from(gop.start / u64::from(self.grid.gop)).unwrap_or(u32::MAX).saturating_add(1),
            decode_time: gop.start * u64::from(ticks),
            duration: ticks,
            last_duration: None,
            sizes: incoming.samples.iter().map(|s| s.size).collect(),
            composition_offsets: Some(composition_offsets),
        };
        Ok((fragment, incoming))
    }

    /// The composition offsets on our timescale, decode times being the GOP's frames in order.
    fn composition_offsets(&mut self, gop: &Range<u64>, incoming: &Incoming) -> Result<Vec<i32>, Fault> {
        let ticks = ticks_per_frame(self.grid.rate, self.movie.timescale).unwrap_or(1);
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
        format!("{since_origin} ticks of 1/{} s after the chunk's first frame", self.movie.timescale)
    }

    /// Hands the samples' bytes to `write` block by block, after proving that decoding can begin with them.
    fn samples(
        &mut self,
        frame: u64,
        incoming: &Incoming,
        mut write: impl FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let first = incoming.samples.first().map_or(0, |s| u64::from(s.size));
        let mut left: u64 = incoming.samples.iter().map(|s| u64::from(s.size)).sum();
        let mut is_first_block = true;
        while left > 0 {
            let size = left.min(BLOCK);
            self.block.resize(usize::try_from(size).unwrap_or_default(), 0);
            self.stream.fill(&mut self.block)?;
            let first_picture = self.block.get(..usize::try_from(first).unwrap_or(usize::MAX)).unwrap_or(&self.block);
            if is_first_block && !self.config.is_sync(first_picture) {
                return Err(self.off_grid(frame, "the picture", self.codec.sync, "another"));
            }
            if is_first_block && frame == self.first_frame {
                self.encoder = (self.codec.build)(first_picture);
            }
            is_first_block = false;
            write(&self.block)?;
            left -= size;
        }
        Ok(())
    }

    fn off_grid(&self, frame: u64, what: &'static str, expected: impl Display, found: impl Display) -> Fault {
        let place = format!("frame {frame} ({:.3} s)", self.grid.rate.span(frame).as_secs_f64());
        Fault::grid(place, what, expected, found)
    }
}

/// Ticks of ffmpeg's timescale that a frame lasts, if it is a whole number of them.
fn ticks_per_frame(rate: FrameRate, timescale: u32) -> Option<u64> {
    let product = u64::from(timescale) * u64::from(rate.den());
    (product % u64::from(rate.num()) == 0).then_some(product / u64::from(rate.num()))
}
