//! Jobs as values: the results that a title is made of, and the ffmpegs that make them.

use media::timeline::Chunk;
use media::track::Rung;

use super::error::TitleError;
use super::key::{Contents, Key};
use super::outlook::Outlook;
use super::pool::{Division, Need};
use super::what::{What, alone};
use crate::plan::Plan;
use crate::source::SourceInfo;
use tools::Tools;

/// One result that a title is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Output {
    pub key: Key,
    pub what: What,
}

/// The work of one ffmpeg: some rungs of a chunk, an audio rendition, the texts, or the poster.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Job {
    pub outputs: Vec<Output>,
}

/// The whole of a chunk's work, as [`Job::share`] counts it.
pub(super) const SHARES: u64 = 1_000_000_000;
/// Bytes of memory that any ffmpeg takes.
pub(super) const BASE_MEMORY: u64 = 80 << 20;
/// Bytes of memory for each pixel of a rung: some 80 frames that x264 looks ahead at and refers to.
const RUNG_MEMORY: u64 = 160;
/// Bytes of memory for each pixel of the source: the frames of the decoder and between filters.
const SOURCE_MEMORY: u64 = 40;
/// The cost of a frame's worth of audio, where video costs its pixels.
const AUDIO_COST: u64 = 40_000;

/// The cost of encoding a frame of a rung: its pixels, and something for each frame.
pub(super) fn cost(rung: &Rung) -> u64 {
    u64::from(rung.width) * u64::from(rung.height) + AUDIO_COST
}

impl Job {
    /// The chunk that it is of.
    pub(super) fn chunk(&self) -> Option<&Chunk> {
        self.outputs.first()?.what.chunk()
    }

    fn rungs<'a>(&self, plan: &'a Plan) -> impl Iterator<Item = &'a Rung> {
        self.outputs.iter().filter_map(|output| match output.what {
            What::Video(_, rung) => plan.ladder.get(rung),
            What::Audio(_) | What::Text(_) | What::Poster => None,
        })
    }

    /// Its demands on the machine.
    pub(super) fn need(&self, plan: &Plan, info: &SourceInfo) -> Need {
        let frames = self.chunk().map_or(plan.grid.frames, |chunk| chunk.frames.end - chunk.frames.start);
        let cost: u64 = self.rungs(plan).map(cost).sum();
        let pixels: u64 = self.rungs(plan).map(|rung| u64::from(rung.width) * u64::from(rung.height)).sum();
        let source = info.video.as_ref().map_or(0, |video| u64::from(video.width) * u64::from(video.height));
        Need {
            cost: cost.max(AUDIO_COST).saturating_mul(frames),
            memory: BASE_MEMORY + pixels * RUNG_MEMORY + source * SOURCE_MEMORY,
            video: self.chunk().is_some(),
        }
    }

    /// Its share of its chunk's work, out of [`SHARES`].
    pub(super) fn share(&self, plan: &Plan) -> u64 {
        let all: u64 = plan.ladder.iter().map(cost).sum();
        self.rungs(plan).map(cost).sum::<u64>() * SHARES / all.max(1)
    }

    /// Frames of the title that it makes.
    pub(super) fn frames(&self) -> u64 {
        self.outputs.first().map_or(0, |output| output.what.frames())
    }

    /// The plan of this job alone.
    pub(super) fn plan(&self, plan: &Plan) -> Plan {
        alone(plan, self.outputs.iter().map(|output| &output.what))
    }
}

/// All results of a title, in the order of tracks' segments.
pub(super) fn outputs(outlook: &Outlook, contents: Contents<'_>, tools: &Tools) -> Result<Vec<Output>, TitleError> {
    let plan = &outlook.plan;
    let chunks = plan.grid.chunks();
    let video = chunks.iter().flat_map(|chunk| (0..plan.ladder.len()).map(|rung| What::Video(chunk.clone(), rung)));
    let tracks = (0..plan.audio.len()).map(What::Audio).chain((0..plan.text.len()).map(What::Text));
    let all = video.chain(tracks).chain([What::Poster]);
    all.map(|what| Ok(Output { key: Key::of(&what, outlook, contents, tools)?, what })).collect()
}

/// The jobs that make what is pending on so many processors: the rungs of a chunk together, or in several groups.
pub(super) fn jobs(pending: &[Output], plan: &Plan, processors: usize) -> Vec<Job> {
    let costs: Vec<u64> = plan.ladder.iter().map(cost).collect();
    // Texts are all read from the source at once: to find them, all of it has to be read.
    let together = |a: &What, b: &What| match (a, b) {
        (What::Video(a, _), What::Video(b, _)) => a == b,
        (What::Text(_), What::Text(_)) => true,
        _ => false,
    };
    let chunks: Vec<&[Output]> = pending.chunk_by(|a, b| together(&a.what, &b.what)).collect();
    let (video, rest): (Vec<&[Output]>, Vec<&[Output]>) =
        chunks.into_iter().partition(|outputs| outputs.iter().all(|output| output.what.chunk().is_some()));
    let frames: Vec<u64> =
        video.iter().map(|outputs| outputs.first().map_or(0, |output| output.what.frames())).collect();
    let division = Division::of(&frames, &costs, processors);
    let whole = |outputs: &[Output]| Job { outputs: outputs.to_vec() };
    let in_groups = |outputs: &[Output]| -> Vec<Job> {
        let of = |group: &Vec<usize>| outputs.iter().filter(|output| output.what.is_rung_of(group)).cloned().collect();
        division.groups.iter().map(|group| Job { outputs: of(group) }).filter(|job| !job.outputs.is_empty()).collect()
    };
    let (first, last) = video.split_at(division.whole.min(video.len()));
    let video = first.iter().map(|outputs| whole(outputs)).chain(last.iter().flat_map(|outputs| in_groups(outputs)));
    video.chain(rest.into_iter().map(whole)).collect()
}
