//! Audio: one whole track, a segment a fragment.
//!
//! The encoder's first samples are priming: the edit list takes them away, and all times that are presented are counted
//! from the first sample heard. A video boundary falls on the audio frame whose start is nearest to it. What is heard
//! lasts exactly as long as the title: packets past the end are dropped, and the last one is declared shorter.

use std::fmt::Display;
use std::io::{Read, Write};
use std::ops::Range;

use config::tree;

use super::Sink;
use super::error::{CmafError, Fault};
use super::read::{Entry, Movie, Sample, Stream};
use super::write::{Fragment, init, segment_type};
use crate::codec::{self, AudioConfig};
use crate::presentation::{self, Part, Segment};
use crate::time::Span;
use crate::timeline::Grid;
use crate::track::AudioPlan;

/// More than any encoder delays: HE-AAC's is 5057 samples.
const MAX_PRIMING: u64 = 8192;

/// Writes the media segments of an audio track into `sink` from ffmpeg's output in `reader`: one track of the plan's codec whose first
/// sample heard is at time 0. `progress` is told the samples heard so far.
///
/// # Errors
/// When the stream is damaged, is not what was asked for, has a gap or ends before the title; when a segment can't be
/// written.
pub fn package(
    reader: impl Read,
    grid: &Grid,
    audio: &AudioPlan,
    sink: &mut impl Sink,
    progress: &mut dyn FnMut(u64),
) -> Result<Part, CmafError> {
    let in_rendition = |fault: Fault| fault.of(audio.folder());
    let mut track = Track::open(reader, audio).map_err(in_rendition)?;
    let cuts = Cuts::new(grid, audio, track.priming);
    let segments = track.segments(&cuts, sink, progress).map_err(in_rendition)?;
    Ok(Part {
        init: init::audio(audio, track.config.as_ref(), track.priming),
        codecs: track.config.codecs(),
        timescale: audio.sample_rate,
        encoder: None,
        first_segment: 0,
        segments,
    })
}

/// Where the segments of an audio track begin and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cuts {
    /// Audio frames of each segment.
    pub frames: Vec<Range<u64>>,
    /// Samples of all of them, priming among them: the last frame counts only as far as it is needed.
    pub samples: u64,
    /// Samples that are not heard.
    priming: u32,
    /// Samples of a frame.
    frame: u64,
}

impl Cuts {
    pub(super) fn new(grid: &Grid, plan: &AudioPlan, priming: u32) -> Self {
        let frame = u64::from(plan.codec.row().frame);
        let media_time = |at: u64| grid.rate.span(at).ticks_at(plan.sample_rate) + u64::from(priming);
        let nearest = |time: u64| (time + frame / 2) / frame;
        let samples = media_time(grid.frames);
        let video = grid.segments();
        let inner = video.iter().skip(1).map(|segment| nearest(media_time(segment.start)));
        let bounds: Vec<u64> = [0].into_iter().chain(inner).chain([samples.div_ceil(frame)]).collect();
        let frames = bounds.iter().zip(bounds.iter().skip(1)).map(|(start, end)| *start..*end).collect();
        Self { frames, samples, priming, frame }
    }

    /// Media time of the start of a frame, or of the end of all.
    fn time(&self, frame: u64) -> u64 {
        (frame * self.frame).min(self.samples)
    }

    /// The same as presented.
    pub(super) fn heard(&self, frame: u64) -> u64 {
        self.time(frame).saturating_sub(u64::from(self.priming))
    }
}

struct Track<R> {
    stream: Stream<R>,
    movie: Movie,
    codec: &'static codec::Audio,
    config: Box<dyn AudioConfig>,
    priming: u32,
    sample_rate: u32,
    /// Samples of ffmpeg's current fragment that were not taken yet, last first.
    pending: Vec<Sample>,
}

impl<R: Read> Track<R> {
    fn open(reader: R, plan: &AudioPlan) -> Result<Self, Fault> {
        let mut stream = Stream::new(reader);
        let codec = plan.codec.row();
        let movie = stream.movie(Entry::Audio(*codec.entry, *codec.config))?;
        let invalid = |problem| Fault::track("the decoder's configuration", "valid", format!("one that {problem}"));
        let config = (codec.read)(&movie.config).map_err(invalid)?;
        for rate in [config.sample_rate(), movie.timescale] {
            if rate != plan.sample_rate {
                return Err(Fault::track("the sample rate", plan.sample_rate, rate));
            }
        }
        if let Some(channels) = config.channels().filter(|channels| *channels != plan.channels) {
            return Err(Fault::track("the number of channels", plan.channels, channels));
        }
        let priming = match movie.media_time {
            None => codec.priming,
            Some(time) => u32::try_from(time)
                .ok()
                .filter(|_| time <= MAX_PRIMING)
                .ok_or_else(|| Fault::track("the priming", format!("at most {MAX_PRIMING} samples"), time))?,
        };
        Ok(Self { stream, movie, codec, config, priming, sample_rate: plan.sample_rate, pending: Vec::new() })
    }

