//! SIGINT and SIGTERM: the first asks for a tidy end, the second ends at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals as Listener;
use signal_hook::low_level;

use crate::exit::Exit;

/// Which signal asked for the end.
pub(crate) struct Signals(Arc<AtomicU8>);

impl Signals {
    /// Starts to listen; the first signal calls `stop`. Until a command does so, a signal simply ends the program.
    pub(crate) fn listen(stop: impl Fn() + Send + 'static) -> io::Result<Self> {
        let mut listener = Listener::new([SIGINT, SIGTERM])?;
        let received = Arc::new(AtomicU8::new(0));
        let signals = Self(Arc::clone(&received));
        thread::Builder::new().name("signals".into()).spawn(move || {
            for number in listener.forever().filter_map(|signal| u8::try_from(signal).ok()) {
                if received.swap(number, Ordering::AcqRel) != 0 {
                    low_level::exit(Exit::Signal(number).status().into());
                }
                stop();
            }
        })?;
        Ok(signals)
    }

    /// The exit status that a signal asks for; `None` when there was none.
    pub(crate) fn exit(&self) -> Option<Exit> {
        Some(self.0.load(Ordering::Acquire)).filter(|signal| *signal != 0).map(Exit::Signal)
    }
}
