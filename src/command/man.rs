//! `pack man`.

use clap::{Args, CommandFactory};
use clap_mangen::Man as Page;

use crate::args::Cli;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Print the manual page, in roff
///
/// To read it: pack man | man -l -
#[derive(Debug, Args)]
pub(crate) struct Man;

impl Man {
    /// Prints it: the program's page, then one section of it a command.
    pub(crate) fn execute(&self, output: &Output) -> Result<Exit, Failure> {
        let mut program = Cli::command();
        program.build();
        let mut page = Vec::new();
        Page::new(program.clone()).render(&mut page)?;
        for command in program.get_subcommands().filter(|c| c.get_name() != "help") {
            let name = format!("pack-{}", command.get_name());
            page.extend_from_slice(format!(".SH \"{}\"\n", name.to_uppercase()).as_bytes());
            let command = Page::new(command.clone().disable_help_flag(true));
            command.render_synopsis_section(&mut page)?;
            command.render_description_section(&mut page)?;
            command.render_options_section(&mut page)?;
        }
        output.document("man", &String::from_utf8_lossy(&page))?;
        Ok(Exit::Done)
    }
}
