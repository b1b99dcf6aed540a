//! `pack serve`.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use origin::{Addresses, Control};
use prometheus::Registry;
use serde_json::json;

use crate::args::{Global, Listen};
use crate::command::existing_library;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings;
use crate::signals::Signals;

/// Serve the library over HTTP, with metrics on the admin address, until stopped
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    listen: Listen,
}

impl Serve {
    /// Serves.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let settings = settings::resolve(global, &self.listen)?.settings;
        existing_library(global)?;
        let control = Arc::new(Control::new());
        let stopped = Arc::clone(&control);
        let signals = Signals::listen_and(move || stopped.stop())?;
        origin::serve(&settings, &control, &Registry::new(), |at| tell_ready(output, &settings.library, &at))?;
        Ok(signals.exit().unwrap_or(Exit::Done))
    }
}

/// Says where the origin is, once it is there.
pub(crate) fn tell_ready(output: &Output, library: &Path, at: &Addresses) {
    let (public, admin) = (at.public, at.admin);
    output.message(&format!("serving {} at http://{public}/ (metrics at http://{admin}/metrics)", library.display()));
    if output.is_json() {
        let event = json!({ "event": "serving", "listen": public.to_string(), "admin": admin.to_string() });
        // Whoever does not read it is served all the same.
        let _ = output.json(&event);
    }
}
