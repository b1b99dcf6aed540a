//! From the ingest folder to the library: which titles are made, several at the same time, and what is told of it.

mod assemble;
mod copy;
mod encode;
mod error;
mod identity;
mod job;
mod outlook;
mod pool;
mod results;
mod shop;
mod staging;
mod title;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use config::settings::Settings;
use config::tree::TitleName;

use crate::event::{Cause, Event, Failed, Skip, Summary, error_chain};
use crate::ingest::{self, Found, Refused, SETTLE, Source, Watcher};
use crate::library::{LibraryError, Outcome, Stamp};
use media::steering::Steering;
use tools::ToolError;
use tools::cancel::Cancel;

pub use error::TitleError;
pub use outlook::{Outlook, settings_of};
use shop::{Said, Shop};

/// Why no title at all could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// ffmpeg or ffprobe is missing or too old.
    #[error(transparent)]
    Tools(#[from] ToolError),
    /// The library can't be used.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The ingest folder isn't there.
    #[error("the ingest folder {} is not there; make it, or name another with --ingest", .path.display())]
    NoIngest {
        /// The folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// Packages every new or changed source of the ingest folder, or just `inputs`, and tells of it through `tell`.
///
/// # Errors
/// When no title at all can be made. A title that fails is counted in the summary and told of, and harms no other.
pub fn run(
    settings: &Settings,
    inputs: &[PathBuf],
    cancel: &Cancel,
    tell: &mut dyn FnMut(Event),
) -> Result<Summary, Error> {
    let shop = Shop::open(settings, cancel)?;
    let mut pass = Pass::new(&shop, tell);
    let found = if inputs.is_empty() {
        pass.scan()?
    } else {
        ingest::named(&settings.ingest, inputs, |title| pass.owner(title))
    };
    pass.refuse(&found.refused);
    let growing = pass.package_all(&found.sources, Again::Failed);
    let left = pass.package_settled(growing, Again::Failed);
    for source in left {
        pass.skip(&source, Skip::Growing);
    }
    Ok(pass.finish())
}

/// Does the same again and again whenever something changes, until it is stopped.
///
/// # Errors
/// As [`run`], when it starts.
pub fn watch(settings: &Settings, cancel: &Cancel, tell: &mut dyn FnMut(Event)) -> Result<Summary, Error> {
    let shop = Shop::open(settings, cancel)?;
    let mut pass = Pass::new(&shop, tell);
    let mut watcher = Watcher::new(&settings.ingest);
    let mut found = pass.scan()?;
    let mut refused = BTreeSet::new();
    let mut again = Again::Failed;
    while !cancel.is_cancelled() {
        // What was refused before is told of once, not at every look.
        let (old, new): (Vec<Refused>, _) = found.refused.into_iter().partition(|r| refused.contains(&r.to_string()));
        pass.refuse(&new);
        refused = old.iter().chain(&new).map(ToString::to_string).collect();
        pass.quiet = true;
        let growing = pass.package_all(&found.sources, again);
        again = Again::Changed;
        watcher.wait((!growing.is_empty()).then_some(SETTLE), cancel);
        found = pass.scan_when_back(&mut watcher);
    }
    Ok(pass.finish())
}

/// Which sources are tried that were tried before and are unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    /// Those that failed: whoever runs `pack` by hand or from cron may have mended something else.
    Failed,
    /// None.
    Changed,
}

/// One go through the sources, with all that it needs.
struct Pass<'a> {
    shop: &'a Shop<'a>,
    tell: &'a mut dyn FnMut(Event),
    summary: Summary,
    /// Titles for which nothing is to do are not told of, nor counted.
    quiet: bool,
    /// Titles that failed, with the source as it was and when. Not all failures are the source's, which the ledger keeps.
    put_off: BTreeMap<TitleName, (Option<Stamp>, Instant)>,
}

/// How long a watch leaves a title alone that the machine's trouble made fail.
const RETRY: Duration = Duration::from_secs(600);

impl<'a> Pass<'a> {
    fn new(shop: &'a Shop<'a>, tell: &'a mut dyn FnMut(Event)) -> Self {
        Self { shop, tell, summary: Summary::default(), quiet: false, put_off: BTreeMap::new() }
    }

    /// Looks again; while the folder is away, as a remounted disk is for a moment, it waits for it to be back.
    fn scan_when_back(&self, watcher: &mut Watcher) -> Found {
        let mut away = false;
        while !self.shop.cancel.is_cancelled() {
            match self.scan() {
                Ok(found) => {
                    if away {
                        *watcher = Watcher::new(&self.shop.settings.ingest);
                    }
                    return found;
                }
                Err(error) => {
                    if !away {
                        tracing::warn!("{error}; waiting until it is back");
                    }
                    away = true;
                    sleep(SETTLE, self.shop.cancel);
                }
            }
        }
        Found::default()
    }

    fn scan(&self) -> Result<Found, Error> {
        let path = &self.shop.settings.ingest;
        std::fs::read_dir(path).map_err(|source| Error::NoIngest { path: path.clone(), source })?;
        Ok(ingest::scan(path, |title| self.owner(title)))
    }

