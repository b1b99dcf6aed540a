//! The decision on a request for something that is there: the status, and which of its bytes.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::conditional::{self, Precondition, Validators};
use crate::range::{self, ByteRange, Ranges};

/// How a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// 200, 206, 304, 412 or 416.
    pub status: StatusCode,
    /// What of the representation is sent.
    pub content: Content,
}

/// What of a representation is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Nothing, and its length isn't told either.
    Nothing,
    /// All of it; for HEAD, only the headers that say so.
    Whole,
    /// One range.
    Part(ByteRange),
    /// A `multipart/byteranges` body of several.
    Parts(Vec<ByteRange>),
}

/// Decides on a GET or HEAD for a representation of `len` bytes, heeding at most `most_ranges` ranges.
#[must_use]
pub fn decide(method: &Method, headers: &HeaderMap, current: Validators<'_>, len: u64, most_ranges: usize) -> Decision {
    match conditional::evaluate(headers, current) {
        Precondition::Met => {}
        Precondition::NotModified => return Decision::new(StatusCode::NOT_MODIFIED, Content::Nothing),
        Precondition::Failed => return Decision::new(StatusCode::PRECONDITION_FAILED, Content::Nothing),
    }
    // RFC 9110 §14.2: Range is for GET alone.
    if method != Method::GET || !conditional::if_range_holds(headers, current) {
        return Decision::new(StatusCode::OK, Content::Whole);
    }
    match range::select(headers, len, most_ranges) {
        Ranges::Whole => Decision::new(StatusCode::OK, Content::Whole),
        Ranges::One(range) => Decision::new(StatusCode::PARTIAL_CONTENT, Content::Part(range)),
        Ranges::Several(ranges) => Decision::new(StatusCode::PARTIAL_CONTENT, Content::Parts(ranges)),
        Ranges::Unsatisfiable => Decision::new(StatusCode::RANGE_NOT_SATISFIABLE, Content::Nothing),
    }
}

impl Decision {
    const fn new(status: StatusCode, content: Content) -> Self {
        Self { status, content }
    }

    /// The same with all of it instead of several parts.
    #[must_use]
    pub fn in_one_part(self) -> Self {
        match self.content {
            Content::Parts(_) => Self::new(StatusCode::OK, Content::Whole),
            _ => self,
        }
    }
}

/// `Content-Range` of one part.
#[must_use]
pub fn content_range(range: ByteRange, len: u64) -> HeaderValue {
    header(format!("bytes {}-{}/{len}", range.start, range.end - 1))
}

/// `Content-Range` of a 416.
#[must_use]
pub fn unsatisfied_range(len: u64) -> HeaderValue {
    header(format!("bytes */{len}"))
}

/// A `multipart/byteranges` body: what goes before each range, and the end.
#[derive(Debug)]
pub struct Multipart {
    /// Each range, and the bytes that go before its own.
    pub parts: Vec<(Bytes, ByteRange)>,
    /// What goes after the last.
    pub end: Bytes,
    /// Length of all, bytes.
    pub len: u64,
    boundary: String,
}

impl Multipart {
    /// Lays out `ranges` of a representation of `len` bytes. The boundary is a digest of the entity tag, which is a
    /// digest of the content: no content can be made to contain its own.
    #[must_use]
    pub fn new(ranges: &[ByteRange], len: u64, content_type: &HeaderValue, etag: &[u8]) -> Self {
        let digest = blake3::derive_key("pack origin multipart boundary", etag);
        let boundary: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let content_type = String::from_utf8_lossy(content_type.as_bytes());
        let part = |(i, range): (usize, &ByteRange)| {
            let before = if i == 0 { "" } else { "\r\n" };
            let (first, last) = (range.start, range.end - 1);
            let text = format!(
                "{before}--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: bytes {first}-{last}/{len}\r\n\r\n"
            );
            (Bytes::from(text), *range)
        };
        let parts: Vec<_> = ranges.iter().enumerate().map(part).collect();
        let end = Bytes::from(format!("\r\n--{boundary}--\r\n"));
        let total =
            parts.iter().map(|(before, range)| before.len() as u64 + range.len()).sum::<u64>() + end.len() as u64;
        Self { parts, end, len: total, boundary }
    }

    /// `Content-Type` of the whole response.
    #[must_use]
    pub fn content_type(&self) -> HeaderValue {
        header(format!("multipart/byteranges; boundary={}", self.boundary))
    }
}

