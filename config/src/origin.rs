//! Settings of the origin: where it listens, what it tells caches, and its limits.

use serde::{Deserialize, Serialize};

/// How titles are served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Address of the public listener.
    pub listen: std::net::SocketAddr,
    /// Address of the listener for metrics.
    pub admin: std::net::SocketAddr,
    /// Bound of the hot cache, bytes.
    pub cache_bytes: u64,
    /// Origins that pages may play from (`Access-Control-Allow-Origin`); `*` alone allows all.
    pub cors_origins: Vec<String>,
    /// How long a browser may remember a preflight, seconds.
    pub preflight_seconds: u32,
    /// How long requests under way may take to end once the program is told to stop, seconds.
    pub drain_seconds: u32,
    /// What caches are told.
    pub cache_control: CacheControl,
    /// What one client, and all of them, may ask for.
    pub limits: Limits,
}

/// `Cache-Control`, and for shared caches `CDN-Cache-Control` (RFC 9213), by kind of response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheControl {
    /// Multivariant playlists, MPDs, `title.json`, `/api/…` and pages.
    pub current: String,
    /// The same, for shared caches.
    pub current_cdn: String,
    /// All below a revision.
    pub immutable: String,
    /// The same, for shared caches.
    pub immutable_cdn: String,
    /// 404 and 410.
    pub missing: String,
    /// The same, for shared caches.
    pub missing_cdn: String,
    /// 503 when shedding load.
    pub overload: String,
    /// The same, for shared caches.
    pub overload_cdn: String,
    /// Other 4xx and 5xx.
    pub error: String,
    /// The same, for shared caches.
    pub error_cdn: String,
    /// `Retry-After` of a 503, seconds.
    pub retry_after_seconds: u32,
}

/// Bounds that keep one client from costing the others their service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Ranges that one request may ask for; with more, the whole object is sent.
    pub ranges: u32,
}

impl Default for Origin {
    fn default() -> Self {
        Self {
            listen: std::net::SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin: std::net::SocketAddr::from(([127, 0, 0, 1], 9464)),
            cache_bytes: 256 << 20,
            cors_origins: vec!["*".into()],
            preflight_seconds: 86_400,
            drain_seconds: 10,
            cache_control: CacheControl::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for CacheControl {
    fn default() -> Self {
        Self {
            current: "public, max-age=60, stale-if-error=86400".into(),
            current_cdn: "max-age=60, stale-while-revalidate=60, stale-if-error=86400".into(),
            immutable: "public, max-age=31536000, immutable".into(),
            immutable_cdn: "public, max-age=31536000, immutable".into(),
            missing: "public, max-age=10".into(),
            missing_cdn: "public, max-age=10".into(),
            overload: "public, max-age=5".into(),
            overload_cdn: "public, max-age=5".into(),
            error: "no-store".into(),
            error_cdn: "no-store".into(),
            retry_after_seconds: 5,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { ranges: 16 }
    }
}
