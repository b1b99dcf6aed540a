//! `--decode`: what is seen and heard, by ffmpeg's decoders.
//!
//! Each track's bytes go through a pipe into an ffmpeg that makes small grey pictures of it, or listens for silence.
//! Renditions of one picture are decoded in step and compared frame by frame: nothing is held but the pictures around now.

mod argv;
mod decoder;
mod picture;
mod pictures;
mod run;
mod shift;
mod sound;
mod still;

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, Scope};

use argv::Kind;
use decoder::{Decoder, Ended};
use run::{Holds, Run};

use super::decimal::signed_ticks;
use super::fetch::Store;
use super::report::{Findings, Place};
use super::rules::decode as rules;
use super::track::{Track, TrackRefs};

pub use decoder::Decode;

/// Renditions that are decoded in step, at most: each is a process.
const IN_STEP: usize = 8;
/// Segments that are named for being damaged, at most.
const NAMED: usize = 20;

/// What decoding needs.
struct Context<'a> {
    how: &'a Decode,
    store: &'a dyn Store,
}

/// A stretch of a track.
struct Member<'a> {
    track: &'a Track,
    run: &'a Run,
}

/// What one worker does at a time.
enum Job<'a> {
    /// The best rendition first; whether it was judged by itself already.
    Pictures(Vec<Member<'a>>, bool),
    Sound(Member<'a>),
}

/// Decodes all `tracks`, which consist of `refs`; those of one of `sets` show the same. Gives how many were decoded.
pub(super) fn judge(
    how: &Decode,
    store: &dyn Store,
    (refs, tracks): (&[TrackRefs], &[Track]),
    sets: &[Vec<usize>],
    findings: &mut Findings,
) -> usize {
    let holds: Vec<Holds> = refs.iter().zip(tracks).map(|(refs, track)| Holds::of(refs, track)).collect();
    let runs: Vec<Vec<Run>> = refs.iter().zip(tracks).map(|(refs, track)| run::runs(refs, track)).collect();
    for (track, _) in tracks.iter().zip(&holds).filter(|(_, holds)| holds.locked) {
        findings.add(&rules::UNJUDGED, Place::file(&track.name), "is encrypted, and so is not decoded");
    }
    let of = |kind: Kind| {
        let open = holds.iter().enumerate().filter(move |(_, holds)| holds.has(kind) && !holds.locked);
        open.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let (pictures, sounds) = (of(Kind::Picture), of(Kind::Sound));
    let member = |index: usize, run: usize| Some(Member { track: tracks.get(index)?, run: runs.get(index)?.get(run)? });
    let mut jobs = Vec::new();
    for set in switching_sets(sets, &pictures, tracks, &runs) {
        let (Some(&best), others) = (set.first(), set.get(1..).unwrap_or_default()) else { continue };
        let groups = if others.is_empty() { vec![others] } else { others.chunks(IN_STEP - 1).collect() };
        for run in 0..runs.get(best).map_or(0, Vec::len) {
            for (number, group) in groups.iter().enumerate() {
                let members = std::iter::once(&best).chain(*group).filter_map(|&index| member(index, run));
                jobs.push(Job::Pictures(members.collect(), number > 0));
            }
        }
    }
    for &index in &sounds {
        let all = 0..runs.get(index).map_or(0, Vec::len);
        jobs.extend(all.filter_map(|run| member(index, run)).map(Job::Sound));
    }
    perform(&Context { how, store }, &jobs, findings);
    let all: std::collections::BTreeSet<usize> = pictures.into_iter().chain(sounds).collect();
    all.len()
}

/// The sets to compare, each with its best rendition first; `pictures` that no set has stand alone. Only tracks of as many
/// stretches can be compared.
fn switching_sets(sets: &[Vec<usize>], pictures: &[usize], tracks: &[Track], runs: &[Vec<Run>]) -> Vec<Vec<usize>> {
    let rank = |index: &usize| {
        let track = tracks.get(*index);
        let rate = track.and_then(super::hls::measured_rate);
        (rate, track.and_then(super::hls::shown_size).map(|(width, height)| width * height))
    };
    let stretches = |index: &usize| runs.get(*index).map_or(0, Vec::len);
    let mut found: Vec<Vec<usize>> = Vec::new();
    for set in sets.iter().cloned().chain(pictures.iter().map(|&alone| vec![alone])) {
        let mut set: Vec<usize> = set.into_iter().filter(|index| pictures.contains(index)).collect();
        set.sort_by_key(|index| std::cmp::Reverse(rank(index)));
        set.dedup();
        if let Some(first) = set.first().map(stretches) {
            set.retain(|index| stretches(index) == first);
        }
        let known = found.iter().any(|known| set.iter().all(|index| known.contains(index)));
        if !known {
            found.push(set);
        }
    }
    found
}

/// Does the jobs, as many at once as there are processors.
fn perform(context: &Context<'_>, jobs: &[Job<'_>], findings: &mut Findings) {
    let workers = thread::available_parallelism().map_or(2, NonZero::get).min(jobs.len());
    let slots: Vec<Mutex<Findings>> = jobs.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let take = || {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(index).zip(slots.get(index))
                };
                while let Some((job, slot)) = take() {
                    let Ok(mut own) = slot.lock() else { return };
                    match job {
                        Job::Pictures(members, told) => pictures::judge(context, members, *told, &mut own),
                        Job::Sound(member) => sound::judge(context, member, &mut own),
                    }
                }
            });
        }
    });
    for own in slots.into_iter().filter_map(|slot| slot.into_inner().ok()) {
        findings.absorb(own);
    }
}

