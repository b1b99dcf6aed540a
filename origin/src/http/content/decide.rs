//! The decision on a request for something that is there: the status, and which of its bytes.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::conditional::{self, Precondition, Validators};
use super::multipart::{Multipart, value};
use super::range::{self, ByteRange, Ranges};

/// The decision about a request: a status, and the bytes to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// 200, 206, 304, 412 or 416.
    pub status: StatusCode,
    /// The bytes to send.
    pub selected: Selected,
}

/// The part of a representation that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selected {
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
pub(crate) fn decide(
    method: &Method,
    headers: &HeaderMap,
    current: Validators<'_>,
    len: u64,
    most_ranges: usize,
) -> Decision {
    match conditional::evaluate(headers, current) {
        Precondition::Met => {}
        Precondition::NotModified => return Decision::new(StatusCode::NOT_MODIFIED, Selected::Nothing),
        Precondition::Failed => return Decision::new(StatusCode::PRECONDITION_FAILED, Selected::Nothing),
    }
    // RFC 9110 §14.2: Range is for GET alone.
    if method != Method::GET || !conditional::if_range_holds(headers, current) {
        return Decision::new(StatusCode::OK, Selected::Whole);
    }
    match range::select(headers, len, most_ranges) {
        Ranges::Whole => Decision::new(StatusCode::OK, Selected::Whole),
        Ranges::One(range) => Decision::new(StatusCode::PARTIAL_CONTENT, Selected::Part(range)),
        Ranges::Several(ranges) => Decision::new(StatusCode::PARTIAL_CONTENT, Selected::Parts(ranges)),
        Ranges::Unsatisfiable => Decision::new(StatusCode::RANGE_NOT_SATISFIABLE, Selected::Nothing),
    }
}

impl Decision {
    const fn new(status: StatusCode, selected: Selected) -> Self {
        Self { status, selected }
    }

    /// This decision, with the whole object instead of several parts.
    #[must_use]
    pub(crate) fn in_one_part(self) -> Self {
        match self.selected {
            Selected::Parts(_) => Self::new(StatusCode::OK, Selected::Whole),
            _ => self,
        }
    }
}

/// `Content-Range` of one part.
#[must_use]
pub(crate) fn content_range(range: ByteRange, len: u64) -> HeaderValue {
    value(format!("bytes {}-{}/{len}", range.start, range.end - 1))
}

/// `Content-Range` of a 416.
#[must_use]
pub(crate) fn unsatisfied_range(len: u64) -> HeaderValue {
    value(format!("bytes */{len}"))
}

/// The headers of `decision`, from `whole`, those of a 200, and `failure`, those of an error.
#[must_use]
pub(crate) fn headers(
    mut whole: HeaderMap,
    failure: &HeaderMap,
    decision: &Decision,
    len: u64,
    multipart: Option<&Multipart>,
) -> HeaderMap {
    match (&decision.selected, multipart) {
        (Selected::Whole, _) | (Selected::Parts(_), None) => whole,
        (Selected::Part(range), _) => {
            whole.insert(CONTENT_LENGTH, HeaderValue::from(range.len()));
            whole.insert(CONTENT_RANGE, content_range(*range, len));
            whole
        }
        (Selected::Parts(_), Some(multipart)) => {
            whole.insert(CONTENT_LENGTH, HeaderValue::from(multipart.len));
            whole.insert(CONTENT_TYPE, multipart.content_type());
            whole
        }
        (Selected::Nothing, _) if decision.status == StatusCode::NOT_MODIFIED => {
            // RFC 9110 §15.4.5: no more of the representation's metadata than helps a cache update its own.
            for name in [CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING] {
                whole.remove(name);
            }
            whole
        }
        (Selected::Nothing, _) => {
            let mut headers = failure.clone();
            if decision.status == StatusCode::RANGE_NOT_SATISFIABLE {
                headers.insert(CONTENT_RANGE, unsatisfied_range(len));
            }
            headers
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;
    use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE};

    use super::*;
    use crate::http::content::dated::Modified;

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
        let part = || Selected::Part(ByteRange { start: 0, end: 10 });
        let (ten, beyond) = ((RANGE, "bytes=0-9"), (RANGE, "bytes=1000-"));
        let (ten, beyond) = (|| ten.clone(), || beyond.clone());
        for (pairs, status, content) in [
            (&[][..], 200, Selected::Whole),
            (&[ten()], 206, part()),
            (&[beyond()], 416, Selected::Nothing),
            (&[(RANGE, "lines=1-2")], 200, Selected::Whole),
            (&[(IF_NONE_MATCH, "\"abc\"")], 304, Selected::Nothing),
            (&[(IF_NONE_MATCH, "\"abc\""), ten()], 304, Selected::Nothing),
            (&[(IF_NONE_MATCH, "\"abc\""), beyond()], 304, Selected::Nothing),
            (&[(IF_NONE_MATCH, "\"x\""), ten()], 206, part()),
            (&[(IF_MATCH, "\"x\""), ten()], 412, Selected::Nothing),
            (&[(IF_MATCH, "\"x\""), beyond()], 412, Selected::Nothing),
            (&[(IF_MATCH, "\"abc\""), ten()], 206, part()),
            (&[(IF_MODIFIED_SINCE, DATE), ten()], 304, Selected::Nothing),
            (&[(IF_RANGE, "\"abc\""), ten()], 206, part()),
            (&[(IF_RANGE, "\"x\""), ten()], 200, Selected::Whole),
            (&[(IF_RANGE, "\"x\""), beyond()], 200, Selected::Whole),
            (&[(IF_RANGE, "\"abc\""), beyond()], 416, Selected::Nothing),
            (&[(IF_RANGE, DATE), ten()], 206, part()),
            (&[(IF_RANGE, "\"abc\"")], 200, Selected::Whole),
            (&[(IF_NONE_MATCH, "\"abc\""), (IF_RANGE, "\"x\""), ten()], 304, Selected::Nothing),
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
}
