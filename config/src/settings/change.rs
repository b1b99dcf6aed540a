//! Differences between two readings of the settings, and which of them can take effect while a program goes on.

use super::resolve::Resolved;

/// Keys whose values are bound to a socket, a folder, a thread or the room for jobs once and for all.
const BOUND: [&str; 10] = [
    "origin.listen",
    "origin.admin",
    "origin.tls.listen",
    "ingest.path",
    "ingest.after",
    "ingest.done",
    "ingest.quarantine",
    "library.path",
    "encode.jobs",
    "encode.memory",
];

/// The keys whose values differ, in alphabetical order.
pub fn changed<'a>(before: &Resolved, after: &'a Resolved) -> impl Iterator<Item = &'a str> {
    let old = before.entries.iter().map(|entry| &entry.value);
    let pairs = old.zip(&after.entries).filter(|(old, new)| **old != new.value);
    pairs.map(|(_, new)| new.key.as_str())
}

/// True if `key` counts from the next start on only. Others count for the next request, or the next title.
#[must_use]
pub fn needs_restart(key: &str) -> bool {
    BOUND.contains(&key) || key.starts_with("hooks.") || key.starts_with("studio.")
}
