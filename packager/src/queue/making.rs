//! Titles at work: started where there are places for them, and heard until they have had their end.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread::Scope;
use std::time::Instant;

use super::decide::order::{self, AtWork, Candidate};
use super::decide::retry;
use super::dispatch::{Dispatcher, Making, Said, TICK};
use crate::event::Event;
use crate::ingest;
use crate::pipeline::{Share, Work};

impl<'a> Dispatcher<'a> {
    /// Starts titles as long as there are places for them.
    pub(super) fn start<'scope>(&mut self, scope: &'scope Scope<'scope, '_>, send: &Sender<Said>)
    where
        'a: 'scope,
    {
        let places = self.shop.places();
        while !self.closed {
            let at_work: Vec<AtWork> = self.making.values().map(|making| making.at_work.clone()).collect();
            let next = order::next(self.waiting.values(), &at_work, places, &self.served).cloned();
            let Some(Candidate { source, size, priority, ticket, decisions }) =
                next.and_then(|title| self.waiting.remove(&title))
            else {
                return;
            };
            self.served.insert(order::folder(&source).to_owned(), ticket);
            let at_work = AtWork { folder: order::folder(&source).to_owned(), size, priority };
            let cancel = self.shop.cancel.scope();
            let tries = self.shop.library.entry(&source.title).ok().flatten().map_or(0, |entry| entry.tries);
            let (path, looked) = (source.path.clone(), ingest::changes(&source.path).ok());
            let making = Making { at_work, cancel: cancel.clone(), path, looked, decisions };
            self.making.insert(source.title.clone(), making);
            let (shop, send, tools, anew) = (self.shop, send.clone(), Arc::clone(&self.tools), self.anew);
            let settings = shop.settings();
            scope.spawn(move || {
                let work = Work {
                    settings: &settings,
                    tools: &tools,
                    library: &shop.library,
                    share: Share { pool: &shop.pool, title: ticket, priority },
                    titles: places,
                    cancel,
                    source: &source,
                    decisions,
                    anew,
                    is_last_try: retry::wait(tries.saturating_add(1)).is_none(),
                };
                // The one that listens goes on until all are done.
                let done = work.package(&mut |event| drop(send.send(Said::Event(event))));
                drop(send.send(Said::Done(source, Box::new(done))));
            });
        }
    }

    /// Hears one message, if one comes soon.
    pub(super) fn listen(&mut self, said: &Receiver<Said>) {
        match said.recv_timeout(TICK) {
            Ok(Said::Event(event)) => {
                self.notes.event(&event, Instant::now());
                self.recount |= !matches!(event, Event::Progress(_));
                (self.tell)(event);
            }
            Ok(Said::Done(source, done)) => {
                let given_up = self.making.remove(&source.title).is_some_and(|making| making.cancel.is_cancelled());
                (self.look_again, self.recount) = (true, true);
                self.ended(&source, *done, given_up && !self.shop.cancel.is_cancelled());
            }
            Err(_) => {}
        }
    }
}
