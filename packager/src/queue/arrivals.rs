//! What a look finds for the queue: sources that are due, that may still be being written, that went away, and what is not
//! taken.

use std::collections::BTreeSet;
use std::iter;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use config::tree::TitleName;

use super::decide::due::Again;
use super::decide::order::{self, Candidate};
use super::dispatch::Dispatcher;
use super::look::{Due, Look, usual_priority};
use crate::event::{Cause, Event, Failed, Skip, error_chain};
use crate::ingest::{self, Changes, Ignored, Refused, Source, Watcher};
use crate::library::{Refusal, State, Waiting, seconds_now};
use crate::pipeline::Error;

impl Dispatcher<'_> {
    /// Looks at the sources: those that are due wait for their turn.
    ///
    /// # Errors
    /// When the folder isn't there, or the ledger can't be read.
    pub(super) fn look(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        self.put_off.retain(|_, put_off| put_off.until > now);
        let put_off = |source: &Source| {
            let looked = || ingest::changes(&source.path).ok();
            self.put_off.get(&source.title).is_some_and(|put_off| put_off.looked == looked())
        };
        if let Some(watcher) = &mut self.watcher {
            watcher.follow();
        }
        let waited = |title: &TitleName| self.unsettled.contains_key(title);
        let look = self.shop.look(self.inputs, self.again, &mut self.settling, put_off, waited);
        (self.looked, self.look_again) = (Instant::now(), false);
        self.look_took = self.looked.duration_since(now);
        let was_due = self.settled.is_some_and(|at| at <= now);
        if let Ok(look) = &look {
            self.ignore(&look.ignored);
            self.forget(look);
        }
        self.settled = self.settling.next(now);
        self.take(look?, was_due);
        (self.again, self.quiet) = (Again::Later, true);
        Ok(())
    }

    /// The same; while the folder is away, as a remounted disk is for a moment, what is at work goes on.
    pub(super) fn look_when_back(&mut self) {
        match self.look() {
            Ok(()) if self.away => {
                self.away = false;
                self.watcher = self.watcher.take().map(|_| Watcher::new(self.shop.settings()));
            }
            Ok(()) => {}
            Err(error) => {
                if !self.away {
                    tracing::warn!("{error}; waiting until it is back");
                }
                self.away = self.watcher.is_some();
                self.growing.clear();
            }
        }
    }

    fn take(&mut self, look: Look, settled: bool) {
        self.refuse(&look.refused);
        for (source, skip) in &look.skipped {
            self.skip(&source.title, *skip);
            self.shop.let_go(source, *skip);
        }
        for source in look.untold {
            self.tell_at_last(&source);
        }
        self.wait_for(look.growing, settled);
        self.stop_what_changed();
        let there: BTreeSet<&TitleName> = look.due.iter().map(|due| &due.source.title).collect();
        self.lose_unsettled(&there);
        let lost = |title: &&TitleName| !there.contains(title);
        for title in self.waiting.keys().filter(lost).cloned().collect::<Vec<_>>() {
            self.lose(&title);
        }
        self.notes.are_gone(look.gone.iter());
        let is_new = |title: &TitleName| !self.waiting.contains_key(title) && !self.making.contains_key(title);
        let new: Vec<_> = look.due.into_iter().filter(|due| is_new(&due.source.title)).collect();
        // Those found at the start are as new as the first look.
        let renews = !new.is_empty() && self.quiet;
        self.notes.all_become(new.iter().map(|due| (&due.source, due.usual)), &State::Queued);
        for Due { source, size, priority, decisions, .. } in new {
            (self.tell)(Event::Queued { title: source.title.to_string(), source: source.path.clone() });
            self.tickets += 1;
            let candidate = Candidate { source, size, priority, ticket: self.tickets, decisions };
            self.waiting.insert(candidate.source.title.clone(), candidate);
        }
        if renews {
            self.tools = Arc::new(self.shop.tools_now());
        }
    }

    /// Sources that may still be being written are looked at again; those that one who does not watch has waited for, and
    /// that were written to meanwhile (`settled`), are left.
    fn wait_for(&mut self, growing: Vec<Source>, settled: bool) {
        let was: BTreeSet<TitleName> = self.growing.iter().map(|source| source.title.clone()).collect();
        let leaves = self.watcher.is_none() && settled;
        let (left, growing): (Vec<_>, Vec<_>) =
            growing.into_iter().partition(|s| self.left.contains(&s.title) || (leaves && was.contains(&s.title)));
        for source in left {
            if self.left.insert(source.title.clone()) {
                self.tell_skip(&source.title, Skip::Growing);
            }
        }
        let settings = self.shop.settings();
        let new = || growing.iter().filter(|source| !was.contains(&source.title));
        let noted = new().map(|source| (source, usual_priority(&settings, source)));
        self.notes.all_become(noted, &State::Waiting { why: Waiting::Growing });
        self.recount |= new().next().is_some();
        self.unsettled.extend(growing.iter().map(|source| (source.title.clone(), source.path.clone())));
        self.growing = growing;
    }

    /// Of sources that may still have been being written, those are not waited for any more that are due, or went away.
    fn lose_unsettled(&mut self, due: &BTreeSet<&TitleName>) {
        self.unsettled.retain(|title, _| !due.contains(title));
        let grows = |title: &TitleName| self.growing.iter().any(|source| source.title == *title);
        let gone = self.unsettled.iter().filter(|(title, path)| !grows(title) && !path.exists());
        for title in gone.map(|(title, _)| title.clone()).collect::<Vec<_>>() {
            self.unsettled.remove(&title);
            self.note_gone(&title);
        }
    }

    /// Gives up what is being made of a source that changed meanwhile, or went away: nothing of it could be published.
    fn stop_what_changed(&self) {
        let stamp = |changes: Changes| changes.0;
        for making in self.making.values() {
            if ingest::changes(&making.path).ok().map(stamp) != making.looked.map(stamp) {
                making.cancel.cancel();
            }
        }
    }

    /// A source that waited is not due any more.
    fn lose(&mut self, title: &TitleName) {
        let Some(candidate) = self.waiting.remove(title) else { return };
        match candidate.source.path.exists() {
            true => self.tell_skip(title, Skip::Changed),
            false => self.note_gone(title),
        }
    }

    /// A source went away.
    pub(super) fn note_gone(&mut self, title: &TitleName) {
        self.notes.are_gone(iter::once(title));
        self.recount = true;
        self.tell_skip(title, Skip::Gone);
    }

    fn refuse(&mut self, refused: &[Refused]) {
        // A refusal is told once, not at every look.
        let new: Vec<&Refused> = refused.iter().filter(|r| !self.refused.contains(&r.to_string())).collect();
        self.refused = refused.iter().map(ToString::to_string).collect();
        for refusal in new {
            let path = refusal.path().to_path_buf();
            let title = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
            self.fail(Failed { title, source: path, cause: cause(refusal), errors: error_chain(refusal) });
        }
        // Those named on a command line are some of many.
        if self.inputs.is_empty() {
            let (ingest, since) = (&self.shop.settings().ingest.path, seconds_now());
            let noted = |refused: &Refused| {
                let source = refused.path().strip_prefix(ingest).unwrap_or(refused.path()).display().to_string();
                (source, Refusal { cause: cause(refused), errors: error_chain(refused), since })
            };
            self.notes.refused(refused.iter().map(noted).collect());
        }
    }

    /// Forgets what is known of sources that are not there any more.
    fn forget(&mut self, look: &Look) {
        let ignored: BTreeSet<&PathBuf> = look.ignored.iter().map(|ignored| &ignored.path).collect();
        self.ignored.retain(|path| ignored.contains(path));
        let titles: BTreeSet<&TitleName> = look.sources().map(|source| &source.title).collect();
        self.without_room.retain(|title| titles.contains(title));
        self.left.retain(|title| titles.contains(title));
        let folders: BTreeSet<&str> = look.sources().map(order::folder).collect();
        self.served.retain(|folder, _| folders.contains(folder.as_str()));
    }

    /// Names each file that is not taken once. A sidecar may come before its recording: one who watches waits for it.
    fn ignore(&mut self, ignored: &[Ignored]) {
        let settle = self.shop.settings().ingest.settle;
        let mut looks = ingest::Looks::new(settle, &mut self.settling, Instant::now());
        for Ignored { path, why } in ignored {
            let is_new = !self.ignored.contains(path);
            if is_new && (self.watcher.is_none() || looks.is_settled(path, &[])) {
                self.ignored.insert(path.clone());
                (self.tell)(Event::Ignored { source: path.clone(), why: why.to_string() });
            }
        }
    }
}

const fn cause(refused: &Refused) -> Cause {
    match refused {
        Refused::Name { .. } | Refused::Taken { .. } => Cause::Name,
        Refused::Unreadable { .. } => Cause::Read,
    }
}
