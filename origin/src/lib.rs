//! The origin: serves a library's published tree over HTTP.
//!
//! Deciding is pure: [`route`] says what a path means, [`policy`] what caches are told, [`conditional`], [`range`] and
//! [`encode`] what of an object is sent, [`respond`] puts them together. Doing is at the rim: [`store`] reads files,
//! [`cache`] keeps them, [`catalog`] knows which titles there are, [`server`] holds the sockets. Plain HTTP/1.1 is spoken
//! in `http1`, all else by hyper.

pub mod access;
pub mod activity;
mod admin;
pub mod admission;
mod answer;
pub mod body;
mod buffers;
pub mod cache;
mod carrier;
pub mod catalog;
pub mod cmcd;
pub mod conditional;
mod connection;
pub mod encode;
pub mod entry;
mod executor;
mod fetch;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod gather;
mod guard;
mod handover;
mod http1;
#[cfg(feature = "http3")]
mod http3;
mod linux;
mod listener;
mod live;
pub mod log;
pub mod metrics;
pub mod pages;
mod pipes;
pub mod players;
pub mod policy;
pub mod proxy_protocol;
pub mod range;
pub mod request_id;
pub mod reservoir;
pub mod respond;
pub mod route;
pub mod server;
pub mod service;
pub mod socket;
pub mod spans;
pub mod steering;
pub mod store;
pub mod tls;
mod watch;
pub mod watchdog;
pub mod web;
mod wire;
mod worker;

use std::io;
use std::path::PathBuf;

use config::origin::Address;
pub use server::{Addresses, Control, serve};

/// Why the origin can't serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting holds what can't be sent.
    #[error("setting origin.{setting}: '{value}' can't be a header's value; use printable ASCII without line breaks")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What it holds.
        value: String,
    },
    /// A key of access control can't be used.
    #[error("key {}: {why}", file.display())]
    Key {
        /// Its file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// An address can't be listened on.
    #[error("can't listen on {address}: {source}; choose another with {setting}, or stop what uses it")]
    Listen {
        /// The address.
        address: Address,
        /// What changes it.
        setting: &'static str,
        /// Why.
        source: io::Error,
    },
    /// systemd passes a socket that the settings don't know.
    #[error(
        "systemd passes a socket at {0}, which is no address of the settings; name it in origin.listen or origin.tls.listen"
    )]
    Stray(Address),
    /// The sockets of a running origin can't be had.
    #[error("can't take over from the pack that runs: {0}; stop it, or start this one without --replace")]
    Handover(#[source] io::Error),
    /// No TLS can be spoken.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
    /// The access log can't be opened.
    #[error("can't open the access log {file}: {source}; change origin.access_log.to")]
    Log {
        /// Its file.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// Spans can't be sent.
    #[error("setting origin.tracing.otlp: {0}")]
    Spans(String),
    /// The operating system gives no thread or reactor.
    #[error("can't start: {0}")]
    Start(#[from] io::Error),
    /// The cache's options contradict each other.
    #[error("can't make a cache: {0}; change origin.cache_bytes")]
    Cache(String),
    /// The registry already has metrics of these names.
    #[error("can't register metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}

fn seconds_now() -> u64 {
    u64::try_from(now() / 1_000_000_000).unwrap_or(u64::MAX)
}

/// The hour, nanoseconds since 1970. Only the rim asks; what decides is told.
fn now() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}
