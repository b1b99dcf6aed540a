//! The library on disk: its files, its titles, and its changes.

pub(crate) mod catalog;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod identity;
pub(crate) mod store;
pub(crate) mod watch;

/// The current time, in nanoseconds since the Unix epoch.
pub(crate) fn now() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}
