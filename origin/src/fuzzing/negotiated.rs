//! Conditions, content codings, and players' data.

use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};

use super::line;
use crate::http::content::conditional::Validators;
use crate::http::content::dated::Modified;
use crate::http::content::decide::{Selected, decide};
use crate::http::content::negotiate::{Encoding, negotiate};

const ETAG: &str = "\"5f3a\"";
const CHANGED: u64 = 784_111_777;
const LEN: u64 = 1000;

const CONDITIONS: [HeaderName; 6] = [
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
    header::IF_RANGE,
    header::RANGE,
];

/// `data`: lines, each a digit that says which header, and its value. The representation's tag is `"5f3a"`, its date
/// Sun, 06 Nov 1994 08:49:37 GMT.
///
/// # Panics
/// When a property does not hold.
pub fn conditionals(mut data: &[u8]) {
    let mut asked = HeaderMap::new();
    while !data.is_empty() {
        let (field, rest) = line(data);
        data = rest;
        let Some((digit, value)) = field.split_first() else { continue };
        let name = CONDITIONS.get(usize::from(digit.wrapping_sub(b'0')));
        if let (Some(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            asked.append(name, value);
        }
    }
    for method in [Method::GET, Method::HEAD] {
        for immutable in [None, Some(false), Some(true)] {
            let modified = immutable.map(|immutable| Modified { unix_seconds: CHANGED, immutable });
            judged(&method, &asked, modified);
        }
    }
}

fn judged(method: &Method, asked: &HeaderMap, modified: Option<Modified>) {
    let decision = decide(method, asked, Validators { etag: ETAG.as_bytes(), modified }, LEN, 8);
    let has = |name: HeaderName| asked.contains_key(name);
    let names_it = |name: HeaderName| {
        let values = || asked.get_all(&name).iter().map(HeaderValue::as_bytes);
        values().any(|value| value.trim_ascii() == b"*" || value.windows(ETAG.len()).any(|w| w == ETAG.as_bytes()))
    };
    match decision.status {
        // A copy is current only if the client named this very version, or no change since its date is possible.
        StatusCode::NOT_MODIFIED if has(header::IF_NONE_MATCH) => assert!(names_it(header::IF_NONE_MATCH), "{asked:?}"),
        StatusCode::NOT_MODIFIED => assert!(has(header::IF_MODIFIED_SINCE) && modified.is_some(), "{asked:?}"),
        StatusCode::PRECONDITION_FAILED => {
            assert!(has(header::IF_MATCH) || has(header::IF_UNMODIFIED_SINCE), "{asked:?}");
        }
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            assert!(method == Method::GET && has(header::RANGE), "{method} {asked:?}");
            let dated = modified.is_some();
            assert!(!has(header::IF_RANGE) || names_it(header::IF_RANGE) || dated, "{asked:?}");
        }
        status => assert_eq!((status, &decision.selected), (StatusCode::OK, &Selected::Whole), "{asked:?}"),
    }
    // RFC 9110 §13.1.1: a version that the client did not name is not what it wants changed.
    if has(header::IF_MATCH) && !names_it(header::IF_MATCH) {
        assert_eq!(decision.status, StatusCode::PRECONDITION_FAILED, "{asked:?}");
    }
}

/// `data`: an `Accept-Encoding`.
///
/// # Panics
/// When a property does not hold.
pub fn encodings(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let mut asked = HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]);
    let chosen = negotiate(&asked);
    let text = String::from_utf8_lossy(data).to_ascii_lowercase();
    let Some(name) = chosen.name() else { return };
    let name = name.to_str().unwrap_or_default();
    assert!(text.contains(name) || text.contains('*'), "{name} for {text}");
    // A coding that the client then refuses is not chosen, and identity is always left.
    for refused in Encoding::MADE.iter().filter_map(|coding| coding.name()) {
        let refusal = format!("{};q=0", refused.to_str().unwrap_or_default());
        asked.append(header::ACCEPT_ENCODING, HeaderValue::try_from(refusal).unwrap_or_else(|error| panic!("{error}")));
        assert_ne!(negotiate(&asked).name(), Some(refused), "{text}");
    }
    assert_eq!(negotiate(&asked), Encoding::Identity, "{text}");
}

/// `data`: what a player says, by query and by header.
///
/// # Panics
/// When a property does not hold.
pub fn cmcd(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let by_raw_query = crate::http::cmcd::read(Some(&text), &HeaderMap::new());
    let encoded = percent_encoding::percent_encode(data, percent_encoding::NON_ALPHANUMERIC);
    let by_query = crate::http::cmcd::read(Some(&format!("a=b&CMCD={encoded}&c")), &HeaderMap::new());
    for found in [by_raw_query, by_query] {
        assert!(found.buffer.is_none_or(|ms| ms <= 86_400_000), "{found:?}");
        assert!(found.bit_rate.max(found.throughput).is_none_or(|rate| rate <= 100_000_000_000), "{found:?}");
        let said = found.starved || found.startup || found.bit_rate.or(found.buffer).or(found.throughput).is_some();
        assert!(found.present || !said, "{found:?}");
    }
    // Short enough to be read whole either way, and a header's text.
    let plain = data.len() <= 600 && data.iter().all(|b| matches!(b, b' '..=b'~'));
    if let Some(value) = HeaderValue::from_bytes(data).ok().filter(|_| plain) {
        let headers = HeaderMap::from_iter([(HeaderName::from_static("cmcd-request"), value)]);
        assert_eq!(crate::http::cmcd::read(None, &headers), by_query, "{text}");
    }
}
