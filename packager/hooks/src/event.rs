//! Events that hooks are told of.

use std::fmt;
use std::time::SystemTime;

use serde_json::{Map, Value};

/// An outcome of a title.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its kind.
    pub kind: Kind,
    /// The title's name.
    pub title: String,
    /// What else is known of it: members of the JSON object that is told.
    pub facts: Map<String, Value>,
    /// Names it among all events of its title where, after a crash, it may be told again: under the same id.
    pub once: Option<String>,
}

/// The kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A revision became visible.
    Published,
    /// The title was given up.
    Failed,
    /// The title was taken out.
    Removed,
}

impl Kind {
    /// Its name in JSON and in the environment.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Failed => "failed",
            Self::Removed => "removed",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Event {
    /// True if a `body` that was told of this title says the same: that this revision is published, or why it failed.
    pub(crate) fn is_told_by(&self, body: &str) -> bool {
        let told: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
        let kind = told.get("event").and_then(Value::as_str) == Some(self.kind.name());
        kind && ["revision", "errors"].iter().all(|member| told.get(*member) == self.facts.get(*member))
    }

    /// The JSON that is told of an event called `id` that happened at `time`.
    pub(crate) fn body(&self, id: &str, time: SystemTime) -> String {
        let mut object = self.facts.clone();
        let time = humantime::format_rfc3339_millis(time).to_string();
        let members = [("event", self.kind.name().to_owned()), ("id", id.to_owned()), ("time", time)];
        for (name, text) in members.into_iter().chain([("title", self.title.clone())]) {
            object.insert(name.into(), text.into());
        }
        Value::Object(object).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_says_what_happened_to_which_title_and_when() {
        let facts = serde_json::json!({ "event": "Published", "revision": "R1" });
        let facts = facts.as_object().unwrap().clone();
        let event = Event { kind: Kind::Published, title: "shows/ep-1".into(), facts, once: None };
        let body: Value = serde_json::from_str(&event.body("msg_1", SystemTime::UNIX_EPOCH)).unwrap();
        let wanted = serde_json::json!({
            "event": "published", "id": "msg_1", "time": "1970-01-01T00:00:00.000Z", "title": "shows/ep-1",
            "revision": "R1",
        });
        assert_eq!(body, wanted);
        let (told, text) = (|event: &Event| event.is_told_by(&body.to_string()), |text: &str| text.into());
        assert!(told(&Event {
            facts: [(text("revision"), "R1".into()), (text("took_ms"), 1.into())].into_iter().collect(),
            ..event.clone()
        }));
        assert!(!told(&Event { facts: [(text("revision"), "R2".into())].into_iter().collect(), ..event.clone() }));
        assert!(!told(&Event { kind: Kind::Removed, ..event }));
    }
}
