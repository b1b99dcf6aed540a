//! What the access log tells of an answer, and how.

use std::fmt::Write;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{HOST, REFERER, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Uri, Version};
use serde_json::json;

use crate::access::without_tokens;
use crate::socket::Client;

/// An answer and the request for it.
#[derive(Debug, Clone)]
pub struct Record {
    /// When the request's head had come.
    pub began: SystemTime,
    /// Who asked; none through a Unix socket.
    pub client: Option<IpAddr>,
    /// The request's method.
    pub method: Method,
    /// Its target, without tokens.
    pub target: String,
    /// Its protocol.
    pub version: Version,
    /// Its `Referer`, without what may hold a token.
    pub referer: Option<String>,
    /// Its `User-Agent`.
    pub agent: Option<HeaderValue>,
    /// Its `Host`.
    pub host: Option<HeaderValue>,
    /// Its id, where requests have one.
    pub id: Option<HeaderValue>,
    /// The answer's status.
    pub status: u16,
    /// What kind of object it was for.
    pub kind: &'static str,
    /// Whether it came from the hot cache; none where that has no part in it.
    pub hit: Option<bool>,
    /// From the request's head to the answer's.
    pub first_byte: Duration,
    /// From the request's head to the answer's end, whether that was its last byte or not.
    pub duration: Duration,
    /// Bytes of the body that were handed to the connection.
    pub bytes: u64,
}

impl Record {
    /// Of a request with this head, the head of whose answer was ready after `first_byte`, which is `now` (nanoseconds
    /// since 1970). What is told of the answer is not there yet.
    #[must_use]
    pub fn new(
        (method, uri, version, headers): (&Method, &Uri, Version, &HeaderMap),
        client: Client,
        first_byte: Duration,
        now: u128,
    ) -> Self {
        let now = UNIX_EPOCH + Duration::from_nanos(u64::try_from(now).unwrap_or(u64::MAX));
        let target = uri.path_and_query().map_or_else(|| uri.path(), PathAndQuery::as_str);
        // In HTTP/2 the target names the host (RFC 9113 §8.3.1).
        let authority = || uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
        Self {
            began: now.checked_sub(first_byte).unwrap_or(now),
            client: client.address.map(|address| address.ip()),
            method: method.clone(),
            target: without_tokens(target).into_owned(),
            version,
            referer: headers
                .get(REFERER)
                .map(|url| without_tokens(&String::from_utf8_lossy(url.as_bytes())).into_owned()),
            agent: headers.get(USER_AGENT).cloned(),
            host: headers.get(HOST).cloned().or_else(authority),
            id: None,
            status: 0,
            kind: "",
            hit: None,
            first_byte,
            duration: first_byte,
            bytes: 0,
        }
    }

    /// A JSON object and a line's end. Times are in seconds, as numbers.
    #[must_use]
    pub fn json(&self) -> String {
        let text = |value: &Option<HeaderValue>| {
            value.as_ref().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let line = json!({
            "time": humantime::format_rfc3339_millis(self.began).to_string(),
            "client": self.client.map(|client| client.to_string()),
            "method": self.method.as_str(),
            "host": text(&self.host),
            "target": self.target,
            "protocol": protocol(self.version),
            "status": self.status,
            "bytes": self.bytes,
            "kind": self.kind,
            "cache": self.hit.map(|hit| if hit { "hit" } else { "miss" }),
            "first_byte": self.first_byte.as_secs_f64(),
            "duration": self.duration.as_secs_f64(),
            "referer": self.referer,
            "agent": text(&self.agent),
            "id": text(&self.id),
        });
        format!("{line}\n")
    }

    /// A line in the combined format of Apache and nginx.
    #[must_use]
    pub fn combined(&self) -> String {
        let client = self.client.map_or("-".to_owned(), |client| client.to_string());
        let (method, protocol) = (&self.method, protocol(self.version));
        let mut line = format!("{client} - - [{}] \"{method} ", date(self.began));
        escape(&mut line, self.target.as_bytes());
        let _ = write!(line, " {protocol}\" {} {} \"", self.status, self.bytes);
        escape(&mut line, self.referer.as_deref().unwrap_or("-").as_bytes());
        line.push_str("\" \"");
        escape(&mut line, self.agent.as_ref().map_or(b"-", HeaderValue::as_bytes));
        line.push_str("\"\n");
        line
    }
}

/// `06/Nov/1994:08:49:37 +0000`, from what HTTP writes as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(time: SystemTime) -> String {
    let date = httpdate::fmt_http_date(time);
    let mut parts = date.split(' ').skip(1);
    let mut part = || parts.next().unwrap_or_default();
    format!("{}/{}/{}:{} +0000", part(), part(), part(), part())
}

const fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

/// Writes what a stranger sent so that it can neither end its quotes nor its line.
fn escape(line: &mut String, bytes: &[u8]) {
    for byte in bytes {
        match byte {
            b'"' | b'\\' | 0..=31 | 127.. => {
                let _ = write!(line, "\\x{byte:02X}");
            }
            plain => line.push(char::from(*plain)),
        }
    }
}
