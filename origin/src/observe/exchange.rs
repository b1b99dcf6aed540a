//! The facts of a request and of its answer that a line and a span tell.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use http::header::{HOST, REFERER, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderName, Request, Version};

use crate::access::without_tokens;

/// The fields of W3C Trace Context.
const TRACE_FIELDS: [HeaderName; 2] = [HeaderName::from_static("traceparent"), HeaderName::from_static("tracestate")];

/// A request, borrowed from where it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub method: &'a str,
    /// Its target's path and query, tokens included.
    pub target: &'a str,
    /// Its protocol.
    pub version: Version,
    /// Its `Host`, or the authority of its target.
    pub host: Option<&'a [u8]>,
    /// Its `Referer`, tokens included.
    pub referer: Option<&'a [u8]>,
    /// Its `User-Agent`, tokens included.
    pub agent: Option<&'a [u8]>,
    /// Its id, where requests have one.
    pub id: Option<&'a [u8]>,
    /// Its `traceparent` and `tracestate` (W3C Trace Context), where this program sends spans.
    pub trace: [Option<&'a [u8]>; 2],
    /// The address of the client; none where it came through a Unix socket.
    pub client: Option<IpAddr>,
}

/// An answer whose head is ready.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub status: u16,
    /// The kind of object that it is for.
    pub kind: &'static str,
    /// True if it came from the hot cache; none where that has no part in it.
    pub hit: Option<bool>,
    /// When the request's head had come.
    pub began: Instant,
    /// From the request's head to the answer's.
    pub first_byte: Duration,
    /// The current time, at which the answer's head is ready.
    pub now: SystemTime,
}

impl<'a> Asked<'a> {
    /// The facts of `request`, without its id.
    #[must_use]
    pub(crate) fn of<B>(request: &'a Request<B>, client: Option<IpAddr>) -> Self {
        let (uri, headers) = (request.uri(), request.headers());
        let field = |name: HeaderName| headers.get(name).map(|value| value.as_bytes());
        Self {
            method: request.method().as_str(),
            target: uri.path_and_query().map_or_else(|| uri.path(), PathAndQuery::as_str),
            version: request.version(),
            // In HTTP/2 the target names the host (RFC 9113 §8.3.1).
            host: field(HOST).or_else(|| uri.authority().map(|authority| authority.as_str().as_bytes())),
            referer: field(REFERER),
            agent: field(USER_AGENT),
            id: None,
            trace: if cfg!(feature = "otlp") { TRACE_FIELDS.map(field) } else { [None; 2] },
            client,
        }
    }

    /// The facts of a head in HTTP/1.1's own form, without its id: `target` in origin form, and each of `fields` a name, in large
    /// or small letters, and a value. The first of a name counts.
    #[must_use]
    pub(crate) fn read(
        (method, target, version): (&'a str, &'a str, Version),
        fields: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        client: Option<IpAddr>,
    ) -> Self {
        let (host, referer, agent, id, trace) = (None, None, None, None, [None; 2]);
        let mut asked = Self { method, target, version, host, referer, agent, id, trace, client };
        for (name, value) in fields {
            if let Some(slot) = asked.slot(name) {
                slot.get_or_insert(value);
            }
        }
        asked
    }

    /// The place for the value of the field `name`.
    fn slot(&mut self, name: &str) -> Option<&mut Option<&'a [u8]>> {
        let is = |known: &HeaderName| name.eq_ignore_ascii_case(known.as_str());
        let [parent, state] = &mut self.trace;
        // Names of other lengths are told from these without being read.
        match name.len() {
            4 if is(&HOST) => Some(&mut self.host),
            7 if is(&REFERER) => Some(&mut self.referer),
            10 if is(&USER_AGENT) => Some(&mut self.agent),
            10 if cfg!(feature = "otlp") && is(&TRACE_FIELDS[1]) => Some(state),
            11 if cfg!(feature = "otlp") && is(&TRACE_FIELDS[0]) => Some(parent),
            _ => None,
        }
    }

    /// Its target without tokens.
    pub(crate) fn safe_target(&self) -> Cow<'a, str> {
        without_tokens(self.target)
    }

    /// Its `Referer` without tokens.
    pub(crate) fn safe_referer(&self) -> Option<Cow<'a, [u8]>> {
        self.referer.map(safe)
    }

    /// Its `User-Agent` without tokens.
    pub(crate) fn safe_agent(&self) -> Option<Cow<'a, [u8]>> {
        self.agent.map(safe)
    }
}

/// `field` without tokens.
fn safe(field: &[u8]) -> Cow<'_, [u8]> {
    // Looking for what is no UTF-8 costs more than hearing that there is none.
    let text = std::str::from_utf8(field).map_or_else(|_| String::from_utf8_lossy(field), Cow::from);
    match without_tokens(&text) {
        Cow::Borrowed(_) => field.into(),
        Cow::Owned(safe) => safe.into_bytes().into(),
    }
}

impl Answered {
    /// When the request's head had come.
    pub(crate) fn came(&self) -> SystemTime {
        self.now.checked_sub(self.first_byte).unwrap_or(self.now)
    }

    /// Its part of the cache in a word.
    pub(crate) fn cache(&self) -> Option<&'static str> {
        self.hit.map(|hit| if hit { "hit" } else { "miss" })
    }
}
