use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::*;
use crate::event::{Event, Kind};

/// A receiver that answers as it is told to, then takes everything; and the titles that it was asked to take.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<(VecDeque<Verdict>, Vec<String>)>>);

impl Deliver for Scripted {
    fn deliver(&self, letter: &Letter, _: &Stop) -> Verdict {
        let mut script = self.0.lock().unwrap();
        script.1.push(format!("{} {}", letter.title, letter.event));
        script.0.pop_front().unwrap_or(Verdict::Taken)
    }
}

struct Office {
    _library: TempDir,
    script: Scripted,
    courier: Courier,
    claim: Option<File>,
}

impl Office {
    fn new(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let library = tempfile::tempdir().unwrap();
        let script = Scripted::default();
        script.0.lock().unwrap().0.extend(verdicts);
        let outbox = Outbox::of(library.path());
        let courier = Courier::new(Receiver::Webhook, Box::new(script.clone()), outbox, Stop::new());
        Self { _library: library, script, courier, claim: None }
    }

    fn put(&self, kind: Kind, title: &str) {
        let event = Event { kind, title: title.into(), facts: serde_json::Map::new(), once: None };
        self.courier.outbox.put(&event, &[Receiver::Webhook], SystemTime::UNIX_EPOCH).unwrap();
    }

    /// What the receiver was asked to take in one more turn.
    fn turn(&mut self) -> Vec<String> {
        self.courier.turn(&mut self.claim).unwrap();
        std::mem::take(&mut self.script.0.lock().unwrap().1)
    }

    /// Lets the wait of each event be over.
    fn later(&mut self) {
        self.courier.waiting.values_mut().for_each(|waiting| waiting.at = Instant::now());
    }

    /// As if the program ended, and started again.
    fn restart(&mut self) {
        self.claim = None;
        self.courier.waiting.clear();
    }

    /// Failed tries of what waits.
    fn failed(&self) -> Vec<u32> {
        let mut names = self.courier.outbox.list().unwrap();
        names.sort();
        names.iter().map(|name| self.courier.outbox.read(name).unwrap().unwrap().failed).collect()
    }
}

fn refused() -> Verdict {
    Verdict::Refused { why: "status 500".into(), after: None }
}

#[test]
fn a_title_s_later_event_waits_for_its_earlier_one_and_no_other_title_does() {
    let mut office = Office::new([refused()]);
    office.put(Kind::Published, "a");
    office.put(Kind::Removed, "a");
    office.put(Kind::Published, "b");
    assert_eq!(office.turn(), ["a published", "b published"]);
    assert!(office.turn().is_empty(), "not due yet");
    office.later();
    assert_eq!(office.turn(), ["a published", "a removed"]);
    assert!(office.failed().is_empty());
}

#[test]
fn where_one_can_t_go_none_is_tried() {
    let mut office = Office::new([Verdict::Away("refused".into())]);
    for title in ["a", "b", "c"] {
        office.put(Kind::Published, title);
    }
    assert_eq!(office.turn(), ["a published"]);
    assert!(office.turn().is_empty());
    assert_eq!(office.failed(), [1, 0, 0]);
    office.later();
    assert_eq!(office.turn(), ["a published", "b published", "c published"]);
}

#[test]
fn an_event_is_given_up_after_its_last_try() {
    let mut office = Office::new(std::iter::repeat_n(refused(), 12));
    office.put(Kind::Published, "a");
    for failed in 1..12 {
        assert_eq!(office.turn(), ["a published"]);
        assert_eq!(office.failed(), [failed]);
        office.later();
    }
    assert_eq!(office.turn(), ["a published"]);
    assert!(office.failed().is_empty());
    assert!(office.turn().is_empty());
}

#[test]
fn a_start_tries_at_once_and_does_not_count_it() {
    let mut office = Office::new([refused(), refused(), refused()]);
    office.put(Kind::Published, "a");
    assert_eq!(office.turn(), ["a published"]);
    assert_eq!(office.failed(), [1]);
    // Fails again, so that the wait is longer than this test takes.
    office.later();
    assert_eq!(office.turn(), ["a published"]);
    office.restart();
    assert_eq!(office.turn(), ["a published"]);
    assert_eq!(office.failed(), [2]);
    office.restart();
    assert_eq!(office.turn(), ["a published"]);
    assert!(office.failed().is_empty());
}

#[test]
fn a_receiver_that_is_gone_is_asked_no_more() {
    let mut office = Office::new([Verdict::Gone]);
    office.put(Kind::Published, "a");
    office.put(Kind::Published, "b");
    assert_eq!(office.courier.turn(&mut None).unwrap(), Next::Ended);
    assert!(office.failed().is_empty());
}

#[test]
fn another_process_s_receiver_is_left_to_it() {
    let mut office = Office::new([]);
    office.put(Kind::Published, "a");
    let claim = office.courier.outbox.claim(Receiver::Webhook).unwrap();
    assert_eq!(office.courier.turn(&mut None).unwrap(), Next::Elsewhere);
    drop(claim);
    assert_eq!(office.turn(), ["a published"]);
}
