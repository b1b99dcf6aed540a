//! The log, on standard error.

use std::io::{self, IsTerminal, Write};

use indicatif::MultiProgress;
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use crate::args::Global;

/// Starts logging at the level that the flags ask for.
pub(crate) fn start(global: &Global, bars: &MultiProgress) {
    tracing_subscriber::fmt()
        // The second reader of init segments complains of every box that it does not know, and the matcher of globs tells
        // of each set that it builds.
        .with_env_filter(format!("{},mp4=error,globset=warn", level(global)))
        .with_ansi(io::stderr().is_terminal())
        .with_target(global.verbose > 0)
        .with_writer(AboveBars(bars.clone()))
        .init();
}

const fn level(global: &Global) -> Level {
    match (global.quiet, global.verbose) {
        (true, _) => Level::ERROR,
        (false, 0) => Level::INFO,
        (false, 1) => Level::DEBUG,
        (false, _) => Level::TRACE,
    }
}

/// Standard error, with progress bars out of the way while a line is written.
struct AboveBars(MultiProgress);

impl<'a> MakeWriter<'a> for AboveBars {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &AboveBars {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().lock().write_all(line)).map(|()| line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