/// The headers of `decision`, from `whole`, those of a 200, and `failure`, those of an error.
#[must_use]
pub fn headers(
    mut whole: HeaderMap,
    failure: &HeaderMap,
    decision: &Decision,
    len: u64,
    multipart: Option<&Multipart>,
) -> HeaderMap {
    match (&decision.content, multipart) {
        (Content::Whole, _) | (Content::Parts(_), None) => whole,
        (Content::Part(range), _) => {
            whole.insert(CONTENT_LENGTH, HeaderValue::from(range.len()));
            whole.insert(CONTENT_RANGE, content_range(*range, len));
            whole
        }
        (Content::Parts(_), Some(multipart)) => {
            whole.insert(CONTENT_LENGTH, HeaderValue::from(multipart.len));
            whole.insert(CONTENT_TYPE, multipart.content_type());
            whole
        }
        (Content::Nothing, _) if decision.status == StatusCode::NOT_MODIFIED => {
            // RFC 9110 §15.4.5: no more of the representation's metadata than helps a cache update its own.
            for name in [CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING] {
                whole.remove(name);
            }
            whole
        }
        (Content::Nothing, _) => {
            let mut headers = failure.clone();
            if decision.status == StatusCode::RANGE_NOT_SATISFIABLE {
                headers.insert(CONTENT_RANGE, unsatisfied_range(len));
            }
            headers
        }
    }
}

/// Text of digits, letters and punctuation is always a header's value; nothing is the answer to the impossible.
fn header(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;
    use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE};

    use super::*;
    use crate::conditional::Modified;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const CURRENT: Validators<'static> =
        Validators { etag: b"\"abc\"", modified: Some(Modified { unix_seconds: 784_111_777, immutable: true }) };

    fn asked(method: &Method, pairs: &[(HeaderName, &str)]) -> Decision {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        decide(method, &headers, CURRENT, 1000, 16)
    }

    #[test]
    fn preconditions_come_before_ranges() {
        let part = || Content::Part(ByteRange { start: 0, end: 10 });
        let (ten, beyond) = ((RANGE, "bytes=0-9"), (RANGE, "bytes=1000-"));
        let (ten, beyond) = (|| ten.clone(), || beyond.clone());
        for (pairs, status, content) in [
            (&[][..], 200, Content::Whole),
            (&[ten()], 206, part()),
            (&[beyond()], 416, Content::Nothing),
            (&[(RANGE, "lines=1-2")], 200, Content::Whole),
            (&[(IF_NONE_MATCH, "\"abc\"")], 304, Content::Nothing),
            (&[(IF_NONE_MATCH, "\"abc\""), ten()], 304, Content::Nothing),
            (&[(IF_NONE_MATCH, "\"abc\""), beyond()], 304, Content::Nothing),
            (&[(IF_NONE_MATCH, "\"x\""), ten()], 206, part()),
            (&[(IF_MATCH, "\"x\""), ten()], 412, Content::Nothing),
            (&[(IF_MATCH, "\"x\""), beyond()], 412, Content::Nothing),
            (&[(IF_MATCH, "\"abc\""), ten()], 206, part()),
            (&[(IF_MODIFIED_SINCE, DATE), ten()], 304, Content::Nothing),
            (&[(IF_RANGE, "\"abc\""), ten()], 206, part()),
            (&[(IF_RANGE, "\"x\""), ten()], 200, Content::Whole),
            (&[(IF_RANGE, "\"x\""), beyond()], 200, Content::Whole),
            (&[(IF_RANGE, "\"abc\""), beyond()], 416, Content::Nothing),
            (&[(IF_RANGE, DATE), ten()], 206, part()),
            (&[(IF_RANGE, "\"abc\"")], 200, Content::Whole),
            (&[(IF_NONE_MATCH, "\"abc\""), (IF_RANGE, "\"x\""), ten()], 304, Content::Nothing),
        ] {
            let want = Decision::new(StatusCode::from_u16(status).unwrap(), content);
            assert_eq!(asked(&Method::GET, pairs), want, "{pairs:?}");
        }
    }

    #[test]
    fn head_is_told_of_the_whole() {
        for (pairs, status) in [
            (&[][..], 200),
            (&[(RANGE, "bytes=0-9")], 200),
            (&[(RANGE, "bytes=1000-")], 200),
            (&[(IF_NONE_MATCH, "\"abc\"")], 304),
            (&[(IF_MATCH, "\"x\"")], 412),
        ] {
            assert_eq!(asked(&Method::HEAD, pairs).status, status, "{pairs:?}");
        }
    }

    #[test]
    fn a_multipart_body_is_as_long_as_it_says() {
        let ranges = [ByteRange { start: 0, end: 2 }, ByteRange { start: 500, end: 503 }];
        let multipart = Multipart::new(&ranges, 1000, &HeaderValue::from_static("video/mp4"), b"\"abc\"");
        let content = vec![b'x'; 1000];
        let mut body = Vec::new();
        for (before, range) in &multipart.parts {
            body.extend_from_slice(before);
            body.extend(content.iter().take(usize::try_from(range.len()).unwrap()));
        }
        body.extend_from_slice(&multipart.end);
        assert_eq!(body.len() as u64, multipart.len);
        let b = &multipart.boundary;
        let want = format!(
            "--{b}\r\nContent-Type: video/mp4\r\nContent-Range: bytes 0-1/1000\r\n\r\nxx\r\n\
             --{b}\r\nContent-Type: video/mp4\r\nContent-Range: bytes 500-502/1000\r\n\r\nxxx\r\n--{b}--\r\n"
        );
        assert_eq!(String::from_utf8(body).unwrap(), want);
        assert_eq!(multipart.content_type(), format!("multipart/byteranges; boundary={b}"));
    }
}
