//! Jobs as values: what a title is made of, and the key of each result.
//!
//! A key is a digest of all that decides a result's bytes, and of nothing else: no label, language, poster or
//! manifest's fact is in it, so that a change of one of these encodes nothing again; nor is the machine, the number of
//! jobs, or which other results the same ffmpeg makes.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use blake3::Hasher;
use media::timeline::Chunk;
use media::track::{AudioPlan, Rung};

use super::encode::{image_format, poster_command};
use super::error::TitleError;
use super::identity::add;
use super::outlook::Outlook;
use super::pool::{Division, Need};
use crate::ffmpeg::{self, argv};
use crate::plan::Plan;
use crate::source::{Copy, SourceInfo};
use tools::Tools;

/// Goes up whenever this program makes other segments of the same encoded bytes.
const SEGMENTS: &str = "pack segments 1";

/// The key of a result: hexadecimal, the name of its folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(String);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One result that a title is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Output {
    pub key: Key,
    pub what: What,
}

/// What a result is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A chunk of a rung, by its place in the ladder.
    Video(Chunk, usize),
    /// An audio rendition, by its place in the plan.
    Audio(usize),
    /// The poster.
    Poster,
}

/// What one ffmpeg makes: some rungs of a chunk, an audio rendition, or the poster.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Job {
    pub outputs: Vec<Output>,
}

impl What {
    /// Its folder below the revision.
    pub(super) fn folder(&self, plan: &Plan) -> String {
        match self {
            Self::Video(_, rung) => plan.ladder[*rung].folder(),
            Self::Audio(track) => plan.audio[*track].folder(),
            Self::Poster => String::new(),
        }
    }

    /// The language of the track that it is.
    pub(super) fn language<'a>(&self, plan: &'a Plan) -> Option<&'a str> {
        match self {
            Self::Audio(track) => plan.audio.get(*track).map(|track| track.language.as_str()),
            Self::Video(..) | Self::Poster => None,
        }
    }

    fn frames(&self) -> u64 {
        self.chunk().map_or(0, |chunk| chunk.frames.end - chunk.frames.start)
    }

    fn is_rung_of(&self, group: &[usize]) -> bool {
        matches!(self, Self::Video(_, rung) if group.contains(rung))
    }

    fn chunk(&self) -> Option<&Chunk> {
        match self {
            Self::Video(chunk, _) => Some(chunk),
            Self::Audio(_) | Self::Poster => None,
        }
    }
}

/// The whole of a chunk's work, as [`Job::share`] counts it.
pub(super) const SHARES: u64 = 1_000_000_000;
/// Bytes of memory that any ffmpeg takes.
pub(super) const BASE_MEMORY: u64 = 80 << 20;
/// Bytes of memory for each pixel of a rung: some 80 frames that x264 looks ahead at and refers to.
const RUNG_MEMORY: u64 = 160;
/// Bytes of memory for each pixel of the source: the frames of the decoder and between filters.
const SOURCE_MEMORY: u64 = 40;
/// What a frame's worth of audio costs, where video costs its pixels.
const AUDIO_COST: u64 = 40_000;

/// What encoding a frame of a rung costs: its pixels, and something for each frame.
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
            What::Audio(_) | What::Poster => None,
        })
    }

    /// What it asks of the machine.
    pub(super) fn need(&self, plan: &Plan, info: &SourceInfo) -> Need {
        let frames = self.chunk().map_or(plan.grid.frames, |chunk| chunk.frames.end - chunk.frames.start);
        let cost: u64 = self.rungs(plan).map(cost).sum();
        let pixels: u64 = self.rungs(plan).map(|rung| u64::from(rung.width) * u64::from(rung.height)).sum();
        let source = info.video.as_ref().map_or(0, |video| u64::from(video.width) * u64::from(video.height));
        Need {
            cost: cost.max(AUDIO_COST).saturating_mul(frames),
            memory: BASE_MEMORY + pixels * RUNG_MEMORY + source * SOURCE_MEMORY,
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
    let all = video.chain((0..plan.audio.len()).map(What::Audio)).chain([What::Poster]);
    all.map(|what| Ok(Output { key: key(&what, outlook, contents, tools)?, what })).collect()
}

/// Digests of the files that results are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contents<'a> {
    /// The source's.
    pub source: &'a str,
    /// The operator's own poster's.
    pub poster: Option<&'a str>,
}

