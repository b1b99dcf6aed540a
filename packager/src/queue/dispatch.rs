//! The queue at work: sources that are due wait for their turn, several are made at the same time, and the folder is
//! looked at in between.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use config::settings::Settings;
use config::tree::TitleName;

use super::decide::due::Again;
use super::decide::order::{AtWork, Candidate};
use super::notes::Notes;
use super::shop::Shop;
use crate::control::Control;
use crate::event::{Event, Summary};
use crate::ingest::{Changes, Settling, Source, Watcher};
use crate::library::LibraryError;
use crate::pipeline::{Done, Error, TitleError};
use tools::Tools;
use tools::cancel::Cancel;

/// The longest time until something is noticed that nobody tells of: a stop, an operator's wish.
pub(super) const TICK: Duration = Duration::from_millis(200);
/// The time between two looks while titles are made, where nobody watches the folder.
const UNWATCHED: Duration = Duration::from_secs(5);

/// The time between two looks for an ingest folder that is away.
const AWAY: Duration = Duration::from_secs(2);

/// A message of a thread that makes a title.
pub(super) enum Said {
    Event(Event),
    Done(Source, Box<Result<Done, TitleError>>),
}

/// A title at work.
pub(super) struct Making {
    pub at_work: AtWork,
    pub cancel: Cancel,
    pub path: PathBuf,
    /// The source as it was when it began.
    pub looked: Option<Changes>,
    /// An operator's decisions on it when it was found to be due.
    pub decisions: u64,
}

/// A title that is put off for a while.
pub(super) struct PutOff {
    /// The source as it was when it failed; `None` where it could not be asked.
    pub looked: Option<Changes>,
    pub until: Instant,
}

/// The queue, with all that it needs.
pub(super) struct Dispatcher<'a> {
    pub shop: &'a Shop<'a>,
    pub control: &'a Control,
    /// Those named on the command line; none for the whole folder.
    pub inputs: &'a [PathBuf],
    /// Which ones are tried again at the next look.
    pub again: Again,
    /// `None` where the work ends when nothing is left to do.
    pub watcher: Option<Watcher>,
    /// Those at the first look are made even if they are published and unchanged.
    pub anew: bool,
    pub tell: &'a mut dyn FnMut(Event),
    pub notes: Notes<'a>,
    pub summary: Summary,
    /// Titles for which nothing is to do are not told of, nor counted.
    pub quiet: bool,
    pub waiting: BTreeMap<TitleName, Candidate>,
    pub making: BTreeMap<TitleName, Making>,
    pub put_off: BTreeMap<TitleName, PutOff>,
    /// Titles that the library's disk had no room for at the last attempt.
    pub without_room: BTreeSet<TitleName>,
    /// When old revisions were last looked for.
    pub swept: Option<Instant>,
    /// Sources that may still be being written.
    pub growing: Vec<Source>,
    /// Those that are noted as such: one that goes away meanwhile is found at no later look.
    pub unsettled: BTreeMap<TitleName, PathBuf>,
    pub settling: Settling,
    /// When the next look may find a source that is no longer being written.
    pub settled: Option<Instant>,
    /// Titles whose sources were written to all the while: one who does not watch leaves them to the next run.
    pub left: BTreeSet<TitleName>,
    /// Refusals that were told.
    pub refused: BTreeSet<String>,
    /// Files that were named as not taken.
    pub ignored: BTreeSet<PathBuf>,
    /// When each folder was last served, counted in starts.
    pub served: BTreeMap<String, u64>,
    pub tickets: u64,
    /// Tools of now.
    pub tools: Arc<Tools>,
    /// The ledger as it was last read.
    pub news: Option<i64>,
    /// An operator ordered a pause.
    pub paused: bool,
    /// Nothing may begin.
    pub closed: bool,
    pub looked: Instant,
    /// The time that the last look took.
    pub look_took: Duration,
    /// Something makes a look worth it.
    pub look_again: bool,
    /// The ingest folder was not there at the last look.
    pub away: bool,
    /// Titles may be in other states than when they were last counted.
    pub recount: bool,
}

