//! `pack plan INPUT`.

mod show;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use config::settings::{Encode, Settings};
use packager::ffmpeg::argv;
use packager::plan::{Chunk, Plan as Decided, Reason, plan, reasons};
use packager::probe::probe;
use packager::source::SourceInfo;
use packager::tools;
use serde::Serialize;

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings;

/// Show what was found in a source, the ladder chosen and why, and the exact ffmpeg commands
///
/// Changes nothing. The commands write to pipes, from file descriptor 3 on. Of a title's chunks the first two commands
/// are shown; -v shows all.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The source
    input: PathBuf,
}

/// All that there is to say.
#[derive(Debug, Serialize)]
struct Planned<'a> {
    event: &'static str,
    input: &'a Path,
    source: &'a SourceInfo,
    plan: &'a Decided,
    chunks: &'a [Chunk],
    reasons: Vec<Reason>,
    commands: Vec<Command>,
}

/// One ffmpeg.
#[derive(Debug, Serialize)]
struct Command {
    makes: String,
    argv: Vec<String>,
}

impl Plan {
    /// Probes the source, plans it, and shows both.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let settings = settings::resolve(global, &Listen::default())?.settings;
        let tools = tools::find(&settings.ffmpeg)?;
        let source = probe(&tools.ffprobe.path, &self.input).map_err(anyhow::Error::from)?;
        let encode = self.encode(&settings)?;
        let plan = plan(&source, &encode);
        let chunks = plan.grid.chunks();
        let planned = Planned {
            event: "plan",
            input: &self.input,
            source: &source,
            plan: &plan,
            chunks: &chunks,
            reasons: reasons(&source, &encode),
            commands: self.commands(&tools.ffmpeg.path, &source, &plan, &encode),
        };
        match output.is_json() {
            true => output.json(&planned)?,
            false => output.text(&show::text(&planned, global.verbose > 0))?,
        }
        Ok(Exit::Done)
    }

    /// The settings of this title: `clip.toml` beside `clip.mp4` changes them.
    fn encode(&self, settings: &Settings) -> Result<Encode, Failure> {
        let path = self.input.with_extension("toml");
        if !path.is_file() {
            return Ok(settings.encode.clone());
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
        Ok(settings.encode.with_title_file(&path, &text)?)
    }

    fn commands(&self, ffmpeg: &Path, source: &SourceInfo, plan: &Decided, encode: &Encode) -> Vec<Command> {
        let command = |makes: String, arguments: Vec<OsString>| {
            let argv = std::iter::once(ffmpeg.as_os_str().to_owned()).chain(arguments);
            Command { makes, argv: argv.map(|a| a.to_string_lossy().into_owned()).collect() }
        };
        let chunk = |chunk: &Chunk| {
            let makes = format!("chunk {}, frames {} to {}", chunk.index + 1, chunk.frames.start, chunk.frames.end - 1);
            command(makes, argv::video(&self.input, plan, chunk, &encode.preset))
        };
        let mut commands: Vec<Command> = plan.grid.chunks().iter().map(chunk).collect();
        if !plan.audio.is_empty() {
            commands.push(command("sound".into(), argv::audio(&self.input, plan, &starts(source, plan))));
        }
        commands
    }
}

/// When each audio rendition's first sample is heard.
fn starts(source: &SourceInfo, plan: &Decided) -> Vec<i64> {
    let start = |stream| source.audio.iter().find(|track| track.index == stream).map_or(0, |track| track.start_us);
    plan.audio.iter().map(|track| start(track.stream)).collect()
}
