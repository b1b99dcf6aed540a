//! The commands, one a file.

pub(crate) mod check;
pub(crate) mod library;
pub(crate) mod machine;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod studio;
pub(crate) mod up;
pub(crate) mod watch;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ::config::settings::Settings;
use anyhow::anyhow;

use crate::args::{Cli, Command, Global, Listen};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings;

/// Does what the command line says.
pub(crate) fn execute(cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Run(command) => command.execute(global, output),
        Command::Watch(command) => command.execute(global, output),
        Command::Serve(command) => command.execute(global, output),
        Command::Up(command) => command.execute(global, output),
        Command::Studio(command) => command.execute(global, output),
        Command::Account(command) => command.execute(global, output),
        Command::Backup(command) => command.execute(global, output),
        Command::Restore(command) => command.execute(global, output),
        Command::Plan(command) => command.execute(global, output),
        Command::List(command) => command.execute(global, output),
        Command::Retry(command) => command.execute(global, output),
        Command::Pause(command) => command.execute(global, output),
        Command::Resume(command) => command.execute(global, output),
        Command::Remove(command) => command.execute(global, output),
        Command::Rollback(command) => command.execute(global, output),
        Command::Prune(command) => command.execute(global, output),
        Command::Check(command) => command.execute(global, output),
        Command::Access(command) => command.execute(global, output),
        Command::Config(command) => command.execute(global, output),
        Command::Sign(command) => command.execute(global, output),
        Command::Doctor(command) => command.execute(global, output),
        Command::Completions(command) => command.execute(output),
        Command::Man(command) => command.execute(output),
    }
}

/// The library's folder, which must be there: commands that look at a library don't make one.
fn existing_library(global: &Global) -> Result<PathBuf, Failure> {
    let settings = settings::resolve(global, &Listen::default())?.settings;
    existing(&settings)?;
    Ok(settings.library.path)
}

/// The same where the settings are known.
fn existing(settings: &Settings) -> Result<&Path, Failure> {
    let library = settings.library.path.as_path();
    if library.is_dir() {
        return Ok(library);
    }
    Err(Failure::usage(anyhow!("there is no library at {}: name its folder with --library", library.display())))
}

/// The current time, in seconds since the Unix epoch.
fn seconds_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
