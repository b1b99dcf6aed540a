//! A title against its source: what the source's packets hold, what it shows and how it sounds, each read anew.
//!
//! Nothing here knows the plan. ffprobe reads the packets, and they are laid end to end; ffmpeg decodes a few small
//! pictures of the source and of a rendition, and all of the sound at a low rate. Then rules judge, purely.

mod aperture;
mod declared;
mod facts;
mod listen;
mod picture;
mod pictures;
mod probe;
mod reading;
mod sound;
mod standard;
mod watch;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tools::process::Bounds;

pub(crate) use declared::Declared;
use declared::Finder;
use facts::Source;
use listen::Ear;
use picture::{Size, Treatment};
use pictures::{Keeper, Placer, Sample};
use probe::{Described, Probe, Stream};
use reading::{Clock, Laid, usual_step};
use sound::{Compared, Placed};
use standard::Transfer;
use watch::{Eye, From};

use crate::agreement::source::{Extent, presented};
use crate::decode::Measured;
use crate::decode::run::{Run, runs};
use crate::fetch::{Store, parallel};
use crate::media::track::{MediaKind, Track};
use crate::report::rules::proof as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show, show_signed, signed_ticks};

/// A source that is shorter is looked at in one go, nanoseconds.
const IN_ONE_GO: i64 = 20 * SECOND as i64;
/// Of titles with at most so many segments, the middle of each segment is looked at, too.
const FEW_SEGMENTS: usize = 60;
/// How far sound may be off, nanoseconds.
const APART: i64 = 10_000_000;
/// The same where the source's sound is damaged: packets are lost, and decoders bridge that each in their own way.
const DAMAGED: i64 = 60_000_000;

/// How a title is compared with its source.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The source.
    pub source: PathBuf,
    /// The ffmpeg.
    pub ffmpeg: PathBuf,
    /// The ffprobe.
    pub ffprobe: PathBuf,
    /// The conditions that both run under.
    pub bounds: Bounds,
    /// Processes at a time.
    pub jobs: usize,
}

/// What is compared with the source.
#[derive(Clone, Copy)]
pub(crate) struct Title<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) measured: Measured<'a>,
    /// What `title.json` says of the source.
    pub(crate) warnings: &'a [String],
    /// What its manifests say of its tracks.
    pub(crate) declared: &'a [Declared],
    /// The manifest that names all tracks.
    pub(crate) whole: &'a str,
}

/// Compares `title` with its source.
pub(crate) fn judge(proof: &Proof, title: Title<'_>, findings: &mut Findings) {
    let probe = Probe { ffprobe: &proof.ffprobe, bounds: &proof.bounds, path: &proof.source };
    let read = probe.describe().and_then(|described| Ok((described, probe.packets()?)));
    let (described, packets) = match read {
        Ok(read) => read,
        Err(error) => return findings.add(&rules::READ, Place::file(title.whole), error.to_string()),
    };
    let audio: Vec<u32> = described.streams.iter().filter(|s| s.is_audio()).map(|s| s.index).collect();
    let video = shown(&described, title.measured.tracks);
    let (mut picture, sound) =
        reading::lay(&packets, Clock::of(&described.format.format_name), video.map(|v| v.index), &audio);
    drop(packets);
    // AVI tells when pictures are decoded: when the first is shown, ffmpeg knows.
    if let Some((video, picture)) = video.zip(picture.as_mut()).filter(|_| described.format.format_name == "avi") {
        let eye = Eye { ffmpeg: &proof.ffmpeg, bounds: &proof.bounds, size: Size::like(16, 9) };
        let from = From { enter: None, first: i64::MIN / 2, count: 1 };
        let mut first = None;
        // What can't be looked at is told of later.
        let _ = eye.source(&proof.source, video, Some(from), |at, _| first = Some(at));
        first.into_iter().for_each(|first| picture.begin_at(first));
    }
    declared::descriptions(title, &described, findings);
    let compare = Compare { proof, title, described: &described, sound: &sound };
    match video.zip(picture.as_ref()) {
        Some((video, picture)) => {
            compare.video(&Source { described: &described, video, picture, sound: &sound }, findings);
        }
        None => compare.audio_alone(findings),
    }
}

