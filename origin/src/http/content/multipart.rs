//! `multipart/byteranges` (RFC 9110 §14.6).

use bytes::Bytes;
use http::HeaderValue;

use super::range::ByteRange;

/// A `multipart/byteranges` body: what goes before each range, and the end.
#[derive(Debug)]
pub(crate) struct Multipart {
    /// Each range, and the bytes that go before its own.
    pub parts: Vec<(Bytes, ByteRange)>,
    /// The bytes after the last part.
    pub end: Bytes,
    /// Length of all, bytes.
    pub len: u64,
    boundary: String,
}

impl Multipart {
    /// Lays out `ranges` of a representation of `len` bytes. The boundary is a digest of the entity tag, which is a
    /// digest of the content: no content can be made to contain its own.
    #[must_use]
    pub(crate) fn new(ranges: &[ByteRange], len: u64, content_type: &HeaderValue, etag: &[u8]) -> Self {
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
    pub(crate) fn content_type(&self) -> HeaderValue {
        value(format!("multipart/byteranges; boundary={}", self.boundary))
    }
}

/// A header's value of digits, letters and punctuation, which every such text is.
pub(super) fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

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
