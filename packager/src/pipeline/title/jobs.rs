//! The jobs of a title: those whose results are not there already.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::perform::{Tally, perform_all};
use super::prepare::Prepared;
use super::{Work, copy, milliseconds};
use crate::event::{Event, Planned};
use crate::pipeline::encode::Bench;
use crate::pipeline::error::TitleError;
use crate::pipeline::job::{self, BASE_MEMORY, Job, Output, SHARES};
use crate::pipeline::key::{Contents, Key};
use crate::pipeline::outlook::Outlook;
use crate::pipeline::pool::Need;
use crate::pipeline::results::{Made, Results};
use crate::pipeline::room::{self, Room};
use crate::source::Copy;

impl Work<'_> {
    /// Does the jobs whose results are not there already; the results of all.
    pub(super) fn encode(
        &self,
        prepared: &Prepared,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Vec<(Output, Made)>, TitleError> {
        let plan = &prepared.outlook.plan;
        let contents = Contents { source: &prepared.content, poster: prepared.poster.as_deref() };
        let outputs = job::outputs(&prepared.outlook, contents, self.tools)?;
        let results = Results::of(self.library, &prepared.content);
        let mut made: BTreeMap<Key, Made> = BTreeMap::new();
        let mut pending: Vec<Output> = Vec::new();
        for output in &outputs {
            match results.find(&output.key) {
                Some(result) => drop(made.insert(output.key.clone(), result)),
                None if pending.iter().rev().any(|other| other.key == output.key) => {}
                None => pending.push(output.clone()),
            }
        }
        let jobs = job::jobs(&pending, plan, self.share.pool.most);
        let room = Room::new(&self.settings.library.path, self.settings.library.min_free);
        if !jobs.is_empty() {
            let copied = plan.copy.as_ref().map_or(Ok(0), |_| self.stamp().map(|stamp| stamp.size))?;
            room.refuse_less_than(room::needed(&pending, plan, copied))?;
        }
        let copied = plan.copy.as_ref().filter(|_| !jobs.is_empty());
        let copied = copied.map(|copy| self.copied(prepared, copy, &jobs, &results)).transpose()?;
        // Where the source can't be copied, it is planned anew.
        tell(Event::Planned(self.planned(prepared, &jobs)));
        let poster = prepared.outlook.sidecars.poster.as_deref();
        let bounds = self.tools.bounds(&self.source.path, &self.cancel);
        let beside = prepared.outlook.stamps.iter().map(|(path, _)| path.as_path());
        let read = copied.as_deref().into_iter().chain(poster).chain(beside);
        let bounds = read.fold(bounds, |bounds, file| bounds.reading(file));
        let bench = Bench {
            tools: self.tools,
            encode: &prepared.outlook.encode,
            source: copied.as_deref().unwrap_or(&self.source.path),
            original: &self.source.path,
            info: &prepared.outlook.info,
            plan,
            results: &results,
            poster,
            room: &room,
            bounds: &bounds,
        };
        let frames = plan.video.as_ref().map_or(0, |_| plan.grid.frames);
        let to_do: u64 = jobs.iter().map(|job| job.frames() * job.share(plan)).sum();
        let frames_kept = frames.saturating_sub((to_do + SHARES / 2) / SHARES);
        let tally = Tally { title: self.source.title.as_str(), frames_total: frames, frames_kept };
        let done = perform_all(&bench, self.share, &jobs, &tally, tell)?;
        for (job, results) in jobs.iter().zip(done) {
            made.extend(job.outputs.iter().map(|output| output.key.clone()).zip(results));
        }
        let with_result = |output: Output| made.get(&output.key).cloned().map(|made| (output, made));
        outputs.into_iter().map(with_result).collect::<Option<Vec<_>>>().ok_or(TitleError::Cancelled)
    }

    /// The copy of the source that all jobs decode. It goes before all that costs less than what waits for it.
    fn copied(&self, prepared: &Prepared, copy: &Copy, jobs: &[Job], results: &Results) -> Result<PathBuf, TitleError> {
        let key = Key::of_copy(copy, &prepared.content, self.tools)?;
        let Outlook { plan, info, .. } = &prepared.outlook;
        let waiting = jobs.iter().map(|job| job.need(plan, info).cost).fold(0, u64::saturating_add);
        let need = Need { cost: waiting, memory: BASE_MEMORY, video: false };
        let _room = self.share.enter(need, &self.cancel).ok_or(TitleError::Cancelled)?;
        copy::make(&self.source.path, copy, &key, results, self.tools, &self.cancel)
    }

    fn planned(&self, prepared: &Prepared, jobs: &[Job]) -> Planned {
        let plan = &prepared.outlook.plan;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let chunks = plan.video.as_ref().map_or(0, |_| count(plan.grid.chunks().len()));
        let to_do: BTreeSet<u32> = jobs.iter().filter_map(|job| job.chunk().map(|chunk| chunk.index)).collect();
        Planned {
            title: self.source.title.to_string(),
            duration_ms: milliseconds(plan.grid.duration()),
            frame_rate: plan.video.as_ref().map(|_| plan.grid.rate.to_string()),
            video: plan.ladder.iter().map(|rung| rung.name.clone()).collect(),
            audio: plan.audio.iter().map(|track| track.name.clone()).collect(),
            text: plan.text.iter().map(|track| track.name.clone()).collect(),
            frames: plan.video.as_ref().map_or(0, |_| plan.grid.frames),
            chunks,
            chunks_kept: chunks - count(to_do.len()).min(chunks),
            warnings: prepared.outlook.info.warnings.clone(),
        }
    }
}
