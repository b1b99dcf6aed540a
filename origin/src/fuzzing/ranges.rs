//! Byte ranges, against an oracle that knows each byte.

use http::header::{HeaderValue, RANGE};
use http::{HeaderMap, StatusCode};

use super::line;
use crate::http::content::decide::{Decision, Selected, content_range, headers};
use crate::http::content::multipart::Multipart;
use crate::http::content::range::{ByteRange, Ranges, select};

const MOST_RANGES: usize = 8;
/// Bytes between two ranges that may be sent so that they become one.
const JOINED_GAP: u64 = 96;

/// `data`: a line with the length of the representation, then the `Range`.
///
/// # Panics
/// When a property does not hold.
pub fn ranges(data: &[u8]) {
    let (len, value) = line(data);
    let Some(len) = std::str::from_utf8(len).ok().and_then(|len| len.parse::<u64>().ok()) else { return };
    let Ok(value) = HeaderValue::from_bytes(value) else { return };
    let asked = HeaderMap::from_iter([(RANGE, value.clone())]);
    let selected = select(&asked, len, MOST_RANGES);
    let parts: &[ByteRange] = match &selected {
        Ranges::Whole | Ranges::Unsatisfiable => &[],
        Ranges::One(range) => std::slice::from_ref(range),
        Ranges::Several(ranges) => ranges,
    };
    assert!(parts.iter().all(|part| part.start < part.end && part.end <= len), "{parts:?} of {len}");
    assert!(parts.len() <= MOST_RANGES && (parts.len() != 1 || matches!(selected, Ranges::One(_))), "{selected:?}");
    let mut sorted = parts.to_vec();
    sorted.sort_unstable_by_key(|part| part.start);
    assert!(sorted.windows(2).all(|two| two[0].end + JOINED_GAP < two[1].start), "{sorted:?} overlap or nearly touch");
    said_in_headers(&selected, parts, len);
    let wanted = wanted(&String::from_utf8_lossy(value.as_bytes()), len);
    assert_eq!(wanted.as_ref().map(Vec::is_empty), expected_empty(&selected), "{value:?} of {len}: {selected:?}");
    for (start, end) in wanted.into_iter().flatten() {
        assert!(parts.iter().any(|part| part.start <= start && end <= part.end), "{start}..{end} is not in {parts:?}");
    }
}

/// The finding that is expected of the oracle: nothing to heed, nothing that can be had, or something.
fn expected_empty(selected: &Ranges) -> Option<bool> {
    match selected {
        Ranges::Whole => None,
        Ranges::Unsatisfiable => Some(true),
        Ranges::One(_) | Ranges::Several(_) => Some(false),
    }
}

/// The ranges of RFC 9110 §14.1.2, one by one; none when they are refused, `None` when the field is to be ignored.
fn wanted(text: &str, len: u64) -> Option<Vec<(u64, u64)>> {
    let set = text.trim_matches([' ', '\t']);
    let set = set.get(..6).filter(|unit| unit.eq_ignore_ascii_case("bytes=")).and(set.get(6..))?;
    let specs: Vec<&str> =
        set.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|s| !s.is_empty()).collect();
    let many = specs.len() > MOST_RANGES;
    if len == 0 || specs.is_empty() {
        return None;
    }
    let mut found = Vec::new();
    for spec in specs {
        let (first, last) = spec.split_once('-')?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !digits(first) || !digits(last) || first.len() + last.len() == 0 {
            return None;
        }
        // A number beyond all that can be counted is as good as the largest.
        let number = |text: &str| text.parse::<u128>().unwrap_or(u128::MAX).min(u128::from(u64::MAX));
        let all = u128::from(len);
        let (start, end) = match (first, last) {
            ("", length) => (all.saturating_sub(number(length)), all),
            (first, "") => (number(first), all),
            (first, last) if number(first) > number(last) => return None,
            (first, last) => (number(first), all.min(number(last) + 1)),
        };
        if start < end {
            found.push((u64::try_from(start).unwrap_or(len), u64::try_from(end).unwrap_or(len)));
        }
    }
    if many {
        // Not heeded, and where one goes back to what another has, refused.
        let back = found.iter().zip(found.iter().skip(1)).any(|(before, after)| after.0 < before.1);
        return back.then(Vec::new);
    }
    Some(found)
}

/// `Content-Range` and the length of a multipart body add up.
fn said_in_headers(selected: &Ranges, parts: &[ByteRange], len: u64) {
    for part in parts {
        let text = format!("bytes {}-{}/{len}", part.start, part.end - 1);
        assert_eq!(content_range(*part, len).as_bytes(), text.as_bytes());
    }
    let Ranges::Several(ranges) = selected else { return };
    let multipart = Multipart::new(ranges, len, &HeaderValue::from_static("video/mp4"), b"\"tag\"");
    let heads: usize = multipart.parts.iter().map(|(head, _)| head.len()).sum();
    let bodies: u64 = ranges.iter().map(|range| range.len()).sum();
    assert_eq!(multipart.len, bodies + (heads + multipart.end.len()) as u64);
    let decision = Decision { status: StatusCode::PARTIAL_CONTENT, selected: Selected::Parts(ranges.clone()) };
    let told = headers(HeaderMap::new(), &HeaderMap::new(), &decision, len, Some(&multipart));
    assert_eq!(told.get(http::header::CONTENT_LENGTH), Some(&HeaderValue::from(multipart.len)));
}