/// The video track that the title shows: of those that have its shape, the one of its size, or the first.
fn shown<'a>(described: &'a Described, tracks: &[Track]) -> Option<&'a Stream> {
    let video = || described.streams.iter().filter(|stream| stream.is_video());
    let sizes = tracks.iter().filter(|track| track.kind() == MediaKind::Video).filter_map(crate::hls::shown_size);
    let size = sizes.max_by_key(|(_, high)| *high)?;
    let like = |stream: &&Stream| {
        let (wide, high) = stream.shape();
        (size.0 * high).abs_diff(size.1 * wide) * 50 <= size.1 * wide
    };
    let as_large = |stream: &&Stream| like(stream) && size.1.abs_diff(stream.shape().1) <= 1;
    video().find(as_large).or_else(|| video().find(like)).or_else(|| video().next())
}

struct Compare<'a> {
    proof: &'a Proof,
    title: Title<'a>,
    described: &'a Described,
    sound: &'a [Laid],
}

impl Compare<'_> {
    fn of_kind(&self, kind: MediaKind) -> impl Iterator<Item = (usize, &Track)> {
        self.title.measured.tracks.iter().enumerate().filter(move |(_, track)| track.kind() == kind)
    }

    /// The only run of a track.
    fn run(&self, index: usize) -> Option<Run> {
        let track = self.title.measured.tracks.get(index)?;
        let mut runs = runs(self.title.measured.refs.get(index)?, track);
        runs.pop().filter(|_| runs.is_empty())
    }

    fn video(&self, source: &Source<'_>, findings: &mut Findings) {
        for (_, track) in self.of_kind(MediaKind::Video) {
            source.judge(track, findings);
        }
        source.account(self.title.measured.tracks, self.title.warnings, self.title.whole, findings);
        let mut renditions: Vec<(usize, &Track)> = self.of_kind(MediaKind::Video).collect();
        renditions.sort_by_key(|(_, track)| crate::hls::shown_size(track));
        let (Some(least), Some(best)) = (renditions.first(), renditions.last()) else { return };
        let Some(extent) = presented(least.1) else { return };
        let (length, mut told) = (extent.length(), self.pictures(source, *least, extent));
        // The least costs least to look at. Where it is too poor to be known again, the best one speaks for all: they are
        // made of the same pictures.
        if told.first().is_some() && best.0 != least.0 {
            told = self.pictures(source, *best, extent);
        }
        findings.absorb_unless(told, |_| false);
        let steady = std::iter::once(source.picture).chain(source.sound).all(|laid| laid.stretches.len() <= 1);
        self.listen((extent, source.origin(length)), steady, findings);
    }

    /// Judges the pictures of one rendition, and where they are not the source's, the shape of all.
    fn pictures(&self, source: &Source<'_>, (index, track): (usize, &Track), extent: Extent) -> Findings {
        let mut told = Findings::default();
        let Some(run) = self.run(index) else { return told };
        match self.look_at(source, (track, &run), (extent, source.origin(extent.length())), &mut told) {
            // A source may change its shape: then its pictures fit with their bars.
            Ok(true) => {}
            Ok(false) => self.of_kind(MediaKind::Video).for_each(|(_, track)| source.judge_shape(track, &mut told)),
            Err(error) => told.add(&rules::READ, Place::file(&track.name), error),
        }
        told
    }

    /// A title without a picture, or a source without one.
    fn audio_alone(&self, findings: &mut Findings) {
        let Some(extent) = self.of_kind(MediaKind::Audio).find_map(|(_, track)| presented(track)) else { return };
        let origin = self.sound.iter().filter_map(Laid::start).min().unwrap_or(0);
        let end = self.sound.iter().filter_map(Laid::end).max().unwrap_or(0);
        if (end - origin).abs_diff(extent.length()) > 150_000_000 {
            let text = format!("lasts {}, the source {}", show_signed(extent.length()), show_signed(end - origin));
            findings.add(&rules::DURATION, Place::file(self.title.whole), text);
        }
        let steady = self.sound.iter().all(|laid| laid.stretches.len() <= 1);
        self.listen((extent, origin), steady, findings);
    }

    /// Judges what is seen of a rendition; whether all of it is as the source has it.
    fn look_at(
        &self,
        source: &Source<'_>,
        (track, run): (&Track, &Run),
        (extent, origin): (Extent, i64),
        findings: &mut Findings,
    ) -> Result<bool, String> {
        let mut samples = samples(track, run, |at| at - extent.start + origin);
        let (wide, high) = crate::hls::shown_size(track).unwrap_or((16, 9));
        let eye = Eye { ffmpeg: &self.proof.ffmpeg, bounds: &self.proof.bounds, size: Size::like(wide, high) };
        let (fed, captions) = (AtomicU64::new(0), AtomicBool::new(false));
        let feed = |to| run.feed(self.title.store, &(), &fed, Finder::new(to, &captions));
        eye.rendition(feed, |at, picture| {
            let at = at - run.shift;
            let near = samples.partition_point(|sample| sample.at < at - 2_000_000);
            if let Some(sample) = samples.get_mut(near).filter(|sample| sample.at.abs_diff(at) <= 2_000_000) {
                sample.seen = Some(picture);
            }
        })?;
        declared::captions(self.title, captions.load(Ordering::Relaxed), findings);
        let frame = crate::agreement::source::frame(track).and_then(|frame| i64::try_from(frame).ok()).unwrap_or(0);
        let step = usual_step(&source.picture.times());
        let joins = i64::try_from(source.picture.stretches.len() - 1).unwrap_or(0);
        let reach = frame.max(step) * 21 / 10 + joins * 200_000_000;
        self.look(source, eye, &mut samples, reach)?;
        if let Some(transfer) = Transfer::of(&source.video.color_transfer) {
            for picture in samples.iter_mut().flat_map(|sample| &mut sample.source) {
                *picture = transfer.standard(picture);
            }
        }
        let begins = source.picture.start().unwrap_or(0);
        Ok(pictures::judge(&samples, treatment(source.video, frame, step), &track.name, begins, findings))
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

    /// Judges all audio renditions beside all audio tracks.
    fn listen(&self, (extent, origin): (Extent, i64), steady: bool, findings: &mut Findings) {
        let streams: Vec<&Stream> = self.described.streams.iter().filter(|stream| stream.is_audio()).collect();
        let renditions: Vec<(&Track, Run)> =
            self.of_kind(MediaKind::Audio).filter_map(|(index, track)| Some((track, self.run(index)?))).collect();
        if streams.is_empty() {
            return;
        }
        let ear = Ear { ffmpeg: &self.proof.ffmpeg, bounds: &self.proof.bounds };
        let (theirs, damaged) = match ear.source(&self.proof.source, &streams, steady) {
            Ok(heard) => heard,
            Err(error) => return findings.add(&rules::READ, Place::file(self.title.whole), error),
        };
        let unsteady = self.sound.iter().map(Laid::unsteady).max().unwrap_or(0);
        // With no picture there is nothing to be in step with: the decoder's priming may count or not.
        let alone = self.of_kind(MediaKind::Video).next().is_none();
        let allowed = APART + if damaged || alone { DAMAGED } else { unsteady };
        let heard = parallel::map(&renditions, self.proof.jobs, |(_, run)| {
            let fed = AtomicU64::new(0);
            ear.rendition(|to| run.feed(self.title.store, &(), &fed, to))
        });
        let mut held = vec![false; theirs.len()];
        for ((track, run), own) in renditions.iter().zip(heard) {
            let own = match own {
                Ok(own) => own,
                Err(error) => return findings.add(&rules::READ, Place::file(&track.name), error),
            };
            let Some(own) = Placed::new(&own, run.shift + extent.start) else { continue };
            let placed: Vec<Option<Placed<'_>>> = theirs.iter().map(|heard| Placed::new(heard, origin)).collect();
            let compare =
                |theirs: &Option<Placed<'_>>| Some(Compared::of(theirs.as_ref()?, &own, extent.length(), steady));
            let compared: Vec<Option<Compared>> = placed.iter().map(compare).collect();
            for (held, compared) in held.iter_mut().zip(&compared) {
                *held |= compared.as_ref().is_some_and(|compared| compared.holds);
            }
            let mut pairs: Vec<(&Placed<'_>, &Compared)> =
                placed.iter().zip(&compared).filter_map(|(a, b)| a.as_ref().zip(b.as_ref())).collect();
            pairs.sort_by_key(|(_, compared)| compared.distance());
            // Of those that are heard at the same times, the one that it sounds like.
            let least = pairs.first().map(|(_, compared)| compared.distance());
            let nearest = pairs.iter().take_while(|(_, compared)| Some(compared.distance()) == least);
            let mut judged = nearest.map(|(theirs, compared)| (*compared, sound::late(theirs, &own)));
            let sounds_like = judged.find(|(_, late)| *late != [None, None]);
            let best = sounds_like.or_else(|| pairs.first().map(|(_, compared)| (*compared, [None, None])));
            if let Some((compared, late)) = best {
                judge_sound(compared, [late[0], late[1].filter(|_| steady)], allowed, track, findings);
            }
        }
        for ((stream, heard), _) in streams.iter().zip(&theirs).zip(held).filter(|(_, held)| !held) {
            let index = stream.index.to_string();
            let named = |warning: &String| warning.contains(&index) || warning.to_lowercase().contains("program");
            // That nothing at all is heard can't be made good by saying so.
            if heard.loudness.is_loud() && (renditions.is_empty() || !self.title.warnings.iter().any(named)) {
                let text = format!("the source's audio track (stream {}) is heard in no rendition", stream.index);
                findings.add(&rules::AUDIO_TRACKS, Place::file(self.title.whole), text);
            }
        }
    }
}

fn judge_sound(compared: &Compared, late: [Option<i64>; 2], allowed: i64, track: &Track, findings: &mut Findings) {
    let place = || Place::file(&track.name);
    for (stretches, what) in [(&compared.silent, "is silent"), (&compared.strange, "is heard")] {
        if let Some((from, to)) = stretches.first() {
            let other = if what == "is silent" { "is heard" } else { "is silent" };
            let more =
                if stretches.len() > 1 { format!(", and {} times more", stretches.len() - 1) } else { String::new() };
            let text =
                format!("{what} from {} to {}{more}, where the source {other}", show_signed(*from), show_signed(*to));
            findings.add(&rules::SILENT, place(), text);
        }
    }
    for (late, end) in late.into_iter().zip(["start", "end"]) {
        if let Some(late) = late.filter(|late| late.abs() > allowed) {
            let way = if late > 0 { "late" } else { "early" };
            let text = format!("is {} {way} at its {end}, beside the source's", show(late.unsigned_abs()));
            findings.add(&rules::STEP, place(), text);
        }
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
    let fields = matches!(video.field_order.as_str(), "tt" | "bb" | "tb" | "bt");
    let film = (frame * 4).abs_diff(step * 5) * 100 <= frame.unsigned_abs();
    match (Transfer::of(&video.color_transfer).is_some(), fields || film) {
        (true, _) => Treatment::ToneMapped,
        (false, true) => Treatment::Retimed,
        (false, false) => Treatment::Scaled,
    }
}

/// The source's pictures around the laid time `laid`, of a source of one stretch whose pictures come at `times`.
fn around(
    eye: Eye<'_>,
    path: &std::path::Path,
    video: &Stream,
    times: &[i64],
    laid: i64,
    reach: i64,
) -> Result<Sample, String> {
    let now = times.partition_point(|&time| time <= laid + 1_000_000).saturating_sub(1);
    let wanted = times.get(now).copied().unwrap_or(0);
    let first = times.get(now.saturating_sub(2)).copied().unwrap_or(0);
    let last = times.partition_point(|&time| time <= laid.saturating_add(reach));
    let count = u32::try_from(last.saturating_sub(now.saturating_sub(2))).unwrap_or(1).clamp(1, 12);
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
