//! `pack watch`.

use std::time::Instant;

use clap::Args;
use hooks::Hooks;
use packager::{Control, queue};

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::hooks::tell;
use crate::output::Output;
use crate::report::Report;
use crate::service::reload::Reload;
use crate::service::signals::Signals;
use crate::service::status::{Status, WAITING};
use crate::{service, settings};

/// Package sources as they come into the ingest folder, until stopped
#[derive(Debug, Args)]
pub(crate) struct Watch;

impl Watch {
    /// Watches.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let resolved = settings::resolve(global, &Listen::default())?;
        let settings = resolved.settings.clone();
        let control = Control::default();
        let (renewed, turning) = (control.clone(), control.clone());
        let mut reload = Reload::new(global, &Listen::default(), resolved, move |settings| renewed.reload(settings));
        let signals = Signals::listen_reloading(move || reload.read_again())?;
        let begun = turning.clone();
        service::ready_when(move || begun.turns() > 0, WAITING);
        service::watch_over(move || vec![turning.turns()]);
        let mut report = Report::new(global, output, signals.cancel());
        let hooks = Hooks::start(&settings.hooks, &settings.library.path)?;
        let mut status = Status::default();
        let watched = queue::watch(&settings, &control, signals.cancel(), &mut |event| {
            tell(&hooks, &event);
            status.event(&event);
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
