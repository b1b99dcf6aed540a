//! Settings of the origin: where it listens, what it tells caches, and its limits.

mod listen;
mod steering;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::listen::{Address, Certificate, Proxies, Tls};
pub use self::steering::{Pathway, Steering};
use crate::access::Visibility;
use crate::settings::{Settings, field};

/// Settings of the origin, `[origin]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Addresses of the public listeners without TLS.
    #[serde(with = "listen::addresses")]
    pub listen: Vec<Address>,
    /// Address of the listener for metrics.
    #[serde(deserialize_with = "field::address")]
    pub admin: SocketAddr,
    /// Peers that begin each connection with a PROXY header; others are served as they come.
    #[serde(with = "listen::proxies")]
    pub proxy_protocol: Vec<Proxies>,
    /// Bound of the hot cache, bytes.
    #[serde(rename = "cache", with = "field::size")]
    pub cache_bytes: u64,
    /// Origins that pages may play from (`Access-Control-Allow-Origin`); `*` alone allows all.
    #[serde(deserialize_with = "field::web_origins")]
    pub cors_origins: Vec<String>,
    /// Request headers that pages' scripts may send beside those that players send (`Access-Control-Allow-Headers`).
    #[serde(deserialize_with = "field::header_names")]
    pub cors_headers: Vec<String>,
    /// The time for which a browser may remember a preflight, seconds.
    #[serde(
        rename = "preflight",
        deserialize_with = "field::seconds::<_, 0, 86400>",
        serialize_with = "field::write_seconds"
    )]
    pub preflight_seconds: u32,
    /// The time that requests under way have to end once the program is told to stop, seconds.
    #[serde(
        rename = "drain",
        deserialize_with = "field::seconds::<_, 0, 3600>",
        serialize_with = "field::write_seconds"
    )]
    pub drain_seconds: u32,
    /// Visibility of titles that nobody has decided on.
    #[serde(deserialize_with = "field::visibility")]
    pub visibility: Visibility,
    /// Files with the secrets that tokens are signed with, the one that signs first; empty: the library's own key.
    #[serde(deserialize_with = "field::paths")]
    pub signing_keys: Vec<PathBuf>,
    /// JSON Web Tokens, beside signed ones.
    pub jwt: Jwt,
    /// The listeners with TLS.
    pub tls: Tls,
    /// Content steering.
    pub steering: Steering,
    /// True if requests have ids.
    pub request_ids: bool,
    /// A line for each answer.
    pub access_log: AccessLog,
    /// A span for each request.
    pub tracing: Tracing,
    /// `Cache-Control` values, for caches.
    pub cache_control: CacheControl,
    /// Limits on one client, and on all of them.
    pub limits: Limits,
}

/// Requirements on JSON Web Tokens (RFC 7519) that open restricted titles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// Files with the keys that they may be signed with; empty: none are taken.
    #[serde(deserialize_with = "field::paths")]
    pub keys: Vec<PathBuf>,
    /// The audience that they must be for (`aud`); empty: they must be for none in particular.
    #[serde(deserialize_with = "field::words")]
    pub audience: String,
}

/// Where a line for each answer goes, and what it is like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessLog {
    /// A file, or `stderr`; empty: there is no log.
    #[serde(deserialize_with = "field::words")]
    pub to: String,
    /// The format of a line.
    #[serde(deserialize_with = "field::log_format")]
    pub format: LogFormat,
    /// Every how many-th answer has a line.
    #[serde(deserialize_with = "field::whole::<_, 1, 1000000>")]
    pub sample: u32,
}

/// Where a span for each request goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tracing {
    /// URL that a collector takes traces at, by OTLP over HTTP; empty: there are no spans.
    #[serde(deserialize_with = "field::words")]
    pub otlp: String,
    /// Every how many-th request has a span, of those that come without a decision.
    #[serde(deserialize_with = "field::whole::<_, 1, 1000000>")]
    pub sample: u32,
}

/// The format of a line of the access log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A JSON object.
    Json,
    /// As Apache and nginx do.
    Combined,
}

