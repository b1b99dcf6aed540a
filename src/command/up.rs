//! `pack up`.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use clap::Args;
use config::settings::Settings;
use hooks::Hooks;
use origin::{Control, Mounts};
use packager::event::Event;
use packager::library::LibraryError;
use packager::{pipeline, queue};
use prometheus::Registry;
use tools::ToolError;
use tools::cancel::Cancel;

use super::serve::tell_ready;
use crate::args::{Global, Start};
use crate::exit::{Exit, Failure};
use crate::hooks::tell;
use crate::mounted::studio::House;
use crate::output::Output;
use crate::report::Report;
use crate::service::reload::Reload;
use crate::service::signals::Signals;
use crate::service::status::Status;
use crate::telemetry::Telemetry;
use crate::{service, settings};

/// How often a library is tried that another pack holds.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Watch and serve in one process: the whole system on one machine
#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    start: Start,
}

impl Up {
    /// Does both until stopped; where one of them ends, so does the other.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let resolved = settings::resolve(global, &self.start.listen)?;
        let settings = resolved.settings.clone();
        let control = self.start.control();
        let stopped = control.clone();
        let packager = packager::Control::default();
        let (origin_renewed, packager_renewed) = (control.clone(), packager.clone());
        let apply = move |settings: Settings| {
            origin_renewed.reload(settings.origin.clone());
            packager_renewed.reload(settings);
        };
        let mut reload = Reload::new(global, &self.start.listen, resolved, apply);
        let stop = move || {
            service::stopping();
            stopped.stop();
        };
        let signals = Signals::listen_and(stop, move || reload.read_again())?;
        let (serving, packaging) = (control.clone(), packager.clone());
        service::watch_over(move || serving.turns().into_iter().chain([packaging.turns()]).collect());
        let registry = Registry::new();
        let mut telemetry = Telemetry::new(&registry).map_err(anyhow::Error::from)?;
        queue::find_ingest(&settings)?;
        let library = &settings.library.path;
        fs::create_dir_all(library).with_context(|| format!("can't make the library {}", library.display()))?;
        let hooks = Hooks::start(&settings.hooks, library)?;
        let house = settings.studio.enabled.then(|| House::open(&settings, &registry)).transpose()?;
        let mounts = house.as_ref().map_or_else(|| Ok(Mounts::none()), House::mounts)?;
        thread::scope(|scope| {
            let watching = scope.spawn(|| {
                // However the watch ends, by a panic too, the origin must not go on alone.
                let _stop = StopAtEnd(&control);
                let mut report = Report::new(global, output, signals.cancel());
                let mut status = Status::default();
                let watched = self.watch(&settings, &packager, signals.cancel(), &mut |event| {
                    tell(&hooks, &event);
                    house.iter().for_each(|house| house.hear(&event));
                    status.event(&event);
                    telemetry.count(&event);
                    report.event(&event, Instant::now());
                });
                watched.and_then(|()| Ok(report.end()?))
            });
            let served = origin::serve(&settings, &control, &registry, mounts, |at| {
                tell_ready(output, &settings.library.path, &at);
                if let Some(house) = &house {
                    house.tell(output, &at);
                }
            });
            signals.cancel().cancel();
            signals.insist();
            watching.join().map_err(|_| Failure::from(anyhow!("the watching thread broke down")))??;
            Ok(served?)
        })
        .map(|()| signals.exit().unwrap_or(Exit::Done))
    }

    /// Watches until stopped. The pack that this one replaces holds the library until its last request has ended.
    fn watch(
        &self,
        settings: &Settings,
        control: &packager::Control,
        cancel: &Cancel,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(), Failure> {
        while !cancel.is_cancelled() {
            match queue::watch(settings, control, cancel, tell) {
                Err(pipeline::Error::Library(LibraryError::Busy(_))) if self.start.replace => {
                    control.beat();
                    thread::sleep(LOOK_AGAIN);
                }
                // What stopped it says why.
                Err(pipeline::Error::Tools(ToolError::Stopped)) => return Ok(()),
                ended => return Ok(ended.map(drop)?),
            }
        }
        Ok(())
    }
}

/// Stops the origin when it goes.
struct StopAtEnd<'a>(&'a Control);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}
