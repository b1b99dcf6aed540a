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
use config::tree::{AUDIO, VIDEO};
use media::timeline::Chunk;
use media::track::AudioPlan;

use super::encode::{image_format, poster_command};
use super::error::TitleError;
use super::identity::add;
use super::outlook::Outlook;
use crate::ffmpeg::{self, argv};
use crate::plan::Plan;
use crate::source::Copy;
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
            Self::Video(_, rung) => format!("{VIDEO}/{}", plan.ladder[*rung].name),
            Self::Audio(track) => format!("{AUDIO}/{}", plan.audio[*track].name),
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

    fn chunk(&self) -> Option<&Chunk> {
        match self {
            Self::Video(chunk, _) => Some(chunk),
            Self::Audio(_) | Self::Poster => None,
        }
    }
}

impl Job {
    /// The chunk that it is of.
    pub(super) fn chunk(&self) -> Option<&Chunk> {
        self.outputs.first()?.what.chunk()
    }

    /// Frames of the title that it makes.
    pub(super) fn frames(&self) -> u64 {
        self.chunk().map_or(0, |chunk| chunk.frames.end - chunk.frames.start)
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

/// The jobs that make what is pending, in order.
pub(super) fn jobs(pending: Vec<Output>) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    for output in pending {
        match jobs.last_mut() {
            Some(job) if output.what.chunk().is_some() && job.chunk() == output.what.chunk() => {
                job.outputs.push(output);
            }
            _ => jobs.push(Job { outputs: vec![output] }),
        }
    }
    jobs
}
