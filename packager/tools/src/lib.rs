//! ffmpeg and ffprobe: where they are, how old, and what they can encode ([`find`]); how they run and end
//! ([`command`], [`process`], [`cancel`]).

pub mod cancel;
pub mod command;
mod holes;
pub mod process;
pub mod sandbox;
mod version;
mod x264;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use config::settings::{Confine, Settings};
use serde::Serialize;

use crate::cancel::Cancel;
use crate::process::{Bounds, Ended, Manner, Process};
use crate::sandbox::Sandbox;

pub use holes::{Hole, holes};
pub use version::Version;

/// Both programs, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tools {
    /// The ffmpeg.
    pub ffmpeg: Program,
    /// The ffprobe.
    pub ffprobe: Program,
    /// Names of the encoders that ffmpeg has.
    pub encoders: BTreeSet<String>,
    /// The build of x264 in ffmpeg, as the streams that it makes say it. Distributions change it under an ffmpeg of the
    /// same version.
    pub x264: String,
    /// The longest time that either may be without progress.
    #[serde(skip)]
    pub stall: Duration,
    /// The sandbox of both.
    #[serde(skip)]
    pub sandbox: Sandbox,
}

impl Tools {
    /// The conditions under which they run for work on `source` that `cancel` stops.
    #[must_use]
    pub fn bounds(&self, source: &Path, cancel: &Cancel) -> Bounds {
        Bounds::new(cancel.clone(), self.stall, self.sandbox.clone()).reading(source)
    }
}

/// A program that was found and is new enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// The version that it reports.
    pub version: Version,
}

/// Why the programs cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It is not there.
    #[error("{}: not found{}; install ffmpeg 5.1 or newer, or set ffmpeg.{name}", program.display(), searched(program))]
    Missing {
        /// `ffmpeg` or `ffprobe`.
        name: &'static str,
        /// The setting.
        program: PathBuf,
    },
    /// It cannot be run.
    #[error("{}: cannot be run: {source}; check its permissions, set ffmpeg.{name}, or name the folders that it needs in sandbox.read", program.display())]
    Unusable {
        /// `ffmpeg` or `ffprobe`.
        name: &'static str,
        /// The program.
        program: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// It was ended before it had answered.
    #[error("{}: was ended ({status}) before it had answered {question}, twice; run again, and see whether the machine is short of memory or its disk hangs", program.display())]
    Ended {
        /// The program.
        program: PathBuf,
        /// The question.
        question: &'static str,
        /// Its exit status.
        status: ExitStatus,
    },
    /// Work was stopped before it had answered.
    #[error("stopped")]
    Stopped,
    /// It is another program.
    #[error("{}: does not answer -version as {name} does, but with '{said}'; set ffmpeg.{name}, or name the folders that it needs in sandbox.read", program.display())]
    Other {
        /// `ffmpeg` or `ffprobe`.
        name: &'static str,
        /// The program.
        program: PathBuf,
        /// The first line of its answer.
        said: String,
    },
    /// It is older than 5.1.
    #[error("{}: is version {version}, but 5.1 or newer is needed; install a newer one, or set ffmpeg.{name}", program.display())]
    TooOld {
        /// `ffmpeg` or `ffprobe`.
        name: &'static str,
        /// The program.
        program: PathBuf,
        /// Its version.
        version: Version,
    },
    /// It was built without what we need.
    #[error("{}: was built without the encoders {}; install a full build, or set ffmpeg.ffmpeg", program.display(), names.join(", "))]
    NoEncoder {
        /// The program.
        program: PathBuf,
        /// Encoders that are missing.
        names: Vec<String>,
    },
    /// The system can't confine them, and must.
    #[error("sandbox.confine is \"required\", but this system does not offer {}; use a newer kernel, or set sandbox.confine to \"offered\"", missing.join(" and "))]
    Unconfined {
        /// The parts of the sandbox that the system lacks.
        missing: Vec<&'static str>,
    },
    /// Its libx264 encodes nothing.
    #[error("{}: its libx264 does not encode; see what it says: ffmpeg -f lavfi -i color -frames:v 1 -c:v libx264 -f null -", .0.display())]
    NoEncode(PathBuf),
}

