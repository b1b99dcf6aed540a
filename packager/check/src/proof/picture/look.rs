//! The pictures of a rendition beside those that the source shows at the same times.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::enter::Entered;
use super::eye::{Care, Eye, Taken, Wanted};
use super::samples::{Brightest, Keeper, Placer, Sample, judge};
use super::standard::HighRange;
use super::{LARGE_SIDE, SIDE, Size, Treatment};
use crate::agreement::source::Extent;
use crate::decode::run::Run;
use crate::media::track::{MediaKind, Track};
use crate::proof::compare::Compare;
use crate::proof::declared::{self, Finder};
use crate::proof::facts::Source;
use crate::proof::source::stream::Stream;
use crate::proof::source::stretches::usual_step;
use crate::report::rules::agreement::proof as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, signed_ticks};

/// A source that is shorter is looked at in one go, nanoseconds.
const IN_ONE_GO: i64 = 20 * SECOND as i64;
/// Pictures with a side of fewer pixels are tiny.
const TINY: u64 = 64;
/// Of titles with at most so many segments, the middle of each segment is looked at, too.
const FEW_SEGMENTS: usize = 60;

impl Compare<'_> {
    /// Judges the pictures of one rendition, and where they are not the source's, the shape of all.
    pub(crate) fn pictures(
        &self,
        source: &Source<'_>,
        (index, track): (usize, &Track),
        extent: Extent,
        taken: Taken,
    ) -> Findings {
        let mut told = Findings::default();
        let Some(run) = self.run(index) else { return told };
        let origin = source.origin(extent.length());
        match self.look_at(source, (track, &run), (extent, origin), taken, &mut told) {
            // A source may change its shape: then its pictures fit with their bars.
            Ok(true) => {}
            Ok(false) => self.of_kind(MediaKind::Video).for_each(|(_, track)| source.judge_shape(track, &mut told)),
            Err(error) => told.add(&rules::READ, Place::file(&track.name), error),
        }
        told
    }

    /// Judges what is seen of a rendition; whether all of it is as the source has it.
    fn look_at(
        &self,
        source: &Source<'_>,
        (track, run): (&Track, &Run),
        (extent, origin): (Extent, i64),
        taken: Taken,
        findings: &mut Findings,
    ) -> Result<bool, String> {
        let mut samples = samples(track, run, |at| at - extent.start + origin);
        let (wide, high) = crate::hls::shown_size(track).unwrap_or((16, 9));
        let range = high_range(source.video);
        let size = Size::like(if range.is_some() { LARGE_SIDE } else { SIDE }, wide, high);
        let slack = u32::try_from(2 * u64::from(SIDE) / wide.min(high).max(1)).unwrap_or(0);
        let eye = Eye { ffmpeg: &self.proof.ffmpeg, bounds: &self.proof.bounds, size, slack, taken, care: Care::Whole };
        let (fed, captions) = (AtomicU64::new(0), AtomicBool::new(false));
        let feed = |to| run.feed(self.title.store, &(), &fed, Finder::new(to, &captions));
        let mut brightest = Brightest::default();
        let wanted = if range.is_some() { Wanted::All } else { Wanted::Keys };
        eye.rendition(wanted, feed, |at, picture| {
            let at = at - run.shift;
            if range.is_some() {
                brightest.see(at, &picture);
            }
            let near = samples.partition_point(|sample| sample.at < at - 2_000_000);
            if let Some(sample) = samples.get_mut(near).filter(|sample| sample.at.abs_diff(at) <= 2_000_000) {
                sample.seen = Some(picture);
            }
        })?;
        brightest.add_to(&mut samples);
        declared::captions(self.title, captions.load(Ordering::Relaxed), findings);
        let frame = crate::agreement::source::frame(track).and_then(|frame| i64::try_from(frame).ok()).unwrap_or(0);
        let step = usual_step(&source.picture.times());
        let joins = i64::try_from(source.picture.stretches.len() - 1).unwrap_or(0);
        let reach = frame.max(step) * 21 / 10 + joins * 200_000_000;
        let treatment = treatment(source.video, wide.min(high), frame, step);
        let fits = |sample: &Sample| sample.fits(range, treatment);
        self.look(source, eye, &mut samples, reach, fits)?;
        let (later, mut moved) = self.later(eye, run, &samples, |sample| sample.is_starved(treatment))?;
        if !moved.is_empty() {
            self.look(source, eye, &mut moved, reach, fits)?;
        }
        for (index, sample) in later.into_iter().zip(moved).filter(|(_, sample)| fits(sample)) {
            samples.get_mut(index).into_iter().for_each(|own| *own = sample.clone());
        }
        if let Some(range) = range {
            for picture in samples.iter_mut().flat_map(|sample| &mut sample.source) {
                *picture = range.standard(picture);
            }
        }
        let begins = source.picture.start().unwrap_or(0);
        Ok(judge(&samples, treatment, &track.name, begins, findings))
    }

    /// Looks at the source at the time of each sample: in one go, or entering it. What does not `fit` at a quick look is
    /// looked at with care.
    fn look(
        &self,
        source: &Source<'_>,
        eye: Eye<'_>,
        samples: &mut Vec<Sample>,
        reach: i64,
        fits: impl Fn(&Sample) -> bool + Sync + Copy,
    ) -> Result<(), String> {
        let name = &self.described.format.format_name;
        let indexed = name.contains("mp4") || name.contains("matroska");
        let long = source.picture.end().zip(source.picture.start()).is_some_and(|(end, start)| end - start > IN_ONE_GO);
        let path = &self.proof.source;
        if indexed && long && source.picture.stretches.len() == 1 {
            let entered = Entered::new(eye, (path, source.video), source.picture, reach);
            if let Some(looked) = entered.look(samples, self.proof.jobs, fits) {
                *samples = looked?;
                return Ok(());
            }
        }
        for care in [Care::Quick, Care::Whole] {
            samples.iter_mut().for_each(|sample| sample.source.clear());
            let (mut placer, mut keeper) = (Placer::new(source.picture), Keeper::new(samples, reach));
            let eye = Eye { care, ..eye };
            eye.source(path, source.video, None, |own, picture| keeper.see(placer.place(own), picture))?;
            keeper.finish();
            if samples.iter().all(&fits) {
                break;
            }
        }
        Ok(())
    }
}

