//! The fields that tell clients where an answer came from (RFC 9211, W3C Server Timing).

use std::time::Duration;

use http::{HeaderName, HeaderValue};

/// RFC 9211.
pub(crate) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// Browsers show it, and scripts read it.
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The place that an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// The hot cache.
    Hot,
    /// A file, which took so long to open and read.
    Cold(Duration),
}

impl Found {
    /// The fields that tell clients.
    pub(crate) fn fields(self) -> [(HeaderName, HeaderValue); 2] {
        let (status, timing) = match self {
            Self::Hot => ("pack; hit", HeaderValue::from_static("cache;desc=hit")),
            Self::Cold(took) => ("pack; fwd=miss", miss_timing(took)),
        };
        [(CACHE_STATUS, HeaderValue::from_static(status)), (SERVER_TIMING, timing)]
    }

    /// True if it came from the hot cache.
    pub(crate) fn is_hit(self) -> bool {
        self == Self::Hot
    }
}

/// The `Server-Timing` of a file that `took` so long to get, in milliseconds.
fn miss_timing(took: Duration) -> HeaderValue {
    let micros = took.as_micros();
    let text = format!("cache;desc=miss;dur={}.{:03}", micros / 1000, micros % 1000);
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("cache;desc=miss"))
}
