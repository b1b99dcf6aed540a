//! SIGHUP: the settings are read again, and what can change while the program goes on does.

use config::settings::{Resolved, Settings, changed, needs_restart};

use crate::args::{Global, Listen};
use crate::{service, settings};

/// Reads the settings of one command line again and again.
pub(crate) struct Reload {
    global: Global,
    listen: Listen,
    /// As the program was started with.
    started: Resolved,
    /// As they were last read.
    last: Resolved,
    apply: Box<dyn FnMut(Settings) + Send>,
}

impl Reload {
    /// For a program that was started with `settings`; new ones are given to `apply`.
    pub(crate) fn new(
        global: &Global,
        listen: &Listen,
        settings: Resolved,
        apply: impl FnMut(Settings) + Send + 'static,
    ) -> Self {
        let (global, listen) = (global.clone(), listen.clone());
        Self { global, listen, last: settings.clone(), started: settings, apply: Box::new(apply) }
    }

    /// Reads them. What is wrong with them is said in the log, and then nothing changes.
    pub(crate) fn read_again(&mut self) {
        service::reloading();
        self.read();
        service::reloaded();
    }

    fn read(&mut self) {
        let resolved = match settings::resolve(&self.global, &self.listen) {
            Ok(resolved) => resolved,
            Err(failure) => {
                tracing::error!("the settings are wrong, so the old ones stay: {:#}", failure.error);
                return;
            }
        };
        let changes: Vec<&str> = changed(&self.last, &resolved).filter(|key| !needs_restart(key)).collect();
        match &changes[..] {
            [] => tracing::info!("settings read again, none has changed; certificates and keys are read again too"),
            changes => tracing::info!("settings read again, changed: {}", changes.join(", ")),
        }
        let later: Vec<&str> = changed(&self.started, &resolved).filter(|key| needs_restart(key)).collect();
        if !later.is_empty() {
            tracing::warn!("changed, but needing a restart: {}", later.join(", "));
        }
        (self.apply)(resolved.settings.clone());
        self.last = resolved;
    }
}
