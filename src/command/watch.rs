//! `pack watch`.

use std::time::Instant;

use clap::Args;
use hooks::Hooks;
use packager::queue;

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::hooks::tell;
use crate::output::Output;
use crate::report::Report;
use crate::settings;
use crate::signals::Signals;

/// Package sources as they come into the ingest folder, until stopped
#[derive(Debug, Args)]
pub(crate) struct Watch;

impl Watch {
    /// Watches.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let settings = settings::resolve(global, &Listen::default())?.settings;
        let signals = Signals::listen()?;
        let mut report = Report::new(global, output, signals.cancel());
        let hooks = Hooks::start(&settings.hooks, &settings.library.path)?;
        let watched = queue::watch(&settings, signals.cancel(), &mut |event| {
            tell(&hooks, &event);
            report.event(&event, Instant::now());
        });
        match (watched, signals.exit()) {
            (Err(_), Some(stopped)) => return Ok(stopped),
            (watched, _) => drop(watched?),
        }
        report.end()?;
        Ok(signals.exit().unwrap_or(Exit::Done))
    }
}