fn searched(program: &Path) -> &'static str {
    if is_bare(program) { " on PATH" } else { "" }
}

/// Finds and checks the programs that the settings name; `cancel` stops it.
///
/// # Errors
/// When one is missing, older than 5.1, or lacks an encoder; see [`ToolError`].
pub fn find(settings: &Settings, cancel: &Cancel) -> Result<Tools, ToolError> {
    let (ffmpeg, ffprobe) = (ffmpeg(settings, cancel)?, ffprobe(settings, cancel)?);
    let sandbox = Sandbox::new(settings, &[&ffmpeg.path, &ffprobe.path]);
    let bounds = Bounds::new(cancel.clone(), stall(settings), sandbox.clone());
    let listed = answer("ffmpeg", &ffmpeg.path, "-encoders", &bounds)?;
    let encoders = encoders(&listed);
    let names: Vec<String> =
        media::codec::encoders().into_iter().filter(|name| !encoders.contains(*name)).map(Into::into).collect();
    if !names.is_empty() {
        return Err(ToolError::NoEncoder { program: ffmpeg.path, names });
    }
    let x264 = x264::build(&ffmpeg.path, &bounds)?;
    Ok(Tools { ffmpeg, ffprobe, encoders, x264, stall: bounds.stall, sandbox })
}

/// Finds and checks ffmpeg alone, whatever it can encode: to decode with.
///
/// # Errors
/// When it is missing or older than 5.1, or can't be confined as it must.
pub fn ffmpeg(settings: &Settings, cancel: &Cancel) -> Result<Program, ToolError> {
    program("ffmpeg", &settings.ffmpeg.ffmpeg, settings, cancel)
}

/// Finds and checks ffprobe alone.
///
/// # Errors
/// As [`ffmpeg`].
pub fn ffprobe(settings: &Settings, cancel: &Cancel) -> Result<Program, ToolError> {
    program("ffprobe", &settings.ffmpeg.ffprobe, settings, cancel)
}

/// The longest time that the programs may be without progress.
#[must_use]
pub fn stall(settings: &Settings) -> Duration {
    Duration::from_secs(settings.ffmpeg.stall.into())
}

fn program(name: &'static str, setting: &Path, settings: &Settings, cancel: &Cancel) -> Result<Program, ToolError> {
    let lack = sandbox::missing();
    if settings.sandbox.confine == Confine::Required && !lack.is_empty() {
        return Err(ToolError::Unconfined { missing: lack });
    }
    let missing = || ToolError::Missing { name, program: setting.into() };
    let path = if is_bare(setting) { on_path(setting).ok_or_else(missing)? } else { setting.to_owned() };
    let bounds = Bounds::new(cancel.clone(), stall(settings), Sandbox::new(settings, &[&path]));
    let said = answer(name, &path, "-version", &bounds)?;
    let first = || said.lines().next().unwrap_or_default().chars().take(100).collect();
    let version = Version::read(name, &said);
    let version = version.ok_or_else(|| ToolError::Other { name, program: path.clone(), said: first() })?;
    if version.new_enough() {
        Ok(Program { path, version })
    } else {
        Err(ToolError::TooOld { name, program: path, version })
    }
}

fn is_bare(program: &Path) -> bool {
    program.components().count() == 1 && program.file_name().is_some_and(|name| name == program.as_os_str())
}

