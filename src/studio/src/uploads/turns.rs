//! Who writes an upload's file: the newest request. A connection that broke without a word would hold the file for as long
//! as nobody notices; its client comes back, and takes the turn from it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Line, OwnedMutexGuard, watch};

use crate::model::Id;

/// The turns of all uploads that are written now.
#[derive(Debug, Default)]
pub struct Turns(Mutex<HashMap<Id, Weak<Place>>>);

/// Where the requests for one upload stand in line.
#[derive(Debug)]
struct Place {
    line: Arc<Line<()>>,
    /// The number of the newest request.
    newest: watch::Sender<u64>,
}

/// A request's turn: nobody else writes to the file while it lasts.
#[derive(Debug)]
pub struct Turn {
    number: u64,
    newest: watch::Receiver<u64>,
    _place: Arc<Place>,
    _guard: OwnedMutexGuard<()>,
}

impl Turns {
    /// Takes the turn from whoever has it, and waits until they have put away what they had.
    pub async fn take(&self, id: &Id) -> Turn {
        let place = self.place(id);
        let mut newest = place.newest.subscribe();
        let mut number = 0;
        place.newest.send_modify(|newest| {
            *newest += 1;
            number = *newest;
        });
        newest.mark_unchanged();
        let guard = Arc::clone(&place.line).lock_owned().await;
        Turn { number, newest, _place: place, _guard: guard }
    }

    fn place(&self, id: &Id) -> Arc<Place> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, place| place.strong_count() > 0);
        if let Some(place) = places.get(id).and_then(Weak::upgrade) {
            return place;
        }
        let place = Arc::new(Place { line: Arc::default(), newest: watch::Sender::new(0) });
        places.insert(id.clone(), Arc::downgrade(&place));
        place
    }
}

impl Turn {
    /// Ready when a newer request wants the turn.
    pub async fn is_over(&mut self) {
        let number = self.number;
        // The sender lives as long as this does.
        let _ = self.newest.wait_for(|newest| *newest != number).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_newest_takes_the_turn() {
        let turns = Arc::new(Turns::default());
        let id = Id::random().unwrap();
        let mut first = turns.take(&id).await;
        let waiting = tokio::time::timeout(Duration::from_millis(10), first.is_over()).await;
        assert!(waiting.is_err(), "nobody else wants it");
        let second = tokio::spawn({
            let (turns, id) = (Arc::clone(&turns), id.clone());
            async move { turns.take(&id).await }
        });
        first.is_over().await;
        assert!(!second.is_finished(), "the first is still at it");
        drop(first);
        let mut second = second.await.unwrap();
        let mut other = turns.take(&Id::random().unwrap()).await;
        for turn in [&mut second, &mut other] {
            assert!(tokio::time::timeout(Duration::from_millis(10), turn.is_over()).await.is_err());
        }
    }
}
