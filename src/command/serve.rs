//! `pack serve`.

use std::path::Path;

use clap::Args;
use config::origin::Address;
use config::settings::Settings;
use origin::{Addresses, Mounts};
use prometheus::Registry;
use serde_json::json;

use crate::args::{Global, Start};
use crate::command::existing_library;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::service;
use crate::service::reload::Reload;
use crate::service::signals::Signals;
use crate::settings;

/// Serve the library over HTTP, with metrics on the admin address, until stopped
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    start: Start,
}

impl Serve {
    /// Serves.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let resolved = settings::resolve(global, &self.start.listen)?;
        let settings = resolved.settings.clone();
        existing_library(global)?;
        let control = self.start.control();
        let stopped = control.clone();
        let reloaded = control.clone();
        let apply = move |settings: Settings| reloaded.reload(settings.origin);
        let mut reload = Reload::new(global, &self.start.listen, resolved, apply);
        let stop = move || {
            service::stopping();
            stopped.stop();
        };
        let signals = Signals::listen_and(stop, move || reload.read_again())?;
        let turning = control.clone();
        service::watch_over(move || turning.turns());
        origin::serve(&settings, &control, &Registry::new(), Mounts::none(), |at| {
            tell_ready(output, &settings.library.path, &at);
        })?;
        Ok(signals.exit().unwrap_or(Exit::Done))
    }
}

/// Says where the origin is, once it is there.
pub(crate) fn tell_ready(output: &Output, library: &Path, at: &Addresses) {
    let url = |scheme: &str, address: &Address| match address {
        Address::Ip(address) => format!("{scheme}://{address}/"),
        Address::Unix(_) => address.to_string(),
    };
    let plain = at.public.iter().map(|address| url("http", address));
    let urls: Vec<String> = plain.chain(at.tls.iter().map(|address| url("https", address))).collect();
    let (admin, library) = (at.admin, library.display());
    service::ready(&format!("serving {library} at {}", urls.join(", ")));
    output.message(&format!("serving {library} at {} (metrics at http://{admin}/metrics)", urls.join(", ")));
    if output.is_json() {
        let first = at.public.iter().chain(&at.tls).next().map(Address::to_string);
        let event = json!({ "event": "serving", "listen": first, "urls": urls, "admin": admin.to_string() });
        // Whoever does not read it is served all the same.
        let _ = output.json(&event);
    }
}