    /// The source that a title was made from before.
    fn owner(&self, title: &TitleName) -> Option<String> {
        self.shop.library.entry(title).map(|entry| entry.source)
    }

    fn refuse(&mut self, refused: &[Refused]) {
        for refusal in refused {
            let cause = match refusal {
                Refused::Name { .. } | Refused::Taken { .. } => Cause::Name,
                Refused::Unreadable { .. } => Cause::Read,
            };
            let path = refusal.path().to_path_buf();
            let title = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
            self.fail(Failed { title, source: path, cause, errors: error_chain(refusal) });
        }
    }

    /// Makes the titles that are due; those still being written come back.
    fn package_all(&mut self, sources: &[Source], again: Again) -> Vec<Source> {
        let mut due = Vec::new();
        let mut growing = Vec::new();
        for source in sources {
            match self.due(source, again) {
                Some(skip) => self.skip(source, skip),
                None if !source.named && ingest::is_growing(&source.path, SystemTime::now()).unwrap_or(false) => {
                    growing.push(source.clone());
                }
                None => due.push(source),
            }
        }
        for source in &due {
            (self.tell)(Event::Queued { title: source.title.to_string(), source: source.path.clone() });
        }
        self.make(&due);
        growing
    }

    /// Makes titles, several at the same time: their jobs share the machine.
    fn make(&mut self, due: &[&Source]) {
        let shop = self.shop;
        let next = &Mutex::new(due.iter().copied());
        let (send, said) = channel();
        thread::scope(|scope| {
            for _ in 0..shop.titles().min(due.len()) {
                let send = send.clone();
                scope.spawn(move || shop.make_each(next, &send));
            }
            drop(send);
            for said in said {
                match said {
                    Said::Event(event) => (self.tell)(event),
                    Said::Done(source, done) => self.made(source, *done),
                }
            }
        });
    }

    /// Waits for sources that were changed a moment ago, and makes those that have been left alone since.
    fn package_settled(&mut self, growing: Vec<Source>, again: Again) -> Vec<Source> {
        if growing.is_empty() || !sleep(SETTLE, self.shop.cancel) {
            return growing;
        }
        self.package_all(&growing, again)
    }

    /// Why a source need not be made now; `None` when it is due.
    fn due(&self, source: &Source, again: Again) -> Option<Skip> {
        let stamp = ingest::stamp(&source.path).ok();
        let put_off = self.put_off.get(&source.title).is_some_and(|(was, at)| *was == stamp && at.elapsed() < RETRY);
        if again == Again::Changed && put_off {
            return Some(Skip::FailedBefore);
        }
        let entry = self.shop.library.entry(&source.title)?;
        let steering = Steering::of(&self.shop.settings.origin.steering, &source.title);
        let settings = identity::settings_digest(&self.shop.settings.encode, steering.as_ref(), &source.path);
        let same = stamp == Some(entry.stamp) && settings.is_ok_and(|settings| settings == entry.settings);
        if !same || entry.source != source.recorded {
            return None;
        }
        match entry.outcome {
            Outcome::Published(_) => self.shop.library.is_there(&source.title, entry).then_some(Skip::Unchanged),
            Outcome::Removed => (!source.named).then_some(Skip::Removed),
            Outcome::Failed => (again == Again::Changed).then_some(Skip::FailedBefore),
        }
    }

    fn made(&mut self, source: &Source, done: Result<title::Done, TitleError>) {
        match done {
            Ok(title::Done::Published(published)) => {
                self.summary.published += 1;
                (self.tell)(Event::Published(published));
            }
            Ok(title::Done::Unchanged) => self.skip(source, Skip::Unchanged),
            Err(error) => {
                let stamp = ingest::stamp(&source.path).ok();
                self.put_off.insert(source.title.clone(), (stamp, Instant::now()));
                self.fail(Failed {
                    title: source.title.to_string(),
                    source: source.path.clone(),
                    cause: error.cause(),
                    errors: error_chain(&error),
                });
            }
        }
    }

    fn skip(&mut self, source: &Source, why: Skip) {
        if !self.quiet {
            self.summary.skipped += 1;
            (self.tell)(Event::Skipped { title: source.title.to_string(), why });
        }
    }

    fn fail(&mut self, failed: Failed) {
        if failed.cause != Cause::Cancelled {
            self.summary.failed += 1;
        }
        (self.tell)(Event::Failed(failed));
    }

    fn finish(self) -> Summary {
        (self.tell)(Event::Finished(self.summary));
        self.summary
    }
}

/// Sleeps unless work is to stop; whether it slept to the end.
fn sleep(time: Duration, cancel: &Cancel) -> bool {
    const TICK: Duration = Duration::from_millis(50);
    let mut left = time;
    while !left.is_zero() && !cancel.is_cancelled() {
        std::thread::sleep(left.min(TICK));
        left = left.saturating_sub(TICK);
    }
    !cancel.is_cancelled()
}
