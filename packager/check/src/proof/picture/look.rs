//! The pictures of a rendition beside those that the source shows at the same times.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::alike::Treatment;
use super::eye::{Eye, From, Taken, Wanted};
use super::samples::{Brightest, Keeper, Placer, Sample, judge};
use super::standard::Transfer;
use super::{LARGE_SIDE, SIDE, Size};
use crate::agreement::source::Extent;
use crate::decode::run::Run;
use crate::fetch::parallel;
use crate::media::track::{MediaKind, Track};
use crate::proof::compare::Compare;
use crate::proof::declared::{self, Finder};
use crate::proof::facts::Source;
use crate::proof::source::probe::Stream;
use crate::proof::source::reading::usual_step;
use crate::report::rules::agreement::proof as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, signed_ticks};

/// A source that is shorter is looked at in one go, nanoseconds.
const IN_ONE_GO: i64 = 20 * SECOND as i64;
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
        let transfer = Transfer::of(&source.video.color_transfer);
        let size = Size::like(if transfer.is_some() { LARGE_SIDE } else { SIDE }, wide, high);
        let eye = Eye { ffmpeg: &self.proof.ffmpeg, bounds: &self.proof.bounds, size, taken };
        let (fed, captions) = (AtomicU64::new(0), AtomicBool::new(false));
        let feed = |to| run.feed(self.title.store, &(), &fed, Finder::new(to, &captions));
        let mut brightest = Brightest::default();
        let wanted = if transfer.is_some() { Wanted::All } else { Wanted::Keys };
        eye.rendition(wanted, feed, |at, picture| {
            let at = at - run.shift;
            if transfer.is_some() {
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
        self.look(source, eye, &mut samples, reach)?;
        if let Some(transfer) = transfer {
            for picture in samples.iter_mut().flat_map(|sample| &mut sample.source) {
                *picture = transfer.standard(picture);
            }
        }
        let begins = source.picture.start().unwrap_or(0);
        Ok(judge(&samples, treatment(source.video, frame, step), &track.name, begins, findings))
    }

    /// Looks at the source at the time of each sample: in one go, or entering it for each.
    fn look(&self, source: &Source<'_>, eye: Eye<'_>, samples: &mut [Sample], reach: i64) -> Result<(), String> {
        let name = &self.described.format.format_name;
        let indexed = name.contains("mp4") || name.contains("matroska");
        let long = source.picture.end().zip(source.picture.start()).is_some_and(|(end, start)| end - start > IN_ONE_GO);
        let path = &self.proof.source;
        if !(indexed && long && source.picture.stretches.len() == 1) {
            let (mut placer, mut keeper) = (Placer::new(source.picture), Keeper::new(samples, reach));
            eye.source(path, source.video, None, |own, picture| keeper.see(placer.place(own), picture))?;
            keeper.finish();
            return Ok(());
        }
        let times = source.picture.times();
        let numbers: Vec<i64> = samples.iter().map(|sample| sample.laid).collect();
        let looked =
            parallel::map(&numbers, self.proof.jobs, |&laid| around(eye, path, source.video, &times, laid, reach));
        for (sample, looked) in samples.iter_mut().zip(looked) {
            let Sample { source, damaged, .. } = looked?;
            (sample.source, sample.damaged) = (source, damaged);
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

/// What was done to the pictures, as far as the source and the package tell.
fn treatment(video: &Stream, frame: i64, step: i64) -> Treatment {
    let film = (frame * 4).abs_diff(step * 5) * 100 <= frame.unsigned_abs();
    match (Transfer::of(&video.color_transfer).is_some(), video.is_of_fields() || film) {
        (true, _) => Treatment::ToneMapped,
        (false, true) => Treatment::Retimed,
        (false, false) => Treatment::Scaled,
    }
}

/// The source's pictures around the laid time `laid`, of a source of one stretch whose pictures come at `times`.
fn around(eye: Eye<'_>, path: &Path, video: &Stream, times: &[i64], laid: i64, reach: i64) -> Result<Sample, String> {
    let now = times.partition_point(|&time| time <= laid + 1_000_000).saturating_sub(1);
    let wanted = times.get(now).copied().unwrap_or(0);
    let first = times.get(now.saturating_sub(2)).copied().unwrap_or(0);
    let last = times.partition_point(|&time| time <= laid.saturating_add(reach));
    let count =
        u32::try_from(last.saturating_sub(now.saturating_sub(2))).unwrap_or(1).clamp(1, 12) * eye.taken.pictures();
    let begins = times.first().copied().unwrap_or(0);
    // A key frame may be shown late after it is decoded: where the time that is wanted was missed, once more from before.
    let lead = [1, 10].map(|seconds| first - seconds * SECOND as i64).map(|enter| (enter > begins).then_some(enter));
    let mut sample = Sample { segment: 0, at: laid, laid, seen: None, source: Vec::new(), damaged: false };
    for enter in lead.into_iter().chain([None]) {
        sample.source.clear();
        let (mut found, mut keeper) = (false, Keeper::new(std::slice::from_mut(&mut sample), reach));
        let complaints = eye.source(path, video, Some(From { enter, first, count }), |at, picture| {
            found |= at.abs_diff(wanted) <= 2_000_000;
            keeper.see(at, picture);
        })?;
        keeper.finish();
        sample.damaged = !complaints.is_empty();
        if enter.is_none() || (found && !sample.damaged) {
            break;
        }
    }
    Ok(sample)
}
