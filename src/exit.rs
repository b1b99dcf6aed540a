//! How the program ends: every exit status, and which error has which.

use std::io;
use std::process::ExitCode;

use config::access::AccessError;
use config::settings::SettingsError;
use packager::library::LibraryError;
use packager::pipeline;
use tools::ToolError;

/// Number of the signal that a closed pipe sends.
pub(crate) const SIGPIPE: u8 = 13;

/// The exit statuses, as the contract fixes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, also when there was nothing to do.
    Done,
    /// At least one title failed, a check found a failure, or something else went wrong.
    Failed,
    /// Wrong use or settings.
    Usage,
    /// Another `pack` holds the library.
    LibraryHeld,
    /// ffmpeg or ffprobe is missing or too old.
    NoFfmpeg,
    /// Ended by this signal, after tidying up.
    Signal(u8),
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::LibraryHeld => 3,
            Self::NoFfmpeg => 4,
            Self::Signal(signal) => 128u8.saturating_add(signal),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.status().into()
    }
}

/// An error that ends the program, and the status that it ends with.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The status.
    pub(crate) exit: Exit,
    /// What went wrong.
    pub(crate) error: anyhow::Error,
}

impl Failure {
    /// Wrong use.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Usage, error: error.into() }
    }

    /// Whether the reader of standard output went away.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let root = self.error.root_cause().downcast_ref::<io::Error>();
        root.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { exit: Exit::Failed, error }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self { exit: Exit::Failed, error: error.into() }
    }
}

impl From<packager::library::LedgerError> for Failure {
    fn from(error: packager::library::LedgerError) -> Self {
        LibraryError::from(error).into()
    }
}

impl From<LibraryError> for Failure {
    fn from(error: LibraryError) -> Self {
        let exit = if matches!(error, LibraryError::Busy(_)) { Exit::LibraryHeld } else { Exit::Failed };
        Self { exit, error: error.into() }
    }
}

impl From<ToolError> for Failure {
    fn from(error: ToolError) -> Self {
        let exit = if matches!(error, ToolError::Unconfined { .. }) { Exit::Usage } else { Exit::NoFfmpeg };
        Self { exit, error: error.into() }
    }
}

impl From<pipeline::Error> for Failure {
    fn from(error: pipeline::Error) -> Self {
        match error {
            pipeline::Error::Tools(error) => error.into(),
            pipeline::Error::Library(error) => error.into(),
            error @ pipeline::Error::NoIngest { .. } => Self::usage(error),
        }
    }
}

impl From<pipeline::TitleError> for Failure {
    fn from(error: pipeline::TitleError) -> Self {
        Self { exit: Exit::Failed, error: error.into() }
    }
}

impl From<origin::Error> for Failure {
    fn from(error: origin::Error) -> Self {
        use origin::Error::{Access, Listen, Log, Setting, Spans, Stray, Tls};
        let wrong_use =
            matches!(error, Setting { .. } | Access(_) | Listen { .. } | Log { .. } | Spans(_) | Stray(_) | Tls(_));
        Self { exit: if wrong_use { Exit::Usage } else { Exit::Failed }, error: error.into() }
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        Self { exit: Exit::Failed, error: error.into() }
    }
}

impl From<origin::access::SetupError> for Failure {
    fn from(error: origin::access::SetupError) -> Self {
        origin::Error::from(error).into()
    }
}

impl From<hooks::SecretError> for Failure {
    fn from(error: hooks::SecretError) -> Self {
        Self::usage(error)
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::usage(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_those_of_the_contract() {
        let exits = [
            (Exit::Done, 0),
            (Exit::Failed, 1),
            (Exit::Usage, 2),
            (Exit::LibraryHeld, 3),
            (Exit::NoFfmpeg, 4),
            (Exit::Signal(2), 130),
            (Exit::Signal(15), 143),
        ];
        for (exit, status) in exits {
            assert_eq!(exit.status(), status, "{exit:?}");
        }
    }

    #[test]
    fn wrong_settings_are_wrong_use() {
        let error = config::settings::Layer::file("pack.toml".as_ref(), "x = 1").unwrap_err();
        assert_eq!(Failure::from(error).exit, Exit::Usage);
    }
}
