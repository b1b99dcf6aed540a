//! Commands to a running origin.

use std::sync::Arc;

use config::origin::Origin;
use tokio::sync::watch;

use super::pulse::Pulse;
use super::worker::stopped;

/// Tells a running origin to end, or to change; clones tell the same one.
#[derive(Debug, Clone)]
pub struct Control {
    pub(super) drain: watch::Sender<bool>,
    pub(super) settings: watch::Sender<Option<Arc<Origin>>>,
    pub(super) replaces: bool,
    pub(super) pulse: Pulse,
}

impl Control {
    /// A control for one call of [`serve`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            drain: watch::Sender::new(false),
            settings: watch::Sender::new(None),
            replaces: false,
            pulse: Pulse::default(),
        }
    }

    /// A control for an origin that takes the place of the one that has its admin address, if there is one: it gets that
    /// one's sockets, and has it end once it serves itself.
    #[must_use]
    pub fn replacing() -> Self {
        Self { replaces: true, ..Self::new() }
    }

    /// Begins the drain: not ready any more, no new connections, requests under way may end.
    pub fn stop(&self) {
        self.drain.send_replace(true);
    }

    /// How often the loop of each thread that serves has gone round. One that stands still serves nobody.
    #[must_use]
    pub fn turns(&self) -> Vec<u64> {
        self.pulse.beats()
    }

    /// Resolves when the drain begins: mounts then end the streams that would go on for ever.
    pub fn draining(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut drain = self.drain.subscribe();
        async move { stopped(&mut drain).await }
    }

    /// Treats new connections and requests as `settings` say, and reads certificates again. Addresses stay. If anything
    /// can't be used, it is logged and nothing changes.
    pub fn reload(&self, settings: Origin) {
        self.settings.send_replace(Some(Arc::new(settings)));
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}
