//! What operators ask of the queue, and what it tells them of all titles.

use super::dispatch::Dispatcher;
use crate::event::{Event, Skip};

impl Dispatcher<'_> {
    /// Lets work begin, or not: in the hours of work, unless an operator ordered a pause.
    pub(super) fn open_or_close(&mut self) {
        let ingest = &self.shop.settings().ingest;
        let closed = match (self.paused, ingest.hours.is_empty() || ingest.is_at_work(minute_now())) {
            (true, _) => Some("paused: nothing starts until `pack resume`"),
            (false, false) => Some("outside of the hours of work (ingest.hours): nothing starts"),
            (false, true) => None,
        };
        if closed.is_some() != self.closed {
            self.closed = closed.is_some();
            self.shop.pool.set_open(closed.is_none());
            tracing::info!("{}", closed.unwrap_or("at work again"));
        }
    }

    /// Notices what operators asked for since the last time.
    pub(super) fn heed(&mut self) {
        let library = &self.shop.library;
        let Ok(news) = library.news() else { return };
        if self.news == Some(news) {
            return;
        }
        // What can't be read now is asked for again.
        let (Ok(pause), Ok(entries)) = (library.paused(), library.entries()) else { return };
        (self.news, self.recount, self.paused) = (Some(news), true, pause.is_some());
        for (title, entry) in entries {
            self.look_again |= entry.retry && !self.waiting.contains_key(&title) && !self.making.contains_key(&title);
            if let Some(making) = self.making.get(&title)
                && making.decisions != entry.decisions
            {
                making.cancel.cancel();
            }
            // Once it has failed again, it waits as any other does.
            if entry.retry && entry.tries == 0 {
                self.put_off.remove(&title);
            }
            match self.waiting.get_mut(&title) {
                // The next look finds out if it is still due.
                Some(waiting) if waiting.decisions != entry.decisions => {
                    self.waiting.remove(&title);
                    self.look_again = true;
                    self.tell_skip(&title, Skip::Removed);
                }
                Some(waiting) => waiting.priority = entry.priority.unwrap_or(waiting.priority),
                None => {}
            }
        }
    }

    /// Tells how many titles there are in each state, where that may have changed.
    pub(super) fn count(&mut self) {
        if std::mem::take(&mut self.recount)
            && let Some(titles) = self.notes.census()
        {
            (self.tell)(Event::States { titles });
        }
    }
}

/// The minute of the day, in local time.
fn minute_now() -> u16 {
    let now = jiff::Zoned::now();
    let part = |part: i8| u16::try_from(part).unwrap_or(0);
    part(now.hour()) * 60 + part(now.minute())
}
