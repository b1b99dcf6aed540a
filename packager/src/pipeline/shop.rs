//! Making titles: what all of them share, and those who make one after the other.

use std::sync::Mutex;
use std::sync::mpsc::Sender;

use after::After;
use config::settings::{Confine, Settings};

use super::error::{Error, TitleError};
use super::pool::Pool;
use super::title::{Done, Work};
use crate::event::{Event, error_chain};
use crate::ingest::Source;
use crate::library::Library;
use tools::Tools;
use tools::cancel::Cancel;
use tools::sandbox;

/// All that titles are made with.
pub(super) struct Shop<'a> {
    pub(super) settings: &'a Settings,
    /// As they were at the start.
    pub(super) tools: Tools,
    /// Ends before the library is let go of.
    pub(super) after: After,
    pub(super) library: Library,
    pool: Pool,
    pub(super) cancel: &'a Cancel,
}

/// A message of a thread that makes titles.
pub(super) enum Said<'a> {
    Event(Event),
    Done(&'a Source, Box<Result<Done, TitleError>>),
}

/// Jobs for each title that is made at the same time: some are being probed or published meanwhile.
const JOBS_A_TITLE: usize = 4;

impl<'a> Shop<'a> {
    pub(super) fn open(settings: &'a Settings, cancel: &'a Cancel) -> Result<Self, Error> {
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
        let library = Library::open(&settings.library.path)?;
        let pool = Pool::new(settings.encode.jobs, settings.encode.memory);
        let stopped = cancel.clone();
        let after = After::start(settings, move || stopped.is_cancelled());
        Ok(Self { settings, tools, after, library, pool, cancel })
    }

    /// The tools as they are now: a watch that lasts for months outlives an upgrade of ffmpeg, and results are keyed by
    /// their versions. While they can't be found, as in the middle of an upgrade, they are what they were.
    pub(super) fn tools_now(&self) -> Tools {
        tools::find(self.settings, self.cancel).unwrap_or_else(|error| {
            tracing::warn!("{}", error_chain(&error).join(": "));
            self.tools.clone()
        })
    }

    /// Titles that are made at the same time.
    pub(super) fn titles(&self) -> usize {
        if self.pool.most == 1 { 1 } else { (self.pool.most / JOBS_A_TITLE).max(2) }
    }

    /// Makes one title after the other until there is none left, or work is to stop; `titles` are at work at the same time.
    pub(super) fn make_each<'s>(
        &self,
        tools: &Tools,
        titles: usize,
        next: &Mutex<impl Iterator<Item = &'s Source>>,
        send: &Sender<Said<'s>>,
    ) {
        let next = || next.lock().ok().filter(|_| !self.cancel.is_cancelled()).and_then(|mut next| next.next());
        while let Some(source) = next() {
            let work = Work {
                settings: self.settings,
                tools,
                library: &self.library,
                pool: &self.pool,
                titles,
                cancel: self.cancel.scope(),
                source,
            };
            // The one that listens goes on until all are done.
            let done = work.package(&mut |event| drop(send.send(Said::Event(event))));
            drop(send.send(Said::Done(source, Box::new(done))));
        }
    }
}
