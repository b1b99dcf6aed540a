//! Titles that are being made now, as far as this process was told: by the packager's events, or by its notes.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use config::tree::TitleName;
use serde::Serialize;
use tokio::sync::{Notify, watch};

use crate::model::{Micros, TitleState};
use crate::ports::Packaging;

/// Seconds for which notes, which come later, don't contradict an event.
const FRESH: i64 = 10;

/// Titles that are being made.
#[derive(Debug, Default)]
pub struct Live {
    titles: Mutex<HashMap<TitleName, Working>>,
    /// Counts changes.
    pulse: watch::Sender<u64>,
    /// Asks for a look at the packager's notes.
    look: Notify,
    /// Titles whose notes count anew, though they may be as they were.
    again: Mutex<HashSet<TitleName>>,
}

/// What becomes of a title, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Status {
    /// Its state.
    pub state: TitleState,
    /// Of a failure: the reason, and what to do. Of one that waits: what for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Frames that are encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<u64>,
    /// All frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Seconds until all is encoded, as far as can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<u64>,
}

/// A title at work.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Working {
    state: TitleState,
    reason: String,
    progress: Option<(u64, u64)>,
    /// When encoding was first seen, and how far it was then.
    began: Option<(Micros, u64)>,
    /// When it was last told of.
    at: Micros,
    /// True if an event told it.
    by_event: bool,
    /// BLAKE3 of a source that was put in the place of another, until the packager has come to it.
    placed: Option<String>,
}

impl Status {
    /// A state alone.
    #[must_use]
    pub const fn of(state: TitleState, reason: String) -> Self {
        Self { state, reason, done: None, total: None, seconds_left: None }
    }
}

impl Live {
    /// Counts changes; whoever waits for one looks at it.
    #[must_use]
    pub fn pulse(&self) -> watch::Receiver<u64> {
        self.pulse.subscribe()
    }

    /// Waits until somebody wants the packager's notes looked at.
    pub async fn is_wanted(&self) {
        self.look.notified().await;
    }

    /// Has the note of a title count anew: something happened to it that ends as it was before.
    pub fn look_again(&self, title: &TitleName) {
        self.again.lock().unwrap_or_else(PoisonError::into_inner).insert(title.clone());
        self.look.notify_one();
    }

