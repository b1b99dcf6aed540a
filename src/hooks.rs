//! The packager's events as hooks are told of them.

use std::time::Duration;

use hooks::{Event, Hooks, Kind};
use packager::event::{self, Cause};
use serde_json::Value;

/// The longest that a command waits at its end for events to be delivered.
pub(crate) const LAST: Duration = Duration::from_secs(10);

/// Tells hooks of an event, if it is one of theirs: it lasts before anybody else hears of it.
pub(crate) fn tell(hooks: &Hooks, event: &event::Event) {
    let (kind, title, once) = match event {
        event::Event::Published(published) => (Kind::Published, &published.title, Some(published.once.clone())),
        event::Event::Removed(removed) => (Kind::Removed, &removed.title, Some(removed.once.clone())),
        event::Event::Failed(failed) if failed.cause != Cause::Cancelled => (Kind::Failed, &failed.title, None),
        _ => return,
    };
    let facts = match serde_json::to_value(event) {
        Ok(Value::Object(facts)) => facts,
        // A path that is no text has no form in JSON; that a title failed is told all the same.
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    hooks.tell(&Event { kind, title: title.clone(), facts, once });
}