impl<'a> Dispatcher<'a> {
    pub(super) fn new(
        shop: &'a Shop<'a>,
        control: &'a Control,
        inputs: &'a [PathBuf],
        again: Again,
        watcher: Option<Watcher>,
        tell: &'a mut dyn FnMut(Event),
    ) -> Self {
        Self {
            shop,
            control,
            inputs,
            again,
            watcher,
            anew: again == Again::All,
            tell,
            notes: Notes::new(&shop.library),
            summary: Summary::default(),
            quiet: false,
            waiting: BTreeMap::new(),
            making: BTreeMap::new(),
            put_off: BTreeMap::new(),
            without_room: BTreeSet::new(),
            swept: None,
            growing: Vec::new(),
            unsettled: BTreeMap::new(),
            settling: Settling::default(),
            settled: None,
            left: BTreeSet::new(),
            refused: BTreeSet::new(),
            ignored: BTreeSet::new(),
            served: BTreeMap::new(),
            tickets: 0,
            tools: Arc::new(shop.tools.clone()),
            news: None,
            paused: false,
            closed: false,
            looked: Instant::now(),
            look_took: Duration::ZERO,
            look_again: false,
            away: false,
            recount: true,
        }
    }

    /// Works until nothing is left to do, or, with a watch, until it is stopped.
    ///
    /// # Errors
    /// When the first look fails.
    pub(super) fn go(mut self) -> Result<Summary, Error> {
        self.tidy()?;
        let (send, said) = channel();
        thread::scope(|scope| self.work(scope, &send, &said))?;
        if let Some(keep) = self.sweeps_now() {
            self.shop.sweep(keep);
        }
        self.count();
        (self.tell)(Event::Finished(self.summary));
        Ok(self.summary)
    }

    fn work<'scope>(
        &mut self,
        scope: &'scope Scope<'scope, '_>,
        send: &Sender<Said>,
        said: &Receiver<Said>,
    ) -> Result<(), Error>
    where
        'a: 'scope,
    {
        self.look()?;
        let mut held = Ok(());
        while !self.shop.cancel.is_cancelled() {
            // Any other trouble with the disk is told by those who work on it.
            if let Err(error @ LibraryError::Busy(_)) = self.shop.library.keep_hold() {
                held = Err(error.into());
                self.shop.cancel.cancel();
                break;
            }
            if let Some(settings) = self.control.turn() {
                self.renew(settings);
            }
            self.heed();
            if self.watcher.is_some()
                && let Some(keep) = self.sweeps_now()
            {
                // Beside the others: a large library takes long to go through, and revisions take long to delete.
                let shop = self.shop;
                scope.spawn(move || shop.sweep(keep));
            }
            self.open_or_close();
            self.start(scope, send);
            self.count();
            if self.watcher.is_none() && self.is_done() {
                break;
            }
            self.listen(said);
            if self.is_look_due(Instant::now()) {
                self.look_when_back();
            }
        }
        // Stopped: what is at work says so.
        while !self.making.is_empty() {
            self.listen(said);
        }
        held
    }

    /// Takes new settings: titles at work are made by the old ones, the next by these.
    fn renew(&mut self, settings: Arc<Settings>) {
        self.shop.renew(Arc::clone(&settings));
        self.tools = Arc::new(self.shop.tools_now());
        self.watcher = self.watcher.take().map(|_| Watcher::new(settings));
        self.look_again = true;
    }

    /// True if nothing is left to do for one who does not watch: during a pause, or outside of the hours of work, nothing
    /// more begins.
    fn is_done(&self) -> bool {
        let begins = self.waiting.len() + self.growing.len() > 0 && !self.closed;
        self.making.is_empty() && !begins
    }

    /// Titles that were at work when the last packager ended wait for their turn; and those that were being removed go.
    fn tidy(&mut self) -> Result<(), Error> {
        let entries = self.shop.library.entries().map_err(LibraryError::from)?;
        let cut_short = entries.iter().filter(|(_, entry)| entry.state.is_at_work()).map(|(title, _)| title);
        self.notes.were_cut_short(cut_short);
        if let Err(error) = self.tell_removals() {
            tracing::warn!("{error}");
        }
        Ok(())
    }

    /// Completes removals that were cut short, and tells of them.
    fn tell_removals(&mut self) -> Result<(), LibraryError> {
        for removed in self.shop.library.untold_removals()? {
            (self.tell)(Event::Removed(removed.clone()));
            // Not before: where the program ends in between, it is told again.
            self.shop.library.removal_is_told(&removed)?;
        }
        Ok(())
    }

    fn is_look_due(&mut self, now: Instant) -> bool {
        let since = now.duration_since(self.looked);
        // A look at many titles takes its time: most of it is left to the rest.
        if since < TICK.max(self.look_took * 4) {
            return false;
        }
        let settled = self.settled.is_some_and(|at| at <= now) || (self.away && since >= AWAY);
        let retry = self.put_off.values().any(|put_off| put_off.until <= now);
        match &mut self.watcher {
            Some(watcher) => watcher.is_look_due(now, self.looked) || self.look_again || settled || retry,
            // What comes while titles are made has its turn as well.
            None => settled || (self.look_again && since >= UNWATCHED && self.inputs.is_empty()),
        }
    }
}
