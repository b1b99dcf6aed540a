//! `pack run`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use hooks::Hooks;
use packager::queue;

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::hooks::{LAST, tell};
use crate::output::Output;
use crate::report::Report;
use crate::service::signals::Signals;
use crate::settings;

/// Package every new or changed source of the ingest folder, or just the INPUTs, then exit
///
/// For cron and CI. Running it again with nothing new does nothing. What a killed run had finished is not done again.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Sources to package, in the ingest folder or elsewhere
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Also make again what is published and unchanged, as after an upgrade of ffmpeg: what comes out the same is kept
    #[arg(long)]
    again: bool,
}

impl Run {
    /// Packages them.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let settings = settings::resolve(global, &Listen::default())?.settings;
        let later = || tracing::info!("settings are read again by the next run");
        let signals = Signals::listen_reloading(later)?;
        let mut report = Report::new(global, output, signals.cancel());
        let hooks = Hooks::start(&settings.hooks, &settings.library.path)?;
        let made = queue::run(&settings, &self.inputs, self.again, signals.cancel(), &mut |event| {
            tell(&hooks, &event);
            report.event(&event, Instant::now());
        });
        let summary = match (made, signals.exit()) {
            (Err(_), Some(stopped)) => return Ok(stopped),
            (made, _) => made?,
        };
        if !signals.cancel().is_cancelled() {
            hooks.flush(LAST);
        }
        report.end()?;
        let done = if summary.failed > 0 { Exit::Failed } else { Exit::Done };
        Ok(signals.exit().unwrap_or(done))
    }
}
