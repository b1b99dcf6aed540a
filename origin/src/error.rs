//! The error of an origin that can't serve.

use std::io;
use std::path::PathBuf;

use config::origin::Address;

use crate::access;
use crate::http::policy::Unsendable;

/// A failure to start or to serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting holds a value that can't be sent.
    #[error(transparent)]
    Setting(#[from] Unsendable),
    /// Access to titles can't be controlled.
    #[error(transparent)]
    Access(#[from] access::SetupError),
    /// An address can't be listened on.
    #[error("can't listen on {address}: {source}; choose another with {setting}, or stop what uses it")]
    Listen {
        /// The address.
        address: Address,
        /// The flag or setting that changes it.
        setting: &'static str,
        /// The system's error.
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
    Tls(#[from] TlsError),
    /// The access log can't be opened.
    #[error("can't open the access log {file}: {source}; change origin.access_log.to")]
    Log {
        /// Its file.
        file: String,
        /// The system's error.
        source: io::Error,
    },
    /// Spans can't be sent.
    #[error("setting origin.tracing.otlp: {0}")]
    Spans(String),
    /// The operating system gives no thread or reactor.
    #[error("can't start: {0}")]
    Start(#[from] io::Error),
    /// The cache's options contradict each other.
    #[error("can't make a cache: {0}; change origin.cache")]
    Cache(String),
    /// The registry already has metrics of these names.
    #[error("can't register metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// A failure to set up TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be used.
    #[error("setting origin.tls.certificates: {}: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The fault, and what to do.
        why: String,
    },
    /// No certificate is named.
    #[error("no certificate: name one in origin.tls.certificates")]
    None,
    /// rustls can't be set up.
    #[error("can't set up TLS: {0}")]
    Setup(#[from] rustls::Error),
}
