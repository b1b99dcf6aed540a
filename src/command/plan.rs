//! `pack plan INPUT`.

mod show;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use media::timeline::Chunk;
use packager::pipeline::Outlook;
use packager::plan::{Plan as Decided, Reason, reasons};
use packager::source::SourceInfo;
use serde::Serialize;
use tools::Tools;

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::service::signals::Signals;
use crate::settings;

/// Show what was found in a source, the ladder chosen and why, and the exact ffmpeg commands
///
/// Changes nothing. The commands write to pipes, from file descriptor 3 on. Of a title's chunks the first two commands
/// are shown; -v shows all. When it is made, several ffmpegs may share a chunk's renditions; the results are the same.
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
        let signals = Signals::listen()?;
        let found = tools::find(&settings, signals.cancel());
        let outlook = |tools: &Tools| Outlook::of(&self.input, &settings, tools, signals.cancel());
        let planned = found.map_err(Failure::from).and_then(|tools| Ok((outlook(&tools)?, tools)));
        let (outlook, tools) = match (planned, signals.exit()) {
            (Err(_), Some(stopped)) => return Ok(stopped),
            (planned, _) => planned?,
        };
        let planned = Planned {
            event: "plan",
            input: &self.input,
            source: &outlook.info,
            plan: &outlook.plan,
            chunks: &outlook.plan.grid.chunks(),
            reasons: reasons(&outlook.info, &outlook.encode),
            commands: self.commands(&tools.ffmpeg.path, &outlook),
        };
        match output.is_json() {
            true => output.json(&planned)?,
            false => output.text(&show::text(&planned, global.verbose > 0))?,
        }
        Ok(Exit::Done)
    }

    fn commands(&self, ffmpeg: &Path, outlook: &Outlook) -> Vec<Command> {
        let chunks = outlook.plan.video.as_ref().map(|_| outlook.plan.grid.chunks()).unwrap_or_default();
        let chunk = |c: &Chunk| format!("chunk {}, frames {} to {}", c.index + 1, c.frames.start, c.frames.end - 1);
        let audio = (!outlook.plan.audio.is_empty()).then_some(["decode the audio", "audio"].map(ToOwned::to_owned));
        let copy = outlook.plan.copy.as_ref().map(|_| "copy".to_owned());
        let names = copy
            .into_iter()
            .chain(chunks.iter().map(chunk))
            .chain(audio.into_iter().flatten())
            .chain(["poster".to_owned()]);
        let command = |(makes, arguments): (String, Vec<OsString>)| {
            let argv = std::iter::once(ffmpeg.as_os_str().to_owned()).chain(arguments);
            Command { makes, argv: argv.map(|a| a.to_string_lossy().into_owned()).collect() }
        };
        names.zip(outlook.commands(&self.input, Path::new("copy.mkv"))).map(command).collect()
    }
}
