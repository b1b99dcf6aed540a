//! `pack completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Print a shell's completions
///
/// For bash: pack completions bash > ~/.local/share/bash-completion/completions/pack
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints them.
    pub(crate) fn execute(&self, output: &Output) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "pack", &mut script);
        output.document("completions", &String::from_utf8_lossy(&script))?;
        Ok(Exit::Done)
    }
}
