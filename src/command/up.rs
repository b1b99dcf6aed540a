//! `pack up`.

use std::fs;
use std::thread;
use std::time::Instant;

use anyhow::{Context, anyhow};
use clap::Args;
use origin::{Control, Mounts};
use packager::pipeline;
use prometheus::Registry;

use super::serve::tell_ready;
use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::reload::Reload;
use crate::report::Report;
use crate::settings;
use crate::signals::Signals;
use crate::telemetry::Telemetry;

/// Watch and serve in one process: the whole system on one machine
#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    listen: Listen,
}

impl Up {
    /// Does both until stopped; where one of them ends, so does the other.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let resolved = settings::resolve(global, &self.listen)?;
        let settings = resolved.settings.clone();
        let control = Control::new();
        let stopped = control.clone();
        let mut reload = Reload::new(global, &self.listen, resolved, control.clone());
        let signals = Signals::listen_and(move || stopped.stop(), move || reload.read_again())?;
        let registry = Registry::new();
        let mut telemetry = Telemetry::new(&registry).map_err(anyhow::Error::from)?;
        let library = &settings.library;
        fs::create_dir_all(library).with_context(|| format!("can't make the library {}", library.display()))?;
        thread::scope(|scope| {
            let watching = scope.spawn(|| {
                // However the watch ends, by a panic too, the origin must not go on alone.
                let _stop = StopAtEnd(&control);
                let mut report = Report::new(global, output, signals.cancel());
                let watched = pipeline::watch(&settings, signals.cancel(), &mut |event| {
                    telemetry.count(&event);
                    report.event(&event, Instant::now());
                });
                watched.map_err(Failure::from).and_then(|_| Ok(report.end()?))
            });
            let served = origin::serve(&settings, &control, &registry, Mounts::none(), |at| {
                tell_ready(output, &settings.library, &at);
            });
            signals.cancel().cancel();
            watching.join().map_err(|_| Failure::from(anyhow!("the watching thread broke down")))??;
            Ok(served?)
        })
        .map(|()| signals.exit().unwrap_or(Exit::Done))
    }
}

/// Stops the origin when it goes.
struct StopAtEnd<'a>(&'a Control);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}