impl Member<'_> {
    /// Where the track is at the presentation time `at`, nanoseconds.
    fn place(&self, at: i64) -> Place {
        let segments = self.track.segments.iter().enumerate().skip(self.run.first).take(self.run.segments.len());
        let begins = |(index, segment): (usize, &super::track::Segment)| {
            let start = signed_ticks(segment.fragments().first()?.earliest, self.track.timescale()?);
            (start.saturating_sub(self.run.shift) <= at).then_some(index)
        };
        let last = segments.map_while(begins).last();
        last.map_or_else(|| Place::file(&self.track.name), |index| Place::segment(&self.track.name, index))
    }
}

impl<'a> Context<'a> {
    fn start<'scope, 'env>(
        &'scope self,
        scope: &'scope Scope<'scope, 'env>,
        member: &'scope Member<'_>,
        kind: Kind,
        fed: &'scope AtomicU64,
    ) -> Decoder<'scope> {
        Decoder::start(scope, self.how, self.store, member.run, kind, fed)
    }

    /// Judges how decoding `member` ended.
    fn judge_end(&self, member: &Member<'_>, kind: Kind, ended: Ended, findings: &mut Findings) {
        let place = || Place::file(&member.track.name);
        match ended {
            Ended::Cancelled => {}
            Ended::Hung => {
                let waited = self.how.patience.as_secs();
                let text = format!("ffmpeg neither took bytes nor gave frames for {waited} s, and was stopped");
                findings.add(&rules::WHOLE, place(), text);
            }
            Ended::Failed(error) if error.contains("not found for input stream") => {
                findings.add(&rules::UNJUDGED, place(), error);
            }
            Ended::Failed(error) => findings.add(&rules::WHOLE, place(), error),
            Ended::Done { frames, complaints } => {
                if let Some(samples) = member.run.samples.filter(|samples| *samples != frames) {
                    findings.add(&rules::FRAMES, place(), format!("{frames} frames from {samples} samples"));
                }
                if !complaints.is_empty() && !self.name_damaged(member, kind, findings) {
                    findings.add(&rules::ERRORS, place(), summary(&complaints));
                }
            }
        }
    }

    /// Finds the damaged segments by decoding each by itself; whether there were any.
    fn name_damaged(&self, member: &Member<'_>, kind: Kind, findings: &mut Findings) -> bool {
        let mut named = 0;
        for (index, resource) in member.run.segments.iter().enumerate() {
            let run = member.run.only(index);
            let fed = AtomicU64::new(0);
            let ended = thread::scope(|scope| Decoder::start(scope, self.how, self.store, &run, kind, &fed).finish());
            if let Ended::Done { complaints, .. } = ended
                && !complaints.is_empty()
            {
                let place = Place::segment(&super::names::show(&resource.url), run.first);
                findings.add(&rules::ERRORS, place, summary(&complaints));
                named += 1;
            }
            if named == NAMED || self.how.cancel.is_cancelled() {
                break;
            }
        }
        named > 0
    }
}

/// What a decoder said first, and how much more.
fn summary(complaints: &[String]) -> String {
    let first = complaints.first().map_or("", String::as_str);
    match complaints.len() {
        0 | 1 => first.to_owned(),
        several => format!("{first} (and {} more)", several - 1),
    }
}
