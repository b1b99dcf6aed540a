//! `--decode`: what is seen and heard, by ffmpeg's decoders.
//!
//! Each track's bytes go through a pipe into an ffmpeg that makes small grey pictures of it, or listens for silence.
//! Renditions of one picture are decoded in step and compared frame by frame: nothing is held but the pictures around now.

pub(crate) mod argv;
mod decoder;
mod jobs;
pub(crate) mod kind;
mod picture;
mod pictures;
pub(crate) mod run;
mod shift;
mod sound;
mod still;
pub(crate) mod sync;

use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::thread::{self, Scope};

use config::title::SourceTracks;

use decoder::{Decoder, Ended};
use jobs::All;
use kind::Kind;
use run::{Holds, Input, Run};

use crate::Source;
use crate::fetch::Store;
use crate::media::track::{Track, TrackRefs};
use crate::report::progress::Progress;
use crate::report::rules::decode as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::signed_ticks;

pub use decoder::Decode;

/// Segments that are named for being damaged, at most.
const NAMED: usize = 20;

/// Resources that decoding needs.
struct Context<'a> {
    how: &'a Decode,
    store: &'a dyn Store,
    /// Is told of each segment that is fed.
    progress: &'a dyn Progress,
    /// How the first decoder ended that was ended by the machine.
    lost: &'a OnceLock<String>,
}

/// A stretch of a track, or the source.
#[derive(Clone, Copy)]
struct Member<'a> {
    track: &'a Track,
    run: &'a Run,
    input: Input<'a>,
    /// True if it is judged by itself elsewhere.
    judged: bool,
}

/// The source of the package, where that is at hand.
#[derive(Clone, Copy)]
pub(crate) struct Original<'a> {
    pub(crate) source: &'a Source,
    pub(crate) tracks: &'a SourceTracks,
}

/// Decodes all tracks of `measured`, and compares those of one of `sets`, which show the same; with the source, too, where
/// there is one. Gives how many tracks were decoded.
pub(crate) fn judge(
    how: &Decode,
    (store, progress): (&dyn Store, &dyn Progress),
    measured: Measured<'_>,
    sets: &[Vec<usize>],
    original: Option<Original<'_>>,
    findings: &mut Findings,
) -> usize {
    let Measured { refs, tracks } = measured;
    let holds: Vec<Holds> = refs.iter().zip(tracks).map(|(refs, track)| Holds::of(refs, track)).collect();
    for (track, _) in tracks.iter().zip(&holds).filter(|(_, holds)| holds.locked) {
        findings.add(&rules::UNJUDGED, Place::file(&track.name), "is encrypted, and so is not decoded");
    }
    let all =
        All { tracks, holds, runs: refs.iter().zip(tracks).map(|(refs, track)| run::runs(refs, track)).collect() };
    let originals = original.map(|original| all.originals(original, sets)).unwrap_or_default();
    let jobs = all.jobs(sets, original, &originals);
    progress.segments(jobs.iter().map(jobs::Job::segments).sum());
    let lost = OnceLock::new();
    jobs::perform(&Context { how, store, progress, lost: &lost }, &jobs, findings);
    if let Some(why) = lost.into_inner() {
        findings.are_unfinished(why);
    }
    all.holds.iter().filter(|holds| !holds.locked && (holds.picture || holds.sound)).count()
}

/// Tracks, and the files that each consists of.
#[derive(Clone, Copy)]
pub(crate) struct Measured<'a> {
    pub(crate) refs: &'a [TrackRefs],
    pub(crate) tracks: &'a [Track],
}

impl Member<'_> {
    /// Where the track is at the presentation time `at`, nanoseconds.
    fn place(&self, at: i64) -> Place {
        let segments = self.track.segments.iter().enumerate().skip(self.run.first).take(self.run.segments.len());
        let begins = |(index, segment): (usize, &crate::media::track::Segment)| {
            let start = signed_ticks(segment.fragments().first()?.earliest, self.track.timescale()?);
            (start.saturating_sub(self.run.shift) <= at).then_some(index)
        };
        let last = segments.map_while(begins).last();
        last.map_or_else(|| Place::file(&self.track.name), |index| Place::segment(&self.track.name, index))
    }
}

impl<'a> Context<'a> {
    /// The same, telling nobody: for what is decoded once more.
    fn unseen(&self) -> Context<'a> {
        Context { progress: &(), ..*self }
    }

    fn start<'scope, 'env>(
        &'scope self,
        scope: &'scope Scope<'scope, 'env>,
        member: &'scope Member<'_>,
        kind: Kind,
        fed: &'scope AtomicU64,
    ) -> Decoder<'scope> {
        Decoder::start(scope, self, member.input, kind, fed)
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
        let again = self.unseen();
        let mut named = 0;
        for (index, resource) in member.run.segments.iter().enumerate() {
            let run = member.run.only(index);
            let fed = AtomicU64::new(0);
            let input = Input::Run(&run);
            let ended = thread::scope(|scope| Decoder::start(scope, &again, input, kind, &fed).finish());
            if let Ended::Done { complaints, .. } = ended
                && !complaints.is_empty()
            {
                let place = Place::segment(&crate::fetch::names::show(&resource.url), run.first);
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

/// The first complaint, and the number of further ones.
fn summary(complaints: &[String]) -> String {
    let first = complaints.first().map_or("", String::as_str);
    match complaints.len() {
        0 | 1 => first.to_owned(),
        several => format!("{first} (and {} more)", several - 1),
    }
}
