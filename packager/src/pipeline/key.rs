//! The key of each result.
//!
//! A key is a digest of all that decides a result's bytes, and of nothing else: no label, language, poster or
//! manifest's fact is in it, so that a change of one of these encodes nothing again; nor is the machine, the number of
//! jobs, or which other results the same ffmpeg makes.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use blake3::Hasher;

use super::error::TitleError;
use super::identity::add;
use super::outlook::Outlook;
use super::poster::{image_format, poster_command};
use super::what::{What, alone};
use crate::ffmpeg::{self, argv};
use crate::plan::{Heard, Plan};
use crate::source::Copy;
use media::timeline::Grid;
use media::track::{TextFile, TextInput, TextPlan};
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

/// Digests of the files that results are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contents<'a> {
    /// The source's.
    pub source: &'a str,
    /// The operator's own poster's.
    pub poster: Option<&'a str>,
}

impl Key {
    /// The key of a result.
    pub(super) fn of(
        what: &What,
        outlook: &Outlook,
        contents: Contents<'_>,
        tools: &Tools,
    ) -> Result<Self, TitleError> {
        let plan = alone(&outlook.plan, [what].into_iter());
        // Wherever the files lie.
        let nowhere = Path::new("");
        let heard: Vec<Heard>;
        let (commands, content): (Vec<Vec<OsString>>, &str) = match (what, contents.poster) {
            (What::Video(chunk, _), _) => {
                let video = |video| argv::video(nowhere, &plan, video, chunk, &outlook.encode.preset);
                (plan.video.as_ref().map(video).into_iter().collect(), contents.source)
            }
            (What::Audio(_), _) => {
                heard = plan.heard(&outlook.info);
                let commands =
                    |heard: &Heard| [argv::audio_decoder(nowhere, &heard.plan, &heard.info), argv::audio(&heard.plan)];
                let file = heard.iter().find_map(|heard| heard.file.as_ref());
                let content = file.map_or(contents.source, |file| file.blake3.as_str());
                (heard.iter().flat_map(commands).collect(), content)
            }
            (What::Text(_), _) => return Self::of_text(&plan, contents, tools),
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
        match what {
            What::Video(chunk, _) => {
                let color = plan.video.as_ref().map(|video| video.color);
                add(&mut hasher, &(&plan.grid, &plan.ladder, color, chunk))?;
            }
            What::Audio(_) => {
                let audio: Vec<_> = plan.audio.iter().map(|track| (track.channels, track.sample_rate)).collect();
                // It is cut where segments of video are, into whatever chunks these are put.
                let Grid { rate, frames, gop, segment_gops, chunk_segments: _ } = plan.grid;
                add(&mut hasher, &(rate, frames, gop, segment_gops, audio))?;
            }
            What::Text(_) | What::Poster => {}
        }
        Ok(Self::finished(&hasher))
    }

    /// The key of the plan's only text: of the files that it is made of and, where tracks of the source are among them, of
    /// that and of the ffmpeg that reads it.
    fn of_text(plan: &Plan, contents: Contents<'_>, tools: &Tools) -> Result<Self, TitleError> {
        let mut hasher = Hasher::new();
        let Grid { rate, frames, gop, segment_gops, chunk_segments: _ } = plan.grid;
        add(&mut hasher, &("text", SEGMENTS, rate, frames, gop, segment_gops))?;
        for input in plan.text.iter().flat_map(TextPlan::inputs) {
            match input {
                TextInput::File(TextFile { format, blake3, ending: _ }) => add(&mut hasher, &(format, blake3))?,
                TextInput::Track(track) => {
                    let command = ffmpeg::texts(Path::new(""), &[*track]);
                    let (content, origin) = (contents.source, plan.source_origin_us());
                    add(&mut hasher, &(content, &tools.ffmpeg.version.text, text(&command), origin))?;
                }
            }
        }
        Ok(Self::finished(&hasher))
    }

    /// The key of a source's copy.
    pub(super) fn of_copy(copy: &Copy, content: &str, tools: &Tools) -> Result<Self, TitleError> {
        let mut hasher = Hasher::new();
        add(&mut hasher, &("copy", content, &tools.ffmpeg.version.text, text(&copied(copy))))?;
        Ok(Self::finished(&hasher))
    }

    fn finished(hasher: &Hasher) -> Self {
        Self(hasher.finalize().to_hex().chars().take(KEY_DIGITS).collect())
    }
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
