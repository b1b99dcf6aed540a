//! One look at the sources: those that are due are made, several at the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use config::tree::TitleName;

use super::afterwards::let_go;
use super::error::{Error, TitleError};
use super::shop::{Said, Shop};
use super::{identity, title};
use crate::event::{Cause, Event, Failed, Skip, Summary, error_chain};
use crate::ingest::{self, Found, Ignored, Refused, Settling, Source, Watcher};
use crate::library::{Outcome, Stamp};
use media::steering::Steering;
use tools::cancel::Cancel;

/// Which sources are tried that were tried before and are unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Those that failed: whoever runs `pack` by hand or from cron may have mended something else.
    Failed,
    /// None.
    Changed,
}

/// One go through the sources, with all that it needs.
pub(super) struct Pass<'a> {
    shop: &'a Shop<'a>,
    tell: &'a mut dyn FnMut(Event),
    summary: Summary,
    /// Titles for which nothing is to do are not told of, nor counted.
    pub quiet: bool,
    pub settling: Settling,
    /// Files that were named as not taken.
    ignored: BTreeSet<PathBuf>,
    /// Titles that failed, with the source as it was and when. Not all failures are the source's, which the ledger keeps.
    put_off: BTreeMap<TitleName, (Option<Stamp>, Instant)>,
}

/// The time between two looks for an ingest folder that is away.
const AWAY: Duration = Duration::from_secs(2);

/// The time until a watch retries a title that failed through the machine's trouble.
const RETRY: Duration = Duration::from_secs(600);

impl<'a> Pass<'a> {
    pub(super) fn new(shop: &'a Shop<'a>, tell: &'a mut dyn FnMut(Event)) -> Self {
        Self {
            shop,
            tell,
            summary: Summary::default(),
            quiet: false,
            settling: Settling::default(),
            ignored: BTreeSet::new(),
            put_off: BTreeMap::new(),
        }
    }

    /// Looks again; while the folder is away, as a remounted disk is for a moment, it waits for it to be back.
    pub(super) fn scan_when_back(&self, watcher: &mut Watcher<'a>) -> Found {
        let mut away = false;
        while !self.shop.cancel.is_cancelled() {
            watcher.follow();
            match self.scan() {
                Ok(found) => {
                    if away {
                        *watcher = Watcher::new(self.shop.settings);
                    }
                    return found;
                }
                Err(error) => {
                    if !away {
                        tracing::warn!("{error}; waiting until it is back");
                    }
                    away = true;
                    sleep(AWAY, self.shop.cancel);
                }
            }
        }
        Found::default()
    }

    pub(super) fn scan(&self) -> Result<Found, Error> {
        super::find_ingest(self.shop.settings)?;
        Ok(ingest::scan(self.shop.settings, |title| self.owner(title)))
    }

    /// The source that a title was made from before.
    pub(super) fn owner(&self, title: &TitleName) -> Option<String> {
        self.shop.library.entry(title).map(|entry| entry.source)
    }

    pub(super) fn refuse(&mut self, refused: &[Refused]) {
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

    /// Names each file that is not taken once.
    pub(super) fn ignore(&mut self, found: &[Ignored]) {
        for Ignored { path, why } in found {
            if self.ignored.insert(path.clone()) {
                (self.tell)(Event::Ignored { source: path.clone(), why: why.to_string() });
            }
        }
    }

    /// True if a file, and what belongs to it, is no longer being written.
    pub(super) fn is_settled(&mut self, path: &Path) -> bool {
        ingest::is_settled(path, self.shop.settings.ingest.settle, &mut self.settling, Instant::now())
    }

    /// Makes the titles that are due; those still being written come back.
    pub(super) fn package_all(&mut self, sources: &[Source], again: Again) -> Vec<Source> {
        let mut due = Vec::new();
        let mut growing = Vec::new();
        for source in sources {
            match self.due(source, again) {
                Some(skip) => {
                    self.skip(source, skip);
                    let_go(&self.shop.after, &self.shop.library, source, skip);
                }
                None if !source.named && !self.is_settled(&source.path) => growing.push(source.clone()),
                None => due.push(source),
            }
        }
        for source in &due {
            (self.tell)(Event::Queued { title: source.title.to_string(), source: source.path.clone() });
        }
        self.make(&due, again);
        growing
    }

    /// Makes titles, several at the same time: their jobs share the machine.
    fn make(&mut self, due: &[&Source], again: Again) {
        let shop = self.shop;
        // Tools found at the start are as new as the first look.
        let tools = &if again == Again::Changed && !due.is_empty() { shop.tools_now() } else { shop.tools.clone() };
        let titles = shop.titles().min(due.len());
        let next = &Mutex::new(due.iter().copied());
        let (send, said) = channel();
        thread::scope(|scope| {
            for _ in 0..titles {
                let send = send.clone();
                scope.spawn(move || shop.make_each(tools, titles, next, &send));
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

    /// Looks again at sources that may still be being written, and makes those that were left alone.
    pub(super) fn package_settled(&mut self, growing: Vec<Source>, again: Again) -> Vec<Source> {
        let Some(due) = self.settling.last() else { return growing };
        if !sleep(due.saturating_duration_since(Instant::now()), self.shop.cancel) {
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
        self.told(source, done);
        if let Some(skip) = self.due(source, Again::Changed) {
            let_go(&self.shop.after, &self.shop.library, source, skip);
        }
    }

    fn told(&mut self, source: &Source, done: Result<title::Done, TitleError>) {
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

    pub(super) fn skip(&mut self, source: &Source, why: Skip) {
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

    pub(super) fn finish(self) -> Summary {
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
