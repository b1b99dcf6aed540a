//! `pack`: recordings in, HLS and DASH ladders out, and the origin that serves them.

mod args;
mod command;
mod exit;
mod hooks;
mod logging;
mod mounted;
mod output;
mod report;
mod service;
mod settings;
mod telemetry;
mod text;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::exit::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    // A wrong command line ends here, with status 2 and clap's message.
    let cli = Cli::parse();
    let output = Output::new(cli.global.json, cli.global.quiet);
    logging::start(&cli.global, output.bars());
    match command::execute(&cli, &output) {
        Ok(exit) => exit.into(),
        // Whoever read our output has enough, as `pack list | head` does.
        Err(failure) if failure.is_broken_pipe() => Exit::Signal(exit::SIGPIPE).into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}
