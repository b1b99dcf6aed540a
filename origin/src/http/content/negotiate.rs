//! The content coding that a client gets (RFC 9110 §12.5.3).

use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderValue};

/// A content coding (RFC 9110 §8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    /// As it lies on disk.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

impl Encoding {
    /// The codings that are made, in the order in which we choose among equals: what is smallest for text comes first.
    pub(crate) const MADE: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// Its name in `Content-Encoding`; `None` for identity, which that header never names.
    #[must_use]
    pub(crate) fn name(self) -> Option<HeaderValue> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Brotli => Some(HeaderValue::from_static("br")),
            Self::Zstd => Some(HeaderValue::from_static("zstd")),
        }
    }

    /// The suffix that sets its entity tag apart from the others' of the same content (RFC 9110 §8.8.3.3).
    #[must_use]
    pub(crate) const fn tag_suffix(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Gzip => "-gz",
            Self::Brotli => "-br",
            Self::Zstd => "-zst",
        }
    }
}

/// Chooses the coding for a request (RFC 9110 §12.5.3): the highest quality value that the client gives, ours first
/// among equals, identity last. Where the client refuses everything that there is, identity is sent all the same: no
/// player gains by a 406.
#[must_use]
pub(crate) fn negotiate(headers: &HeaderMap) -> Encoding {
    choose(headers.get_all(ACCEPT_ENCODING).iter().map(HeaderValue::as_bytes))
}

/// Chooses the coding by the values of all `Accept-Encoding` fields.
pub(crate) fn choose<'v>(values: impl Iterator<Item = &'v [u8]>) -> Encoding {
    let mut quality = Qualities::default();
    for value in values {
        for member in std::str::from_utf8(value).unwrap_or_default().split(',') {
            quality.note(member);
        }
    }
    let mut best = (Encoding::Identity, quality.identity.unwrap_or(0));
    for coding in Encoding::MADE.into_iter().rev() {
        let of_coding = quality.of(coding);
        if of_coding > 0 && of_coding >= best.1 {
            best = (coding, of_coding);
        }
    }
    best.0
}

/// Quality values in thousandths, as far as the client gave any.
#[derive(Default)]
struct Qualities {
    gzip: Option<u16>,
    brotli: Option<u16>,
    zstd: Option<u16>,
    identity: Option<u16>,
    others: Option<u16>,
}

impl Qualities {
    fn note(&mut self, member: &str) {
        let mut parts = member.split(';').map(str::trim_ascii);
        let name = parts.next().unwrap_or_default();
        let Some(quality) = parts.try_fold(1000, |given, parameter| {
            let (name, value) = parameter.split_once('=')?;
            if name.trim_ascii().eq_ignore_ascii_case("q") { thousandths(value.trim_ascii()) } else { Some(given) }
        }) else {
            return;
        };
        let slot = match name.to_ascii_lowercase().as_str() {
            // RFC 9110 §8.4.1.3: x-gzip is gzip.
            "gzip" | "x-gzip" => &mut self.gzip,
            "br" => &mut self.brotli,
            "zstd" => &mut self.zstd,
            "identity" => &mut self.identity,
            "*" => &mut self.others,
            _ => return,
        };
        *slot = Some(quality);
    }

    fn of(&self, coding: Encoding) -> u16 {
        let own = match coding {
            Encoding::Identity => self.identity,
            Encoding::Gzip => self.gzip,
            Encoding::Brotli => self.brotli,
            Encoding::Zstd => self.zstd,
        };
        own.or(self.others).unwrap_or(0)
    }
}

/// A quality value (RFC 9110 §12.4.2) in thousandths; `None` when it is none.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, fraction) {
        ("0", fraction) => Some(fraction),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_gets() {
        use Encoding::{Brotli, Gzip, Identity, Zstd};
        for (accept, want) in [
            ("", Identity),
            ("gzip", Gzip),
            ("br", Brotli),
            ("zstd", Zstd),
            ("x-gzip", Gzip),
            ("GZIP", Gzip),
            ("Br", Brotli),
            ("identity", Identity),
            ("deflate", Identity),
            ("compress, deflate", Identity),
            ("*", Brotli),
            ("gzip, deflate, br", Brotli),
            ("gzip, deflate, br, zstd", Brotli),
            ("gzip, zstd", Zstd),
            ("zstd, gzip", Zstd),
            ("gzip,br", Brotli),
            (" gzip ; q=0.8 , br ; q=0.8 ", Brotli),
            ("gzip;q=1.0, br;q=0.9", Gzip),
            ("gzip;q=0.001", Gzip),
            ("gzip;q=0", Identity),
            ("gzip;q=0.000", Identity),
            ("gzip;Q=0", Identity),
            ("gzip;q=0, *", Brotli),
            ("br;q=0, *", Zstd),
            ("br;q=0, zstd;q=0, *", Gzip),
            ("*;q=0", Identity),
            ("*;q=0, gzip", Gzip),
            ("identity;q=1, gzip;q=0.5", Identity),
            ("identity;q=0.5, gzip;q=0.5", Gzip),
            ("identity;q=0.5, gzip;q=0.4, br;q=0.6", Brotli),
            ("identity;q=0, gzip;q=0", Identity),
            ("identity;q=0, gzip;q=0.1", Gzip),
            ("gzip;q=2", Identity),
            ("gzip;q=1.001", Identity),
            ("gzip;q=0.1234", Identity),
            ("gzip;q=-1", Identity),
            ("gzip;q=abc", Identity),
            ("gzip;q=", Identity),
            ("gzip;q=.5", Identity),
            ("gzip;q=1.", Gzip),
            ("gzip;q=0.", Identity),
            ("gzip;level=9", Gzip),
            ("gzip;level", Identity),
            ("gzip;level=9;q=0", Identity),
            (",,gzip,,", Gzip),
            (";;;", Identity),
            ("gzip gzip", Identity),
            ("\"gzip\"", Identity),
            ("gzip;q=0.5, gzip;q=0", Identity),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accept));
            assert_eq!(negotiate(&headers), want, "'{accept}'");
        }
        assert_eq!(negotiate(&HeaderMap::new()), Identity);
    }

    #[test]
    fn several_header_lines_are_one_list_and_bytes_that_are_no_text_are_nothing() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("br;q=0.1"));
        headers.append(ACCEPT_ENCODING, HeaderValue::from_bytes(b"\xff\xfe").unwrap());
        assert_eq!(negotiate(&headers), Encoding::Gzip);
    }
}
