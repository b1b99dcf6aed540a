//! SIGINT and SIGTERM: the first asks for a tidy end, the second ends at once. SIGHUP: settings are read again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals as Listener;
use signal_hook::low_level;
use tools::cancel::Cancel;

use crate::exit::Exit;

/// Which signal asked for the end.
pub(crate) struct Signals {
    received: Arc<AtomicU8>,
    cancel: Cancel,
}

impl Signals {
    /// Starts to listen. Until a command does so, a signal simply ends the program.
    pub(crate) fn listen() -> io::Result<Self> {
        Self::start([SIGINT, SIGTERM].as_slice(), || {}, || {})
    }

    /// The same; the first signal also calls `stop`, and each SIGHUP `reload`.
    pub(crate) fn listen_and(
        stop: impl Fn() + Send + 'static,
        reload: impl FnMut() + Send + 'static,
    ) -> io::Result<Self> {
        Self::start([SIGINT, SIGTERM, SIGHUP].as_slice(), stop, reload)
    }

    fn start(
        numbers: &[i32],
        stop: impl Fn() + Send + 'static,
        mut reload: impl FnMut() + Send + 'static,
    ) -> io::Result<Self> {
        let signals = Self { received: Arc::default(), cancel: Cancel::default() };
        let mut listener = Listener::new(numbers)?;
        let (received, cancel) = (Arc::clone(&signals.received), signals.cancel.clone());
        thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in listener.forever() {
                if signal == SIGHUP {
                    reload();
                    continue;
                }
                let Ok(number) = u8::try_from(signal) else { continue };
                if received.swap(number, Ordering::AcqRel) != 0 {
                    low_level::exit(Exit::Signal(number).status().into());
                }
                cancel.cancel();
                stop();
            }
        })?;
        Ok(signals)
    }

    /// What the first signal stops.
    pub(crate) const fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// The exit status that the first signal asks for; `None` when there was none.
    pub(crate) fn exit(&self) -> Option<Exit> {
        Some(self.received.load(Ordering::Acquire)).filter(|signal| *signal != 0).map(Exit::Signal)
    }
}
