//! The studio's packager and signer: the ledger of the library, and its keys.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use config::access::{self, AccessError};
use config::settings::Settings;
use config::tree::TitleName;
use hooks::Hooks;
use origin::access::Signer;
use packager::event::Event;
use packager::ingest;
use packager::library::{Entry, Library, LibraryError, Outcome, State, Waiting};
use studio::model::{Micros, TitleState};
use studio::ports::{Packager, Packaging, PortError, Signer as SignerPort};

use crate::exit::Failure;
use crate::hooks::tell;

/// The packager of a library, whichever process it runs in: what it notes and what is wished of it lie in the ledger.
#[derive(Debug)]
pub(super) struct OfLibrary {
    library: Library,
    ingest: PathBuf,
    hooks: Hooks,
}

/// Signs with the keys of the settings or of the library.
#[derive(Debug)]
pub(super) struct Keys {
    signer: Signer,
    library: PathBuf,
}

impl OfLibrary {
    /// The packager of the library of `settings`.
    pub(super) fn open(settings: &Settings) -> Result<Self, Failure> {
        let library = Library::open(&settings.library.path)?;
        let hooks = Hooks::start(&settings.hooks, &settings.library.path)?;
        Ok(Self { library, ingest: settings.ingest.path.clone(), hooks })
    }
}

impl Packager for OfLibrary {
    fn news(&self) -> Result<i64, PortError> {
        self.library.news().map_err(told)
    }

    fn titles(&self) -> Result<Vec<Packaging>, PortError> {
        let entries = self.library.entries().map_err(told)?;
        Ok(entries.into_iter().map(|(title, entry)| packaging(title, &entry, &self.ingest)).collect())
    }

    fn takes(&self, ending: &str) -> bool {
        ingest::is_recording(ending)
    }

    fn retry(&self, title: &TitleName) -> Result<(), PortError> {
        self.library.retry(title, None).map_err(told)
    }

    fn remove(&self, title: &TitleName) -> Result<(), PortError> {
        let removed = match self.library.remove(title) {
            Err(LibraryError::NoTitle { .. }) => return Ok(()),
            removed => removed.map_err(told)?,
        };
        tell(&self.hooks, &Event::Removed(removed.clone()));
        self.library.removal_is_told(&removed).map_err(told)
    }
}

impl Keys {
    /// The keys of `settings`.
    pub(super) fn open(settings: &Settings) -> Result<Self, anyhow::Error> {
        let library = settings.library.path.clone();
        Ok(Self { signer: Signer::open(&settings.origin, &library)?, library })
    }
}

impl SignerPort for Keys {
    fn sign(&self, title: &TitleName, expires: u64) -> Result<String, AccessError> {
        let epoch = access::record(&self.library, title)?.map_or(0, |record| record.epoch);
        // There is always a key: the library's own.
        Ok(self.signer.sign(title, epoch, expires).unwrap_or_default())
    }
}

/// The current time.
pub(super) fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A title as the studio knows it.
fn packaging(title: TitleName, entry: &Entry, ingest: &Path) -> Packaging {
    let is_published = entry.last.as_ref().is_some_and(|last| matches!(last.outcome, Outcome::Published(_)));
    let since = i64::try_from(entry.since).unwrap_or(i64::MAX);
    Packaging {
        title,
        state: state(&entry.state),
        progress: match entry.state {
            State::Encoding { done, total } => Some((done, total)),
            _ => None,
        },
        reason: reason(&entry.state),
        published: is_published.then(|| Micros(0).plus_seconds(since)),
        source: (!entry.source.is_empty()).then(|| ingest.join(&entry.source)),
        is_out: matches!(entry.state, State::Removed | State::Gone),
    }
}

const fn state(state: &State) -> TitleState {
    match state {
        State::Waiting { .. } | State::Queued => TitleState::Waiting,
        State::Probing => TitleState::Probing,
        State::Encoding { .. } => TitleState::Encoding,
        State::Proving => TitleState::Proving,
        State::Published => TitleState::Published,
        State::Failed { .. } | State::Removed | State::Gone => TitleState::Failed,
    }
}

fn reason(state: &State) -> String {
    match state {
        State::Waiting { why: Waiting::Growing } => "its source may still be being written".into(),
        State::Waiting { why: Waiting::Room(why) } => why.clone(),
        State::Failed { errors, .. } => errors.join(": "),
        State::Removed => "an operator took it out".into(),
        State::Gone => "its source went away before it was published".into(),
        _ => String::new(),
    }
}

fn told(error: impl std::error::Error) -> PortError {
    PortError(error.to_string())
}

#[cfg(test)]
mod tests {
    use packager::event::Cause;

    use super::*;

    #[test]
    fn states_of_the_ledger_become_states_of_the_studio() {
        let of = |state: State| {
            let entry = Entry { source: "a.mp4".into(), state, since: 7, ..Entry::default() };
            packaging(TitleName::parse("a").unwrap(), &entry, Path::new("/in"))
        };
        let encoding = of(State::Encoding { done: 3, total: 9 });
        assert_eq!((encoding.state, encoding.progress), (TitleState::Encoding, Some((3, 9))));
        assert_eq!(encoding.source.as_deref(), Some(Path::new("/in/a.mp4")));
        let errors = vec!["can't read it".into(), "no such track".into()];
        let failed = of(State::Failed { cause: Cause::Source, errors, again: None });
        assert_eq!((failed.state, failed.reason.as_str()), (TitleState::Failed, "can't read it: no such track"));
        assert!(of(State::Removed).is_out && !failed.is_out);
        assert_eq!(of(State::Queued).state, TitleState::Waiting);
    }
}
