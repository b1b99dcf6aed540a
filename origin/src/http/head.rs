//! The head of an HTTP/1.1 answer as bytes (RFC 9112 §4, §5).

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// The status line, `headers` and `more`, without the tail: made once for all answers that differ in nothing else.
pub(crate) fn head(
    status: StatusCode,
    headers: &HeaderMap,
    more: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
) -> Bytes {
    let mut head = BytesMut::with_capacity(1024);
    for part in ["HTTP/1.1 ", status.as_str(), " ", status.canonical_reason().unwrap_or_default(), "\r\n"] {
        head.extend_from_slice(part.as_bytes());
    }
    let mut add = |name: &HeaderName, value: &HeaderValue| {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    };
    headers.iter().for_each(|(name, value)| add(name, value));
    more.into_iter().for_each(|(name, value)| add(&name, &value));
    head.freeze()
}

/// The end of a head, which each answer has of its own: the date, whether it is the connection's last, and an empty line.
#[derive(Debug)]
pub(crate) struct Tail {
    bytes: [u8; Self::MOST_BYTES],
    length: usize,
}

const CLOSE: &[u8] = b"connection: close\r\n";
const LINE_END: &[u8] = b"\r\n";

impl Tail {
    const MOST_BYTES: usize = DateLine::LENGTH + CLOSE.len() + LINE_END.len();

    /// One with this date; `last` where the connection ends with the answer.
    pub(crate) fn new(date: &[u8; DateLine::LENGTH], last: bool) -> Self {
        let mut tail = Self { bytes: [0; Self::MOST_BYTES], length: 0 };
        for part in [&date[..], if last { CLOSE } else { b"" }, LINE_END] {
            let end = tail.length + part.len();
            tail.bytes[tail.length..end].copy_from_slice(part);
            tail.length = end;
        }
        tail
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The field `date` (RFC 9110 §6.6.1), made once a second.
#[derive(Debug)]
pub(crate) struct DateLine {
    text: [u8; Self::LENGTH],
    /// The end of the second.
    until: Option<Instant>,
}

impl Default for DateLine {
    fn default() -> Self {
        Self { text: [b' '; Self::LENGTH], until: None }
    }
}

impl DateLine {
    /// `date: Sun, 06 Nov 1994 08:49:37 GMT\r\n`: the format has one length.
    const LENGTH: usize = 37;

    /// The line `now`, by the `clock` if that was not asked in this second.
    pub(crate) fn at(&mut self, now: Instant, clock: impl FnOnce() -> SystemTime) -> &[u8; Self::LENGTH] {
        if self.until.is_none_or(|until| now >= until) {
            let since = clock().duration_since(UNIX_EPOCH).unwrap_or_default();
            self.until = Some(now + Duration::from_secs(1) - Duration::from_nanos(since.subsec_nanos().into()));
            let line = format!("date: {}\r\n", httpdate::fmt_http_date(UNIX_EPOCH + since));
            if let Ok(text) = line.as_bytes().try_into() {
                self.text = text;
            }
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_changes_with_the_second() {
        let (mut line, start) = (DateLine::default(), Instant::now());
        let at = |nanoseconds: u64| UNIX_EPOCH + Duration::from_nanos(784_111_777 * 1_000_000_000 + nanoseconds);
        let text = |line: &[u8; DateLine::LENGTH]| String::from_utf8_lossy(line).into_owned();
        assert_eq!(text(line.at(start, || at(400_000_000))), "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        let later = start + Duration::from_millis(599);
        assert_eq!(text(line.at(later, || panic!("not asked"))), "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        let later = start + Duration::from_millis(600);
        assert_eq!(text(line.at(later, || at(1_000_000_000))), "date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
    }

    #[test]
    fn a_tail_ends_the_head() {
        let mut line = DateLine::default();
        let date = line.at(Instant::now(), || UNIX_EPOCH);
        let text = |last| String::from_utf8(Tail::new(date, last).bytes().to_vec()).unwrap();
        assert_eq!(text(false), "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n");
        assert_eq!(text(true), "date: Thu, 01 Jan 1970 00:00:00 GMT\r\nconnection: close\r\n\r\n");
    }

    #[test]
    fn a_head_has_its_fields_in_order() {
        let headers = HeaderMap::from_iter([(http::header::ETAG, HeaderValue::from_static("\"a\""))]);
        let more = [(http::header::AGE, HeaderValue::from_static("1"))];
        let made = head(StatusCode::NOT_FOUND, &headers, more);
        assert_eq!(made, "HTTP/1.1 404 Not Found\r\netag: \"a\"\r\nage: 1\r\n");
    }
}
