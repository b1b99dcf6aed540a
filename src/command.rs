//! The commands, one a file.

pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod man;

use crate::args::{Cli, Command};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Does what the command line says.
pub(crate) fn execute(cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Config(command) => command.execute(&cli.global, output),
        Command::Completions(command) => command.execute(output),
        Command::Man(command) => command.execute(output),
    }
}
