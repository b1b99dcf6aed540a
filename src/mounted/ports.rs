//! The studio's packager and signer: the ledger of the library, and its keys.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use config::access::{self, AccessError};
use config::settings::Settings;
use config::tree::{TITLE_JSON, TitleName};
use hooks::Hooks;
use origin::access::Signer;
use packager::event::Event;
use packager::ingest;
use packager::library::{Entry, Library, LibraryError, State, Waiting};
use packager::still::{self, StillError};
use studio::model::{Micros, TitleState};
use studio::ports::{Packager, Packaging, PortError, Report, Signer as SignerPort};
use tools::cancel::Cancel;
use tools::process::Bounds;
use tools::sandbox::Sandbox;

use super::reason;
use crate::exit::Failure;
use crate::hooks::tell;

/// The packager of a library, whichever process it runs in: what it notes and what is wished of it lie in the ledger.
#[derive(Debug)]
pub(super) struct OfLibrary {
    library: Library,
    settings: Settings,
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
        Ok(Self { library, settings: settings.clone(), hooks })
    }
}

impl Packager for OfLibrary {
    fn news(&self) -> Result<i64, PortError> {
        self.library.news().map_err(told)
    }

    fn titles(&self) -> Result<Vec<Packaging>, PortError> {
        let entries = self.library.entries().map_err(told)?;
        let titles = entries.into_iter().map(|(title, entry)| {
            // Only of the few that are not published now, it has to be asked.
            let is_there = entry.state == State::Published || self.library.current(&title).is_ok();
            packaging(title, &entry, is_there, &self.settings.ingest.path)
        });
        Ok(titles.collect())
    }

    fn takes(&self, ending: &str) -> bool {
        ingest::is_recording(ending)
    }

    fn language(&self, tag: &str) -> Option<String> {
        ingest::language_of(tag)
    }

    fn sidecars(&self, source: &Path) -> Vec<PathBuf> {
        ingest::Sidecars::of(source).paths().collect()
    }

    fn retry(&self, title: &TitleName) -> Result<(), PortError> {
        self.library.retry(title, None).map_err(told)
    }

    fn still(&self, title: &TitleName, at: i64) -> Result<Option<Vec<u8>>, PortError> {
        let folder = self.settings.library.path.join(title.as_str());
        let described = match fs::read(folder.join(TITLE_JSON)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            described => described.map_err(told)?,
        };
        let described = serde_json::from_slice(&described).map_err(told)?;
        let cancel = Cancel::default();
        let ffmpeg = tools::ffmpeg(&self.settings, &cancel).map_err(told)?.path;
        let sandbox = Sandbox::new(&self.settings, &[&ffmpeg]);
        let bounds = Bounds::new(cancel, tools::stall(&self.settings), sandbox);
        match still::take(&ffmpeg, &bounds, &folder, &described, at.saturating_mul(1000)) {
            Err(StillError::NoPicture) => Ok(None),
            taken => taken.map(Some).map_err(told),
        }
    }

    fn report(&self, title: &TitleName) -> Result<Option<Report>, PortError> {
        let kept = self.library.proof(title).map_err(told)?;
        kept.map(|kept| serde_json::from_slice(&kept).map_err(told)).transpose()
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

/// A title as the studio knows it. `is_there`: a revision of it is published.
fn packaging(title: TitleName, entry: &Entry, is_there: bool, ingest: &Path) -> Packaging {
    let since = i64::try_from(entry.since).unwrap_or(i64::MAX);
    let source = (!entry.source.is_empty()).then(|| ingest.join(&entry.source));
    let (state, reason) = state(&entry.state, source.as_deref());
    Packaging {
        title,
        state,
        progress: match entry.state {
            State::Encoding { done, total } => Some((done, total)),
            _ => None,
        },
        reason,
        published: is_there.then(|| Micros(0).plus_seconds(since)),
        source,
        is_out: matches!(entry.state, State::Removed | State::Gone),
    }
}

/// A state, and its reason.
fn state(state: &State, source: Option<&Path>) -> (TitleState, String) {
    match state {
        State::Waiting { why: Waiting::Growing } => (TitleState::Waiting, "its file may still be being written".into()),
        State::Waiting { why: Waiting::Room(_) } => {
            (TitleState::Waiting, "the disk here has no room for it now".into())
        }
        State::Queued => (TitleState::Waiting, String::new()),
        State::Probing => (TitleState::Probing, String::new()),
        State::Encoding { .. } => (TitleState::Encoding, String::new()),
        State::Proving => (TitleState::Proving, String::new()),
        State::Published => (TitleState::Published, String::new()),
        State::Failed { cause, errors, again } => (TitleState::Failed, reason::of(*cause, errors, *again, source)),
        State::Removed => {
            (TitleState::Failed, "an operator took it out of the library; ask them, or upload it again".into())
        }
        State::Gone => (TitleState::Failed, "its file went away before it was published; upload it again".into()),
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
            packaging(TitleName::parse("a").unwrap(), &entry, false, Path::new("/in"))
        };
        let encoding = of(State::Encoding { done: 3, total: 9 });
        assert_eq!((encoding.state, encoding.progress), (TitleState::Encoding, Some((3, 9))));
        assert_eq!(encoding.source.as_deref(), Some(Path::new("/in/a.mp4")));
        let errors = vec!["/in/a.mp4: the file is empty; copy it again once it is complete".into()];
        let failed = of(State::Failed { cause: Cause::Source, errors, again: None });
        assert_eq!((failed.state, failed.is_out), (TitleState::Failed, false));
        assert_eq!(failed.reason, "the file is empty; copy it again once it is complete");
        let removed = of(State::Removed);
        assert_eq!((removed.state, removed.is_out), (TitleState::Failed, true));
        assert_eq!(of(State::Queued).state, TitleState::Waiting);
    }
}