fn key(what: &What, outlook: &Outlook, contents: Contents<'_>, tools: &Tools) -> Result<Key, TitleError> {
    let plan = alone(&outlook.plan, [what].into_iter());
    // Wherever the files lie.
    let nowhere = Path::new("");
    let (commands, content): (Vec<Vec<OsString>>, &str) = match (what, contents.poster) {
        (What::Video(chunk, _), _) => {
            let video = |video| argv::video(nowhere, &plan, video, chunk, &outlook.encode.preset);
            (plan.video.as_ref().map(video).into_iter().collect(), contents.source)
        }
        (What::Audio(_), _) => {
            let decoder = argv::audio_decoder(nowhere, &plan, &outlook.info);
            (vec![decoder, argv::audio(&plan)], contents.source)
        }
        (What::Poster, own) => {
            let format = outlook.sidecars.poster.as_deref().map_or("", image_format);
            let command = poster_command(nowhere, own.map(|_| (nowhere, format)), &plan);
            (command.into_iter().collect(), own.unwrap_or(contents.source))
        }
    };
    let copied = plan.copy.as_ref().filter(|_| content == contents.source).map(copied);
    let commands: Vec<Vec<_>> = copied.iter().chain(&commands).map(|args| text(args)).collect();
    let mut hasher = Hasher::new();
    add(&mut hasher, &(SEGMENTS, content, &tools.ffmpeg.version.text, &tools.x264, commands))?;
    if !matches!(what, What::Poster) {
        let audio: Vec<_> = plan.audio.iter().map(|track| (track.channels, track.sample_rate)).collect();
        let color = plan.video.as_ref().map(|video| video.color);
        add(&mut hasher, &(&plan.grid, &plan.ladder, audio, color, what.chunk()))?;
    }
    Ok(Key(hasher.finalize().to_hex().chars().take(KEY_DIGITS).collect()))
}

/// The key of a source's copy.
pub(super) fn copy_key(copy: &Copy, content: &str, tools: &Tools) -> Result<Key, TitleError> {
    let mut hasher = Hasher::new();
    add(&mut hasher, &("copy", content, &tools.ffmpeg.version.text, text(&copied(copy))))?;
    Ok(Key(hasher.finalize().to_hex().chars().take(KEY_DIGITS).collect()))
}

/// The command that copies, wherever the files lie.
fn copied(copy: &Copy) -> Vec<OsString> {
    ffmpeg::copy::copy(Path::new(""), copy, Path::new(""))
}

fn text(args: &[OsString]) -> Vec<Cow<'_, str>> {
    args.iter().map(|arg| arg.to_string_lossy()).collect()
}

/// 128 bits.
const KEY_DIGITS: usize = 32;

/// The plan of some outputs alone, without what only manifests say. The poster needs the ladder for its size.
fn alone<'a>(plan: &Plan, what: impl Iterator<Item = &'a What> + Clone) -> Plan {
    let is_poster = what.clone().any(|what| matches!(what, What::Poster));
    let rungs = what.clone().filter_map(|what| if let What::Video(_, rung) = what { Some(*rung) } else { None });
    let tracks = what.filter_map(|what| if let What::Audio(track) = what { Some(*track) } else { None });
    let ladder = rungs.filter_map(|rung| plan.ladder.get(rung)).cloned().collect();
    Plan {
        ladder: if is_poster { plan.ladder.clone() } else { ladder },
        audio: tracks.filter_map(|track| plan.audio.get(track)).map(without_language).collect(),
        ..plan.clone()
    }
}

/// The language is put into the init segment when the title is assembled.
fn without_language(track: &AudioPlan) -> AudioPlan {
    AudioPlan { language: "und".into(), ..track.clone() }
}

/// The jobs that make what is pending on so many processors: the rungs of a chunk together, or in several groups.
pub(super) fn jobs(pending: &[Output], plan: &Plan, processors: usize) -> Vec<Job> {
    let costs: Vec<u64> = plan.ladder.iter().map(cost).collect();
    let chunks: Vec<&[Output]> =
        pending.chunk_by(|a, b| a.what.chunk().is_some() && a.what.chunk() == b.what.chunk()).collect();
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