    fn segments(
        &mut self,
        cuts: &Cuts,
        sink: &mut impl Sink,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<Segment>, Fault> {
        let mut segments = Vec::with_capacity(cuts.frames.len());
        for (number, frames) in (1u32..).zip(&cuts.frames) {
            segments.push(self.segment(cuts, number, frames, sink)?);
            progress(cuts.heard(frames.end));
        }
        // Frames past the end are not needed, but ffmpeg must be able to write them.
        while self.next(None)?.is_some() {}
        Ok(segments)
    }

    /// Writes one segment.
    fn segment(
        &mut self,
        cuts: &Cuts,
        number: u32,
        frames: &Range<u64>,
        sink: &mut impl Sink,
    ) -> Result<Segment, Fault> {
        let name = tree::segment_name(number);
        let mut data = Vec::new();
        let fragment = self.fragment(cuts, number, frames, &mut data)?;
        let styp = segment_type();
        let head = fragment.head().unwrap_or_default();
        let bytes = [styp.as_slice(), &head, &data].concat();
        let written = sink.segment(&name).and_then(|mut segment| segment.write_all(&bytes));
        written.map_err(|cause| Fault::Write { segment: name, cause })?;
        let (start, end) = (cuts.heard(frames.start), cuts.heard(frames.end));
        let first_sample = fragment.sizes.first().map_or(0, |size| u64::from(*size));
        let fragment = presentation::Fragment {
            offset: styp.len() as u64,
            first_sample_end: head.len() as u64 + first_sample,
            duration: end - start,
        };
        Ok(Segment { start, duration: end - start, bytes: bytes.len() as u64, fragments: vec![fragment] })
    }

    /// Takes the frames of one segment, their bytes into `data`.
    fn fragment(
        &mut self,
        cuts: &Cuts,
        sequence: u32,
        frames: &Range<u64>,
        data: &mut Vec<u8>,
    ) -> Result<Fragment, Fault> {
        let mut sizes = Vec::new();
        let mut last_duration = None;
        for frame in frames.clone() {
            let wanted = cuts.time(frame + 1) - cuts.time(frame);
            let sample = self.next(Some(frame))?;
            let sample =
                sample.ok_or_else(|| self.off_grid(frame, "the next packet", "there", "the end of its output"))?;
            if u64::from(sample.duration) < wanted || sample.duration > self.codec.frame {
                let found = format!("{} samples", sample.duration);
                return Err(self.off_grid(frame, "the frame", format!("{wanted} samples"), found));
            }
            let taken = data.len();
            data.resize(taken + sample.size as usize, 0);
            self.stream.fill(data.get_mut(taken..).unwrap_or_default())?;
            sizes.push(sample.size);
            last_duration = u32::try_from(wanted).ok().filter(|wanted| *wanted != self.codec.frame);
        }
        Ok(Fragment {
            sequence,
            decode_time: cuts.time(frames.start),
            duration: self.codec.frame,
            last_duration,
            sizes,
            composition_offsets: None,
        })
    }

    /// The next sample, whose bytes come next from the stream. With no `frame` that it should be, they are dropped.
    fn next(&mut self, frame: Option<u64>) -> Result<Option<Sample>, Fault> {
        while self.pending.is_empty() {
            let Some(incoming) = self.stream.fragment(&self.movie)? else { return Ok(None) };
            if let Some(frame) = frame.filter(|frame| frame * u64::from(self.codec.frame) != incoming.decode_time) {
                let expected = format!("sample {}", frame * u64::from(self.codec.frame));
                let found = format!("sample {}", incoming.decode_time);
                return Err(self.off_grid(frame, "the decode time", expected, found));
            }
            self.pending = incoming.samples;
            self.pending.reverse();
        }
        let Some(sample) = self.pending.pop() else { return Ok(None) };
        if sample.size > self.codec.longest {
            let expected = format!("at most {} bytes", self.codec.longest);
            return Err(self.off_grid(frame.unwrap_or(0), "the frame", expected, format!("{} bytes", sample.size)));
        }
        if frame.is_none() {
            let mut dropped = vec![0; sample.size as usize];
            self.stream.fill(&mut dropped)?;
        }
        Ok(Some(sample))
    }

    fn off_grid(&self, frame: u64, what: &'static str, expected: impl Display, found: impl Display) -> Fault {
        let sample = frame * u64::from(self.codec.frame);
        let seconds = Span { ticks: sample, timescale: self.sample_rate }.as_secs_f64();
        let place = format!("audio frame {frame} (sample {sample}, {seconds:.3} s)");
        Fault::grid(place, what, expected, found)
    }
}
