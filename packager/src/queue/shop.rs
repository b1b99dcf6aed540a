//! All that titles are made with.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use after::After;
use config::settings::{Confine, Settings};
use config::tree::TitleName;

use crate::event::error_chain;
use crate::library::Library;
use crate::pipeline::{Error, Pool};
use tools::Tools;
use tools::cancel::Cancel;
use tools::sandbox;

/// All that titles are made with.
pub(super) struct Shop<'a> {
    settings: RwLock<Arc<Settings>>,
    /// As they were at the start.
    pub(super) tools: Tools,
    /// Ends before the library is let go of.
    pub(super) after: After,
    pub(super) library: Library,
    pub(super) pool: Pool,
    pub(super) cancel: &'a Cancel,
}

/// Jobs for each title that is made at the same time: some are being probed or published meanwhile.
const JOBS_A_TITLE: usize = 4;

impl<'a> Shop<'a> {
    pub(super) fn open(settings: &Settings, cancel: &'a Cancel) -> Result<Self, Error> {
        let tools = tools::find(settings, cancel)?;
        let lacks = sandbox::missing();
        if settings.sandbox.confine == Confine::Offered && !lacks.is_empty() {
            tracing::warn!(
                "ffmpeg runs without all of its sandbox: this system does not offer {}",
                lacks.join(" and ")
            );
        }
        let version = &tools.ffmpeg.version;
        for hole in tools::holes(version) {
            tracing::warn!(
                "ffmpeg {version} may have the hole {} ({}), mended in {}; distributions mend it without another version",
                hole.cve,
                hole.what,
                hole.mended()
            );
        }
        let library = Library::hold(&settings.library.path)?;
        let pool = Pool::new(settings.encode.jobs, settings.encode.memory);
        let stopped = cancel.clone();
        let root = settings.library.path.clone();
        let after = After::start(settings, move || stopped.is_cancelled(), move |below, to| moved(&root, below, to));
        let settings = RwLock::new(Arc::new(settings.clone()));
        Ok(Self { settings, tools, after, library, pool, cancel })
    }

    /// The settings as they are now.
    pub(super) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Has the next title made by these.
    pub(super) fn renew(&self, settings: Arc<Settings>) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// The tools as they are now: a watch that lasts for months outlives an upgrade of ffmpeg, and results are keyed by
    /// their versions. While they can't be found, as in the middle of an upgrade, they are what they were.
    pub(super) fn tools_now(&self) -> Tools {
        tools::find(&self.settings(), self.cancel).unwrap_or_else(|error| {
            tracing::warn!("{}", error_chain(&error).join(": "));
            self.tools.clone()
        })
    }

    /// Titles that are made at the same time.
    pub(super) fn places(&self) -> usize {
        if self.pool.most == 1 { 1 } else { (self.pool.most / JOBS_A_TITLE).max(2) }
    }
}

/// Notes that a source was taken out of the ingest folder: whoever looks for it is to find it.
fn moved(library: &Path, below: &Path, to: &Path) {
    let Some((title, source)) = below.to_str().and_then(|name| Some((TitleName::from_source_path(name).ok()?, name)))
    else {
        return;
    };
    let library = Library::open(library);
    let noted = library.and_then(|library| Ok(library.source_moved(&title, source, to)?));
    if let Err(error) = noted {
        tracing::warn!("{error}");
    }
}
