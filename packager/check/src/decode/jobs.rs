//! Jobs: tracks that are decoded together, and the workers that decode them.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::kind::Kind;
use super::run::{Holds, Input, Run};
use super::{Context, Member, Original, pictures, sound, sync};
use crate::agreement::source;
use crate::hls;
use crate::media::track::Track;
use crate::report::Findings;

/// Renditions that are decoded in step, at most: each is a process.
const IN_STEP: usize = 8;

/// All tracks of a check.
pub(super) struct All<'a> {
    pub(super) tracks: &'a [Track],
    pub(super) holds: Vec<Holds>,
    pub(super) runs: Vec<Vec<Run>>,
}

/// One worker's task at a time.
pub(super) enum Job<'a> {
    /// Renditions of one picture, the best first.
    Pictures(Vec<Member<'a>>),
    Sound(Member<'a>),
    /// A sound against the source's: the time of the source from which on it is compared, and when that is heard,
    /// nanoseconds.
    Sync {
        member: Member<'a>,
        theirs: Vec<Input<'a>>,
        from: i64,
        shown: i64,
    },
}

impl Job<'_> {
    /// Segments that it feeds.
    pub(super) fn segments(&self) -> usize {
        match self {
            Self::Pictures(members) => members.iter().map(|member| member.run.segments.len()).sum(),
            Self::Sound(member) => member.run.segments.len(),
            Self::Sync { .. } => 0,
        }
    }
}

impl All<'_> {
    /// The tracks with something of a kind that can be decoded, by number.
    fn with(&self, kind: Kind) -> Vec<usize> {
        let open = self.holds.iter().enumerate().filter(|(_, holds)| holds.has(kind) && !holds.locked);
        open.map(|(index, _)| index).collect()
    }

    fn stretches(&self, index: usize) -> usize {
        self.runs.get(index).map_or(0, Vec::len)
    }

    fn member(&self, index: usize, run: usize) -> Option<Member<'_>> {
        let (track, run) = (self.tracks.get(index)?, self.runs.get(index)?.get(run)?);
        Some(Member { track, run, input: Input::Run(run), judged: false })
    }

    /// The sets to compare, each with its best rendition first; pictures that no set has stand alone. Only tracks of as
    /// many stretches can be compared.
    fn switching_sets(&self, sets: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let rank = |index: &usize| {
            let track = self.tracks.get(*index);
            let rate = track.and_then(hls::measured_rate);
            (rate, track.and_then(hls::shown_size).map(|(width, height)| width * height))
        };
        let pictures = self.with(Kind::Picture);
        let mut found: Vec<Vec<usize>> = Vec::new();
        for set in sets.iter().cloned().chain(pictures.iter().map(|&alone| vec![alone])) {
            let mut set: Vec<usize> = set.into_iter().filter(|index| pictures.contains(index)).collect();
            set.sort_by_key(|index| std::cmp::Reverse(rank(index)));
            set.dedup();
            let stretches = set.first().map_or(0, |&first| self.stretches(first));
            set.retain(|&index| self.stretches(index) == stretches);
            if !found.iter().any(|known| set.iter().all(|index| known.contains(index))) {
                found.push(set);
            }
        }
        found
    }

    /// The source as a rendition beside the best one of each set that can be compared with it frame by frame, by the
    /// best one's number.
    pub(super) fn originals(&self, original: Original<'_>, sets: &[Vec<usize>]) -> Vec<(usize, Track, Run)> {
        let best = self.switching_sets(sets).into_iter().filter_map(|set| set.first().copied());
        let original = best.filter(|&best| self.stretches(best) == 1).filter_map(|best| {
            let track = self.tracks.get(best).filter(|track| original.is_frame_by_frame(track))?;
            let (from, shown) = source::origin(original.tracks, track)?;
            let name = "the source".to_owned();
            let run = Run { shift: from.saturating_sub(shown), ..Run::default() };
            Some((best, Track { name, ..Track::default() }, run))
        });
        original.collect()
    }

    /// All that is to be done.
    pub(super) fn jobs<'a>(
        &'a self,
        sets: &[Vec<usize>],
        original: Option<Original<'a>>,
        originals: &'a [(usize, Track, Run)],
    ) -> Vec<Job<'a>> {
        let mut jobs = Vec::new();
        for set in self.switching_sets(sets) {
            let (Some(&best), others) = (set.first(), set.get(1..).unwrap_or_default()) else { continue };
            let groups = if others.is_empty() { vec![others] } else { others.chunks(IN_STEP - 1).collect() };
            for run in 0..self.stretches(best) {
                for (number, group) in groups.iter().enumerate() {
                    let best = self.member(best, run).map(|best| Member { judged: number > 0, ..best });
                    let others = group.iter().filter_map(|&index| self.member(index, run));
                    jobs.push(Job::Pictures(best.into_iter().chain(others).collect()));
                }
            }
        }
        for index in self.with(Kind::Sound) {
            jobs.extend((0..self.stretches(index)).filter_map(|run| self.member(index, run)).map(Job::Sound));
        }
        if let Some(original) = original {
            jobs.extend(self.against(original, originals));
        }
        jobs
    }

    /// Jobs that compare with the source.
    fn against<'a>(&'a self, original: Original<'a>, originals: &'a [(usize, Track, Run)]) -> Vec<Job<'a>> {
        let path = original.source.path.as_path();
        let mut jobs = Vec::new();
        for ((best, track, run), video) in originals.iter().zip(original.source.video.into_iter().cycle()) {
            let input = Input::File(path, video);
            let theirs = Member { track, run, input, judged: true };
            let own = self.member(*best, 0).map(|own| Member { judged: true, ..own });
            jobs.push(Job::Pictures(std::iter::once(theirs).chain(own).collect()));
        }
        let picture = self
            .with(Kind::Picture)
            .into_iter()
            .find_map(|index| source::origin(original.tracks, self.tracks.get(index)?));
        let Some((from, shown)) = picture else { return jobs };
        let theirs = original.source.audio.iter().map(|&audio| Input::File(path, audio));
        let theirs: Vec<Input<'_>> = theirs.collect();
        for index in self.with(Kind::Sound).into_iter().filter(|&index| self.stretches(index) == 1) {
            let job = |member| Job::Sync { member, theirs: theirs.clone(), from, shown };
            jobs.extend(self.member(index, 0).map(job));
        }
        jobs
    }
}

impl Original<'_> {
    /// True if `track` can be the source's pictures one for one, with nothing done to them that a comparison would mistake.
    fn is_frame_by_frame(&self, track: &Track) -> bool {
        let Some(rate) = self.source.one_for_one else { return false };
        hls::measured_rate(track).is_some_and(|measured| measured.abs_diff(rate) <= rate / 1000)
    }
}

/// Does the jobs, as many at once as there are processors.
pub(super) fn perform(context: &Context<'_>, jobs: &[Job<'_>], findings: &mut Findings) {
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
                        Job::Pictures(members) => pictures::judge(context, members, &mut own),
                        Job::Sound(member) => sound::judge(context, member, &mut own),
                        Job::Sync { member, theirs, from, shown } => {
                            // Which of the source's tracks it is, nobody says: the first that sounds like it.
                            theirs
                                .iter()
                                .any(|&theirs| sync::judge(context, member, (theirs, *from), *shown, &mut own));
                        }
                    }
                }
            });
        }
    });
    for own in slots.into_iter().filter_map(|slot| slot.into_inner().ok()) {
        findings.absorb(own);
    }
}
