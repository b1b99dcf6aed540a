//! `pack man`.

use std::io;

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, roman};

use crate::args::{Cli, EXIT_STATUS};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Print the manual page, in roff
///
/// To read it: pack man | man -l -
#[derive(Debug, Args)]
pub(crate) struct Man;

const FILES: [(&str, &str); 3] = [
    (
        "./pack.toml",
        "Settings; else $XDG_CONFIG_HOME/pack/pack.toml, else /etc/pack/pack.toml. See pack config --default.",
    ),
    ("LIBRARY/<title>/index.m3u8, manifest.mpd, title.json", "A title: HLS, DASH, and what it was made from and with."),
    ("LIBRARY/.pack", "What is pack's own. Never served."),
];

const ENVIRONMENT: [(&str, &str); 1] = [(
    "PACK_…",
    "Each setting: its key in capitals, with _ for the dot. encode.preset is PACK_ENCODE_PRESET. Stronger than the \
     settings file, weaker than flags.",
)];

impl Man {
    /// Prints it.
    pub(crate) fn execute(&self, output: &Output) -> Result<Exit, Failure> {
        let mut page = Vec::new();
        render(&mut page)?;
        output.document("man", &String::from_utf8_lossy(&page))?;
        Ok(Exit::Done)
    }
}

/// The program's page, with a section for each command.
fn render(page: &mut Vec<u8>) -> io::Result<()> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let main = Page::new(program.clone());
    main.render_title(page)?;
    main.render_name_section(page)?;
    main.render_synopsis_section(page)?;
    main.render_description_section(page)?;
    main.render_options_section(page)?;
    for command in program.get_subcommands() {
        section(command, page)?;
    }
    list("FILES", &FILES, page)?;
    list("ENVIRONMENT", &ENVIRONMENT, page)?;
    list("EXIT STATUS", &exit_statuses(), page)
}

/// A command's section: its use and its own options, without those that every command has.
fn section(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let own = command.clone().disable_help_flag(true).disable_version_flag(true);
    let own = own.mut_args(|arg| {
        let common = arg.is_global_set() || ["help", "version"].contains(&arg.get_id().as_str());
        arg.hide(common)
    });
    let text = |styled: Option<&clap::builder::StyledStr>| styled.map(ToString::to_string).unwrap_or_default();
    let about = text(own.get_long_about().or_else(|| own.get_about()));
    let mut roff = Roff::new();
    roff.control("SH", [format!("pack {}", own.get_name()).to_uppercase().as_str()]);
    for paragraph in about.split("\n\n") {
        roff.control("PP", []).text([roman(paragraph)]);
    }
    for arg in own.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let help = text(arg.get_long_help().or_else(|| arg.get_help()));
        roff.control("TP", []).text([roman(arg.to_string())]).text([roman(help)]);
    }
    roff.to_writer(page)
}

fn list(heading: &str, items: &[(impl AsRef<str>, impl AsRef<str>)], page: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    for (term, meaning) in items {
        roff.control("TP", []).text([roman(term.as_ref())]).text([roman(meaning.as_ref())]);
    }
    roff.to_writer(page)
}

/// The lines of `--help`'s table: a status, blanks, its meaning.
fn exit_statuses() -> Vec<(String, String)> {
    let lines = EXIT_STATUS.lines().skip(1).filter_map(|line| line.trim().split_once(' '));
    lines.map(|(status, meaning)| (status.into(), meaning.trim().into())).collect()
}
