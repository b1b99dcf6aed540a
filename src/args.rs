//! The command line. One definition gives the parser, `--help`, the manual page and the completions.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use origin::Control;

use crate::command;

/// HLS and DASH packager and origin: a recording in, proven CMAF ladders out.
///
/// Recordings put into the ingest folder become titles in the library: every one a ladder of H.264 renditions with
/// sound, as HLS and DASH over the same CMAF segments, checked before it becomes visible. The library is served by
/// `pack serve`, or by any static web server or bucket.
#[derive(Debug, Parser)]
#[command(name = "pack", version, propagate_version = true, after_help = EXIT_STATUS, max_term_width = 100)]
pub(crate) struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The table of exit statuses, for `--help` and the manual page.
pub(crate) const EXIT_STATUS: &str = "\
Exit status:
  0      done, also when there was nothing to do
  1      at least one title failed, or a check found a failure
  2      wrong use or settings
  3      another pack holds this library
  4      ffmpeg or ffprobe is missing or too old
  128+N  ended by signal N, after tidying up";

/// What holds for every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Settings file [default: ./pack.toml, else $XDG_CONFIG_HOME/pack/pack.toml, else /etc/pack/pack.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder that recordings are put into [default: ./ingest]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) ingest: Option<String>,
    /// Folder that titles are published in [default: ./library]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) library: Option<String>,
    /// Folder of the studio's data [default: ./state]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) state: Option<String>,
    /// Write one JSON object a line to standard output, nothing else
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say more; twice: say everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

/// The addresses of the origin.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Listen {
    /// Address that players and CDNs connect to [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Address of the metrics [default: 127.0.0.1:9464]
    #[arg(long, value_name = "ADDR")]
    pub(crate) admin: Option<String>,
}

/// How the origin starts.
#[derive(Debug, Args)]
pub(crate) struct Start {
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Take over from the pack that has the same admin address: no connection is refused, and it ends as if stopped
    #[arg(long)]
    pub(crate) replace: bool,
}

impl Start {
    /// The handle of the origin that starts so.
    pub(crate) fn control(&self) -> Control {
        if self.replace { Control::replacing() } else { Control::new() }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(command::run::Run),
    Watch(command::watch::Watch),
    Serve(command::serve::Serve),
    Up(command::up::Up),
    Studio(command::studio::serve::Studio),
    Account(command::studio::account::Account),
    Backup(command::studio::backup::Backup),
    Restore(command::studio::backup::Restore),
    Plan(command::plan::Plan),
    Check(command::check::Check),
    List(command::library::list::List),
    Retry(command::library::retry::Retry),
    Pause(command::library::pause::Pause),
    Resume(command::library::pause::Resume),
    Remove(command::library::remove::Remove),
    Rollback(command::library::rollback::Rollback),
    Prune(command::library::prune::Prune),
    Access(command::library::access::Access),
    Sign(command::library::sign::Sign),
    Config(command::machine::config::Config),
    Doctor(command::machine::doctor::Doctor),
    Completions(command::machine::completions::Completions),
    Man(command::machine::man::Man),
}
