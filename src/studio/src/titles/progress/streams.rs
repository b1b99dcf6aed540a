//! How many streams of events are open: each holds a connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::http::problem::Problem;
use crate::model::Id;

/// Most streams at once.
const ALL: usize = 512;
/// Most streams of one account at once.
const OF_ONE: usize = 16;
/// Seconds after which one may be free.
const WAIT: u64 = 10;

/// The streams that are open, by account.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<Id, usize>>>);

/// A stream that is open, until it is dropped.
#[derive(Debug)]
pub struct Open {
    streams: Streams,
    account: Id,
}

impl Streams {
    /// Opens one for `account`.
    ///
    /// # Errors
    /// 429 where there are too many.
    pub fn open(&self, account: &Id) -> Result<Open, Problem> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.get(account).copied().unwrap_or(0);
        if own >= OF_ONE || open.values().sum::<usize>() >= ALL {
            return Err(Problem::too_many(WAIT));
        }
        open.insert(account.clone(), own + 1);
        Ok(Open { streams: self.clone(), account: account.clone() })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.account) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(open.remove(&self.account)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_so_many_and_no_more() {
        let (streams, anna, berta) = (Streams::default(), Id::random().unwrap(), Id::random().unwrap());
        let mut open: Vec<Open> = (0..OF_ONE).map(|_| streams.open(&anna).unwrap()).collect();
        assert_eq!(streams.open(&anna).unwrap_err().status, 429);
        assert!(streams.open(&berta).is_ok());
        open.pop();
        assert!(streams.open(&anna).is_ok());
    }
}
