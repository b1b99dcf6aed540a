//! The heads of plain requests for the library.
//!
//! They are read by the parser that hyper uses (httparse), and whatever could be read in two ways is left to hyper with all
//! that follows it on its connection: content or the promise of it (RFC 9112 §6), other protocols and versions, other
//! methods, other forms of target, and heads at odds with the grammar or the limits.

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Empty;
use httparse::{Header, Status};

use crate::http::host;
use crate::service::fast::Plain;

/// A head with more fields is hyper's.
pub(crate) const MOST_FIELDS: usize = 64;

/// The place where the parser puts fields.
pub(crate) type FieldRoom<'b> = [MaybeUninit<Header<'b>>];

/// The head of a GET or HEAD of the library that has no content.
#[derive(Debug)]
pub(crate) struct Head<'b, 'h> {
    pub(crate) method: Method,
    /// In origin form (RFC 9112 §3.2.1).
    pub(crate) target: &'b str,
    /// Bytes.
    pub(crate) length: usize,
    /// True if the client wants no more answers than this one (RFC 9112 §9.6).
    pub(crate) last: bool,
    /// True if nothing in it but the path and the codings decides the answer.
    pub(crate) simple: bool,
    fields: &'h [Header<'b>],
}

/// The beginning of a connection's bytes.
#[derive(Debug)]
pub(crate) enum Parsed<'b, 'h> {
    Plain(Head<'b, 'h>),
    /// A head that is not there whole yet.
    Partial,
    /// Anything that is hyper's.
    Other,
}

/// The part of a field in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It says how the bytes after the head are to be read.
    Framing,
    Connection,
    Host,
    /// It decides the answer, or tells of the player.
    Selection,
    Other,
}

impl<'b, 'h> Head<'b, 'h> {
    /// Reads the head that `bytes` begin with.
    pub(crate) fn parse(bytes: &'b [u8], room: &'h mut FieldRoom<'b>) -> Parsed<'b, 'h> {
        let mut request = httparse::Request::new(&mut []);
        match request.parse_with_uninit_headers(bytes, room) {
            Ok(Status::Complete(length)) => {
                let (method, target, version) = (request.method, request.path, request.version);
                Self::of_library(method, target, version, request.headers, length).map_or(Parsed::Other, Parsed::Plain)
            }
            Ok(Status::Partial) => Parsed::Partial,
            Err(_) => Parsed::Other,
        }
    }

    fn of_library(
        method: Option<&str>,
        target: Option<&'b str>,
        version: Option<u8>,
        fields: &'h [Header<'b>],
        length: usize,
    ) -> Option<Self> {
        let method = match method? {
            "GET" => Method::GET,
            "HEAD" => Method::HEAD,
            _ => return None,
        };
        let target = target.filter(|target| target.starts_with("/vod/") && version == Some(1))?;
        let mut head = Self { simple: true, method, target, length, last: false, fields };
        let (mut hosts, mut connections) = (0, 0);
        for field in fields {
            match role(field.name) {
                Role::Framing => return None,
                Role::Connection => {
                    connections += 1;
                    head.last = ends_connection(field.value)?;
                }
                Role::Host => {
                    hosts += 1;
                    head.simple &= host::is_host(field.value);
                }
                Role::Selection => head.simple = false,
                Role::Other => {}
            }
        }
        head.simple &= hosts == 1;
        (connections <= 1).then_some(head)
    }

    /// The request for the fast way through the service.
    pub(crate) fn plain(&self) -> Plain<'_> {
        let (path, query) =
            self.target.split_once('?').map_or((self.target, None), |(path, query)| (path, Some(query)));
        Plain { method: &self.method, target: self.target, path, query, fields: self.fields }
    }

    /// The request as the rest of the origin knows it; `None` if it is hyper's after all.
    pub(crate) fn request(&self) -> Option<Request<Empty<Bytes>>> {
        let mut request = Request::new(Empty::new());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = Uri::try_from(self.target).ok()?;
        for field in self.fields {
            let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
            request.headers_mut().try_append(name, HeaderValue::from_bytes(field.value).ok()?).ok()?;
        }
        Some(request)
    }
}

/// True if a `Connection` of this value ends the connection; `None` where it says anything else.
fn ends_connection(value: &[u8]) -> Option<bool> {
    if value.eq_ignore_ascii_case(b"keep-alive") {
        Some(false)
    } else {
        value.eq_ignore_ascii_case(b"close").then_some(true)
    }
}

fn role(name: &str) -> Role {
    const ROLES: [(&str, Role); 17] = [
        ("content-length", Role::Framing),
        ("transfer-encoding", Role::Framing),
        ("trailer", Role::Framing),
        ("te", Role::Framing),
        ("upgrade", Role::Framing),
        ("expect", Role::Framing),
        ("http2-settings", Role::Framing),
        ("content-type", Role::Framing),
        ("connection", Role::Connection),
        ("host", Role::Host),
        ("range", Role::Selection),
        ("if-range", Role::Selection),
        ("if-match", Role::Selection),
        ("if-none-match", Role::Selection),
        ("if-modified-since", Role::Selection),
        ("if-unmodified-since", Role::Selection),
        ("authorization", Role::Selection),
    ];
    let known = ROLES.iter().find(|(known, _)| known.len() == name.len() && known.eq_ignore_ascii_case(name));
    match known {
        Some((_, role)) => *role,
        // CTA-5004 §3: CMCD-Request, CMCD-Object, CMCD-Status, CMCD-Session.
        None if name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("cmcd-")) => Role::Selection,
        None => Role::Other,
    }
}

#[cfg(test)]
mod tests;