    /// Takes the titles whose notes count anew.
    pub fn take_again(&self) -> HashSet<TitleName> {
        std::mem::take(&mut *self.again.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets titles that are at their end by the packager's notes, which are no older than what was heard of them.
    pub fn sweep(&self, is_final: impl Fn(&TitleName) -> bool, now: Micros) {
        let is_over = |title: &TitleName, working: &Working| {
            working.placed.is_none() && now.seconds_since(working.at) >= FRESH && is_final(title)
        };
        self.titles().retain(|title, working| !is_over(title, working));
        self.beat();
    }

    /// What becomes of a title `now`; `None` where nothing does.
    #[must_use]
    pub fn status(&self, title: &TitleName, now: Micros) -> Option<Status> {
        self.titles().get(title).map(|working| working.status(now))
    }

    /// Notes that a new source of a title, with this BLAKE3, was put where the packager finds it.
    pub fn is_placed(&self, title: &TitleName, hash: &str, now: Micros) {
        let working = Working {
            state: TitleState::Received,
            reason: String::new(),
            progress: None,
            began: None,
            at: now,
            by_event: false,
            placed: Some(hash.into()),
        };
        self.titles().insert(title.clone(), working);
        self.beat();
    }

    /// BLAKE3 of the source that the packager has not come to yet.
    #[must_use]
    pub fn placed(&self, title: &TitleName) -> Option<String> {
        self.titles().get(title).and_then(|working| working.placed.clone())
    }

    /// Takes in an event of the packager in this process.
    pub fn heard(&self, title: &TitleName, state: TitleState, progress: Option<(u64, u64)>, now: Micros) {
        if state.is_final() {
            // The notes say the rest.
            self.look_again(title);
            return;
        }
        self.put(title, state, String::new(), progress, now, true);
    }

    /// Takes in a note of the packager, of a title that is not at its end.
    pub fn noted(&self, packaging: &Packaging, now: Micros) {
        let is_stale = |working: &Working| working.by_event && now.seconds_since(working.at) < FRESH;
        if self.titles().get(&packaging.title).is_some_and(is_stale) && packaging.state != TitleState::Waiting {
            return;
        }
        self.put(&packaging.title, packaging.state, packaging.reason.clone(), packaging.progress, now, false);
    }

    /// Forgets a title that nothing more happens to.
    pub fn ended(&self, title: &TitleName) {
        self.titles().remove(title);
        self.beat();
    }

    fn put(
        &self,
        title: &TitleName,
        state: TitleState,
        reason: String,
        progress: Option<(u64, u64)>,
        at: Micros,
        by_event: bool,
    ) {
        let mut titles = self.titles();
        let before = titles.get(title);
        let began = match progress {
            Some((done, _)) if state == TitleState::Encoding => {
                before.and_then(|before| before.began).or(Some((at, done)))
            }
            _ => None,
        };
        let placed = before.and_then(|before| before.placed.clone());
        let progress = progress.or_else(|| before.filter(|before| before.state == state)?.progress);
        titles.insert(title.clone(), Working { state, reason, progress, began, at, by_event, placed });
        drop(titles);
        self.beat();
    }

    fn beat(&self) {
        self.pulse.send_modify(|count| *count += 1);
    }

    fn titles(&self) -> MutexGuard<'_, HashMap<TitleName, Working>> {
        self.titles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Working {
    fn status(&self, now: Micros) -> Status {
        let (done, total) = self.progress.unzip();
        Status { state: self.state, reason: self.reason.clone(), done, total, seconds_left: self.seconds_left(now) }
    }

    /// At the pace so far.
    fn seconds_left(&self, now: Micros) -> Option<u64> {
        let ((done, total), (began, from)) = (self.progress?, self.began?);
        let took = u64::try_from(self.at.0.saturating_sub(began.0)).ok()?;
        let made = done.checked_sub(from).filter(|made| *made > 0)?;
        let needed = u128::from(total.saturating_sub(done)) * u128::from(took) / u128::from(made) / 1_000_000;
        let since = u64::try_from(now.seconds_since(self.at)).unwrap_or(0);
        Some(u64::try_from(needed).ok()?.saturating_sub(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Micros {
        Micros(0).plus_seconds(seconds)
    }

    fn note(state: TitleState, progress: Option<(u64, u64)>) -> Packaging {
        let title = TitleName::parse("a").unwrap();
        Packaging { title, state, progress, reason: String::new(), published: None, source: None, is_out: false }
    }

    #[test]
    fn the_time_left_follows_from_the_pace() {
        let (live, title) = (Live::default(), TitleName::parse("a").unwrap());
        live.heard(&title, TitleState::Encoding, Some((0, 100)), at(10));
        assert_eq!(live.status(&title, at(10)).unwrap().seconds_left, None, "nothing is known yet");
        live.heard(&title, TitleState::Encoding, Some((20, 100)), at(14));
        let status = live.status(&title, at(15)).unwrap();
        assert_eq!((status.done, status.total, status.seconds_left), (Some(20), Some(100), Some(15)));
        live.heard(&title, TitleState::Proving, None, at(30));
        assert_eq!(live.status(&title, at(30)).unwrap(), Status::of(TitleState::Proving, String::new()));
    }

    #[test]
    fn notes_that_come_late_contradict_no_event() {
        let (live, title) = (Live::default(), TitleName::parse("a").unwrap());
        live.heard(&title, TitleState::Proving, None, at(10));
        live.noted(&note(TitleState::Encoding, Some((1, 9))), at(11));
        assert_eq!(live.status(&title, at(11)).unwrap().state, TitleState::Proving);
        live.noted(&note(TitleState::Encoding, Some((1, 9))), at(21));
        assert_eq!(live.status(&title, at(21)).unwrap().done, Some(1));
        live.ended(&title);
        assert_eq!(live.status(&title, at(22)), None);
    }

    #[test]
    fn a_source_in_the_place_of_another_is_remembered_until_the_end() {
        let (live, title) = (Live::default(), TitleName::parse("a").unwrap());
        live.is_placed(&title, "h", at(1));
        live.heard(&title, TitleState::Probing, None, at(2));
        assert_eq!(live.placed(&title).as_deref(), Some("h"));
        live.sweep(|_| true, at(99));
        assert_eq!(live.placed(&title).as_deref(), Some("h"), "the note may be of the source before");
        live.ended(&title);
        assert_eq!(live.placed(&title), None);
        live.heard(&title, TitleState::Probing, None, at(100));
        live.sweep(|_| true, at(105));
        assert!(live.status(&title, at(105)).is_some(), "notes come later than events");
        live.sweep(|_| true, at(110));
        assert_eq!(live.status(&title, at(110)), None);
    }
}
