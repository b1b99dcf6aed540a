//! SIGINT and SIGTERM: the first asks for a tidy end, the second ends at once. SIGHUP: settings are read again.

use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals as Listener;
use signal_hook::low_level;
use tools::cancel::Cancel;

use crate::exit::Exit;
use crate::service;

/// The longest that a tidy end may take. Threads can hang where no signal reaches them: in a read from a server that is
/// gone, in opening a pipe. What is finished is on the disk by then, so that they may be left where they are.
const TIDY: Duration = Duration::from_secs(8);

/// Which signal asked for the end.
pub(crate) struct Signals {
    received: Arc<AtomicU8>,
    /// When it came.
    since: Arc<OnceLock<Instant>>,
    cancel: Cancel,
}

impl Signals {
    /// Starts to listen. Until a command does so, a signal simply ends the program.
    pub(crate) fn listen() -> io::Result<Self> {
        Self::start(&[SIGINT, SIGTERM], insist, || {})
    }

    /// The same; each SIGHUP calls `reload`, and ends nothing.
    pub(crate) fn listen_reloading(reload: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let stop = |since, exit| {
            service::stopping();
            insist(since, exit);
        };
        Self::start(&[SIGINT, SIGTERM, SIGHUP], stop, reload)
    }

    /// The same for what takes its own time to end, as `stop` tells it to: see [`Self::insist`].
    pub(crate) fn listen_and(
        stop: impl Fn() + Send + 'static,
        reload: impl FnMut() + Send + 'static,
    ) -> io::Result<Self> {
        Self::start(&[SIGINT, SIGTERM, SIGHUP], move |_, _| stop(), reload)
    }

    fn start(
        numbers: &[i32],
        stop: impl Fn(Instant, Exit) + Send + 'static,
        mut reload: impl FnMut() + Send + 'static,
    ) -> io::Result<Self> {
        let signals = Self { received: Arc::default(), since: Arc::default(), cancel: Cancel::default() };
        let mut listener = Listener::new(numbers)?;
        let (received, since) = (Arc::clone(&signals.received), Arc::clone(&signals.since));
        let cancel = signals.cancel.clone();
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
                let now = *since.get_or_init(Instant::now);
                cancel.cancel();
                stop(now, Exit::Signal(number));
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

    /// Ends the program once what is to stop had its time for a tidy end, counted from the signal, if there was one.
    pub(crate) fn insist(&self) {
        insist(*self.since.get_or_init(Instant::now), self.exit().unwrap_or(Exit::Failed));
    }
}

/// Ends the program with `exit` when it has not ended [`TIDY`] after `since`.
fn insist(since: Instant, exit: Exit) {
    thread::spawn(move || {
        thread::sleep(TIDY.saturating_sub(since.elapsed()));
        tracing::warn!("something hangs, and is not waited for; what is finished is kept");
        low_level::exit(exit.status().into());
    });
}