/// The start of each segment, and of few the middle: key pictures all.
fn samples(track: &Track, run: &Run, laid: impl Fn(i64) -> i64) -> Vec<Sample> {
    let scale = track.timescale().unwrap_or(1);
    let few = track.segments.len() <= FEW_SEGMENTS;
    let mut samples = Vec::new();
    for (segment, content) in track.segments.iter().enumerate() {
        let keys: Vec<i64> = content.fragments().iter().filter(|f| f.sync).map(|f| f.earliest).collect();
        let middle = keys.get(keys.len() / 2).filter(|_| few && keys.len() > 1);
        for key in keys.first().into_iter().chain(middle) {
            let at = signed_ticks(*key, scale) - run.shift;
            samples.push(Sample { segment, at, laid: laid(at), seen: None, source: Vec::new(), damaged: false });
        }
    }
    samples
}

fn high_range(video: &Stream) -> Option<HighRange> {
    HighRange::of(&video.color_transfer, &video.color_primaries)
}

/// The treatment of the pictures, as far as the source and the package tell.
fn treatment(video: &Stream, side: u64, frame: i64, step: i64) -> Treatment {
    let film = (frame * 4).abs_diff(step * 5) * 100 <= frame.unsigned_abs();
    match (high_range(video).is_some(), video.is_of_fields() || film) {
        (true, _) => Treatment::ToneMapped,
        (false, true) => Treatment::Retimed,
        (false, false) if side < TINY => Treatment::Tiny,
        (false, false) => Treatment::Scaled,
    }
}