/// `Cache-Control`, and for shared caches `CDN-Cache-Control` (RFC 9213), by kind of response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheControl {
    /// Multivariant playlists, MPDs, `title.json`, `/api/…` and pages.
    #[serde(deserialize_with = "field::header_value")]
    pub current: String,
    /// The same, for shared caches.
    #[serde(deserialize_with = "field::header_value")]
    pub current_cdn: String,
    /// All below a revision.
    #[serde(deserialize_with = "field::header_value")]
    pub immutable: String,
    /// The same, for shared caches.
    #[serde(deserialize_with = "field::header_value")]
    pub immutable_cdn: String,
    /// 404 and 410.
    #[serde(deserialize_with = "field::header_value")]
    pub missing: String,
    /// The same, for shared caches.
    #[serde(deserialize_with = "field::header_value")]
    pub missing_cdn: String,
    /// 503 when shedding load.
    #[serde(deserialize_with = "field::header_value")]
    pub overload: String,
    /// The same, for shared caches.
    #[serde(deserialize_with = "field::header_value")]
    pub overload_cdn: String,
    /// Other 4xx and 5xx.
    #[serde(deserialize_with = "field::header_value")]
    pub error: String,
    /// The same, for shared caches.
    #[serde(deserialize_with = "field::header_value")]
    pub error_cdn: String,
    /// `Retry-After` of a 503, seconds.
    #[serde(
        rename = "retry_after",
        deserialize_with = "field::seconds::<_, 1, 3600>",
        serialize_with = "field::write_seconds"
    )]
    pub retry_after_seconds: u32,
}

/// Bounds that keep one client from costing the others their service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Ranges that one request may ask for; with more, the whole object is sent, or nothing if they overlap.
    #[serde(deserialize_with = "field::whole::<_, 1, 1000>")]
    pub ranges: u32,
    /// Connections open at once; fewer where the system allows too few open files.
    #[serde(deserialize_with = "field::whole::<_, 1, 1000000>")]
    pub connections: u32,
    /// Connections open at once from one address.
    #[serde(deserialize_with = "field::whole::<_, 1, 1000000>")]
    pub connections_per_address: u32,
    /// Requests after which a connection is closed in good order.
    #[serde(deserialize_with = "field::whole::<_, 1, 1000000000>")]
    pub requests_per_connection: u32,
    /// Requests that may wait for a file to be read; more are told to come back later.
    #[serde(deserialize_with = "field::whole::<_, 1, 1000000>")]
    pub waiting: u32,
    /// Threads for each processor that may wait for the file system at the same time.
    #[serde(deserialize_with = "field::whole::<_, 1, 1024>")]
    pub io_threads: u32,
    /// Header fields of one request.
    #[serde(deserialize_with = "field::whole::<_, 10, 1000>")]
    pub headers: u32,
    /// Bytes of one request's header fields.
    #[serde(rename = "header", with = "field::size")]
    pub header_bytes: u64,
    /// The time that a client has for its first request, seconds.
    #[serde(
        rename = "first_request",
        deserialize_with = "field::seconds::<_, 1, 600>",
        serialize_with = "field::write_seconds"
    )]
    pub header_seconds: u32,
    /// The time that a client has for its next request, seconds.
    #[serde(
        rename = "idle",
        deserialize_with = "field::seconds::<_, 1, 3600>",
        serialize_with = "field::write_seconds"
    )]
    pub idle_seconds: u32,
    /// The time for which a client may leave bytes that are ready for it, seconds.
    #[serde(
        rename = "stall",
        deserialize_with = "field::seconds::<_, 1, 600>",
        serialize_with = "field::write_seconds"
    )]
    pub stall_seconds: u32,
    /// The time that an answer may take in all, seconds.
    #[serde(
        rename = "request",
        deserialize_with = "field::seconds::<_, 1, 86400>",
        serialize_with = "field::write_seconds"
    )]
    pub request_seconds: u32,
}

impl Origin {
    /// As for all settings: the first pair that contradict each other.
    pub(crate) fn conflict(&self) -> Option<(&'static str, String)> {
        if let Some(conflict) = self.steering.conflict() {
            return Some(conflict);
        }
        let (plain, tls, admin) = (&self.listen, &self.tls.listen, Address::Ip(self.admin));
        if plain.is_empty() && tls.is_empty() {
            return Some((
                "origin.listen",
                "leaves no address to serve at; name one here or in origin.tls.listen".into(),
            ));
        }
        if !tls.is_empty() && self.tls.certificates.is_empty() {
            return Some(("origin.tls.listen", "needs a certificate; name one in origin.tls.certificates".into()));
        }
        if plain.iter().any(|address| address.collides(&admin)) {
            return Some(("origin.admin", "is the address of origin.listen too; metrics need their own".into()));
        }
        let taken = |address: &Address| address.collides(&admin) || plain.iter().any(|other| other.collides(address));
        tls.iter().find(|address| taken(address)).map(|address| {
            ("origin.tls.listen", format!("has {address}, which is origin.listen's or origin.admin's already"))
        })
    }
}

impl Default for Origin {
    fn default() -> Self {
        Settings::default().origin
    }
}

impl Default for Limits {
    fn default() -> Self {
        Origin::default().limits
    }
}
