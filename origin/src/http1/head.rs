//! The heads of HTTP/1.1 requests that are answered without hyper.
//!
//! hyper keeps two kilobytes for each connection and as much for each head, which at some thousand connections are in no
//! processor's cache, and cost more than the answer. So the heads that players, browsers and caches send are read in
//! place. They are read by the same parser (httparse), and anything that could be read in two ways is left to hyper with
//! all that follows it on its connection: content or the promise of it (RFC 9112 §6), other protocols and versions, other
//! methods, other forms of target, and heads that are not there whole or are at odds with the grammar or the limits.

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Empty;
use httparse::{Header, Status};

/// A head with more fields than that is hyper's.
pub(crate) const MOST: usize = 64;

/// Where the parser puts fields.
pub(crate) type Room<'b> = [MaybeUninit<Header<'b>>];

/// The head of a request that has no content.
#[derive(Debug)]
pub(crate) struct Head<'b, 'h> {
    /// GET, HEAD or OPTIONS.
    pub(crate) method: Method,
    /// In origin form (RFC 9112 §3.2.1).
    pub(crate) target: &'b str,
    /// Bytes.
    pub(crate) length: usize,
    /// Whether the client wants no more answers than this one (RFC 9112 §9.6).
    pub(crate) last: bool,
    /// Whether nothing in it but the target and the codings decides what is sent, nor says anything of the player.
    pub(crate) simple: bool,
    fields: &'h [Header<'b>],
}

/// What a field means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// How what follows the head is to be read.
    Framing,
    Connection,
    Host,
    /// What is sent, or to whom, or what is known of the player.
    Selection,
    Other,
}

impl<'b, 'h> Head<'b, 'h> {
    /// Reads the head that `bytes` begin with, of `longest` bytes at most; `None` if it is hyper's.
    pub(crate) fn read(bytes: &'b [u8], room: &'h mut Room<'b>, longest: usize) -> Option<Self> {
        let mut request = httparse::Request::new(&mut []);
        let Ok(Status::Complete(length)) = request.parse_with_uninit_headers(bytes, room) else { return None };
        let method = match request.method? {
            "GET" => Method::GET,
            "HEAD" => Method::HEAD,
            "OPTIONS" => Method::OPTIONS,
            _ => return None,
        };
        let target = request.path.filter(|target| target.starts_with('/'))?;
        if request.version != Some(1) || length > longest {
            return None;
        }
        let fields: &[Header<'b>] = request.headers;
        let mut head = Self {
            simple: method != Method::OPTIONS && !target.contains('?'),
            method,
            target,
            length,
            last: false,
            fields,
        };
        let (mut hosts, mut connections) = (0, 0);
        for field in fields {
            match role(field.name) {
                Role::Framing => return None,
                Role::Connection => {
                    connections += 1;
                    head.last = wants_the_last(field.value)?;
                }
                Role::Host => hosts += 1,
                Role::Selection => head.simple = false,
                Role::Other => {}
            }
        }
        head.simple &= hosts == 1;
        (connections <= 1).then_some(head)
    }

    /// The values of the fields called `name`, in lower case.
    pub(crate) fn values(&self, name: &'static str) -> impl Iterator<Item = &'b [u8]> {
        self.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
    }

    /// The same as the rest of the origin knows requests; `None` if it is hyper's after all.
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

/// Whether a `Connection` of this value ends the connection; `None` where it says anything else.
fn wants_the_last(value: &[u8]) -> Option<bool> {
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
mod tests {
    use super::*;

    fn read<R>(text: &str, look: impl FnOnce(Option<Head<'_, '_>>) -> R) -> R {
        look(Head::read(text.as_bytes(), &mut [const { MaybeUninit::uninit() }; 8], 200))
    }

    #[test]
    fn what_players_send_is_read() {
        for (text, last, simple) in [
            ("GET /a HTTP/1.1\r\nHost: a\r\n\r\n", false, true),
            ("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n", false, true),
            ("OPTIONS /a HTTP/1.1\r\nHost: a\r\n\r\n", false, false),
            ("\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", false, true),
            ("GET /a HTTP/1.1\r\nhost: a\r\nconnection: Keep-Alive\r\n\r\n", false, true),
            ("GET /a HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", true, true),
            ("GET /a HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nCookie: x\r\n\r\n", false, true),
            ("GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n", false, false),
            ("GET /a HTTP/1.1\r\n\r\n", false, false),
            ("GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", false, false),
            ("GET /a HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n", false, false),
            ("GET /a HTTP/1.1\r\nHost: a\r\nIF-None-Match: *\r\n\r\n", false, false),
            ("GET /a HTTP/1.1\r\nHost: a\r\nif-Range: *\r\n\r\n", false, false),
            ("GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n", false, false),
            ("GET /a HTTP/1.1\r\nHost: a\r\ncmcd-Status: bs\r\n\r\n", false, false),
        ] {
            let read = read(text, |head| head.map(|head| (head.length, head.last, head.simple)));
            assert_eq!(read, Some((text.len(), last, simple)), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_left_to_hyper() {
        let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(200));
        let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "a: b\r\n".repeat(8));
        for text in [
            "",
            "GET",
            "GET / HTTP/1.1\r\nHost: a\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r",
            "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
            "GET /\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
            "get / HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\ntransfer-ENCODING: identity\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n Transfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, te\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n",
            long.as_str(),
            many.as_str(),
        ] {
            assert!(read(text, |head| head.is_none()), "{text}");
        }
    }

    #[test]
    fn a_request_has_what_its_head_says() {
        let text = "GET /a?b HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: \t2 \r\nAccept-Encoding: br\r\n\r\nGET /next";
        read(text, |head| {
            let head = head.unwrap();
            assert_eq!(head.length, text.len() - "GET /next".len());
            assert!(head.values("accept-encoding").eq([b"br"]));
            let request = head.request().unwrap();
            assert_eq!((request.uri().path(), request.uri().query()), ("/a", Some("b")));
            assert!(request.headers().get_all("x").iter().eq(["1", "2"]));
            assert_eq!(request.headers().len(), 4);
        });
    }
}