/// The first file of that name in the folders of PATH.
fn on_path(name: &Path) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The program's standard output when it is asked `question`.
fn answer(name: &'static str, program: &Path, question: &'static str, bounds: &Bounds) -> Result<String, ToolError> {
    let command = || {
        let mut command = Command::new(program);
        command.args(["-hide_banner", question]).stdin(Stdio::null());
        Ok(command)
    };
    let said = output(name, program, command, question, bounds)?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

/// The standard output of the program. What it said before it was ended is never taken for its answer: it is asked once
/// more.
fn output(
    name: &'static str,
    program: &Path,
    command: impl Fn() -> io::Result<Command>,
    question: &'static str,
    bounds: &Bounds,
) -> Result<Vec<u8>, ToolError> {
    let ask = || {
        if bounds.cancel.is_cancelled() {
            return Err(ToolError::Stopped);
        }
        let said = command()
            .and_then(|mut command| Process::output(command.stdout(Stdio::piped()).stderr(Stdio::null()), bounds));
        said.map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ToolError::Missing { name, program: program.into() },
            _ => ToolError::Unusable { name, program: program.into(), source },
        })
    };
    let mut answer = ask()?;
    if !is_answer(&answer.1) {
        answer = ask()?;
    }
    let (said, ended) = answer;
    match ended.manner() {
        Manner::Itself => Ok(said),
        Manner::Unusable => {
            let source = io::Error::other(format!("{}, as of a script whose program is missing", ended.status));
            Err(ToolError::Unusable { name, program: program.into(), source })
        }
        _ if bounds.cancel.is_cancelled() => Err(ToolError::Stopped),
        _ => Err(ToolError::Ended { program: program.into(), question, status: ended.status }),
    }
}

fn is_answer(ended: &Ended) -> bool {
    ended.manner() == Manner::Itself
}

/// Reads `ffmpeg -encoders`: lines such as ` V....D libx264   libx264 H.264 …` below a rule of dashes.
fn encoders(listed: &str) -> BTreeSet<String> {
    let below = listed.lines().skip_while(|line| !line.trim_start().starts_with("---")).skip(1);
    below.filter_map(|line| line.split_whitespace().nth(1)).map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use config::settings::Ffmpeg;

    use super::*;

    fn settings(ffmpeg: &str, ffprobe: &str) -> Settings {
        let default = Settings::default();
        let ffmpeg = Ffmpeg { ffmpeg: ffmpeg.into(), ffprobe: ffprobe.into(), ..default.ffmpeg };
        Settings { ffmpeg, ..default }
    }

    #[test]
    fn the_installed_programs_are_found_on_path() {
        let tools = find(&settings("ffmpeg", "ffprobe"), &Cancel::default()).unwrap();
        assert!(tools.ffmpeg.path.is_absolute());
        assert!(tools.encoders.contains("libx264"));
        assert!(tools.x264.starts_with("x264 - core "), "{}", tools.x264);
        assert!(!tools.encoders.contains("="), "the legend is no encoder");
    }

    #[test]
    fn each_way_to_be_unusable_has_its_error() {
        let folder = tempfile::tempdir().unwrap();
        let fake = |name: &str, script: &str| {
            use std::os::unix::fs::PermissionsExt;
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let old = fake("old", "echo 'ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021'");
        let other = fake("other", "echo hello");
        let poor = fake("poor", "[ \"$2\" = -encoders ] || echo 'ffmpeg version 7.1 Copyright'");
        let missing = folder.path().join("nothing").to_str().unwrap().to_owned();

        let found = |ffmpeg: &str, ffprobe: &str| find(&settings(ffmpeg, ffprobe), &Cancel::default());
        let error = |ffmpeg: &str| found(ffmpeg, "ffprobe").unwrap_err();
        assert!(matches!(error(&old), ToolError::TooOld { .. }));
        assert!(error(&old).to_string().contains("4.4.2-0ubuntu0.22.04.1, but 5.1 or newer"));
        assert!(matches!(error(&other), ToolError::Other { said, .. } if said == "hello"));
        assert!(matches!(error(&missing), ToolError::Missing { name: "ffmpeg", .. }));
        assert!(matches!(error(folder.path().to_str().unwrap()), ToolError::Unusable { .. }));
        assert!(error("no-such-ffmpeg").to_string().starts_with("no-such-ffmpeg: not found on PATH; install"));
        assert!(matches!(error(&poor), ToolError::NoEncoder { names, .. } if names == ["libx264", "aac"]));
        assert!(matches!(found("ffmpeg", &missing).unwrap_err(), ToolError::Missing { name: "ffprobe", .. }));
    }
}
