//! Video: one chunk of one rendition, a GOP a fragment.
//!
//! Proved of each GOP: it begins with an IDR picture and has no other sync sample, has the frames that the grid gives it,
//! each as long as a frame, and presents exactly those (closed GOP, its own first frame first). Of the chunk: it has all
//! its GOPs and nothing else.

use std::io::{Read, Write};
use std::ops::Range;

use config::tree;

use super::Sink;
use super::error::{CmafError, Fault};
use super::gop::Proof;
use super::read::{Entry, Incoming, Movie, Stream};
use super::write::{init, segment_type};
use crate::codec::{self, VideoConfig};
use crate::color::Cicp;
use crate::presentation::{self, Part, Segment};
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
    proof: Proof<'a>,
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
        let proof = Proof::new(grid, chunk, codec, movie.timescale)?;
        let first_frame = chunk.frames.start;
        Ok(Self { stream, movie, codec, config, grid, proof, first_frame, encoder: None, block: Vec::new() })
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
            return Err(self.proof.off_grid(chunk.frames.end, "the end of the chunk", "here", found));
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
            let incoming = self.stream.fragment(&self.movie)?.ok_or_else(|| self.proof.missing(&gop))?;
            let fragment = self.proof.fragment(&gop, &incoming)?;
            let too_large = || self.proof.off_grid(gop.start, "a GOP", "below 4 GB", "a larger one");
            let head = fragment.head().ok_or_else(too_large)?;
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
                return Err(self.proof.off_grid(frame, "the picture", self.codec.sync, "another"));
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
}
