//! `pack studio`.

use clap::Args;
use config::settings::Settings;
use prometheus::Registry;

use crate::args::{Global, Start};
use crate::command::existing_library;
use crate::command::serve::tell_ready;
use crate::exit::{Exit, Failure};
use crate::mounted::studio::House;
use crate::output::Output;
use crate::service::reload::Reload;
use crate::service::signals::Signals;
use crate::{service, settings};

/// Serve the library and the studio, the web application for people with accounts, until stopped
#[derive(Debug, Args)]
pub(crate) struct Studio {
    #[command(flatten)]
    start: Start,
}

impl Studio {
    /// Serves.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let resolved = settings::resolve(global, &self.start.listen)?;
        let settings = resolved.settings.clone();
        existing_library(global)?;
        let control = self.start.control();
        let (stopped, reloaded) = (control.clone(), control.clone());
        let apply = move |settings: Settings| reloaded.reload(settings.origin);
        let mut reload = Reload::new(global, &self.start.listen, resolved, apply);
        let stop = move || {
            service::stopping();
            stopped.stop();
        };
        let signals = Signals::listen_and(stop, move || reload.read_again())?;
        let registry = Registry::new();
        let house = House::open(&settings, &registry)?;
        let turning = control.clone();
        service::watch_over(move || turning.turns());
        origin::serve(&settings, &control, &registry, house.mounts()?, |at| {
            tell_ready(output, &settings.library.path, &at);
            house.tell(output, &at);
        })?;
        Ok(signals.exit().unwrap_or(Exit::Done))
    }
}
