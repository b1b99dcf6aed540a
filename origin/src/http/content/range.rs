//! Byte ranges (RFC 9110 §14).

use http::HeaderMap;
use http::header::RANGE;

/// Bytes `start..end` of a representation; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteRange {
    /// First byte.
    pub start: u64,
    /// The byte after the last.
    pub end: u64,
}

impl ByteRange {
    /// Number of bytes.
    #[must_use]
    pub(crate) const fn len(self) -> u64 {
        self.end - self.start
    }
}

/// The ranges that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ranges {
    /// All of it: no range asked for, or none that must be heeded.
    Whole,
    /// 206 with one range.
    One(ByteRange),
    /// 206 with `multipart/byteranges`: at least two, apart from each other, in the order in which they are sent.
    Several(Vec<ByteRange>),
    /// 416.
    Unsatisfiable,
}

/// A gap smaller than what a part of a multipart body costs is sent rather than spared (RFC 9110 §15.3.7.2).
const GAP: u64 = 96;

/// Reads the `Range` of a GET for a representation of `len` bytes.
///
/// Another unit than bytes, and what is malformed, is as if it weren't there (§14.2). So is a list of more than `most`
/// ranges: it asks for more work than the whole does, and who means well asks for few. Where they overlap or go back
/// and forth nobody means well, and they are refused (§14.2, §15.5.17): the whole would be what an attacker wants.
#[must_use]
pub(crate) fn select(headers: &HeaderMap, len: u64, most: usize) -> Ranges {
    let mut values = headers.get_all(RANGE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Ranges::Whole };
    // There is no part of nothing, and a whole of it is no failure.
    if len == 0 {
        return Ranges::Whole;
    }
    let Some(specs) = value.to_str().ok().and_then(parse) else { return Ranges::Whole };
    let many = specs.len() > most;
    let mut ranges: Vec<ByteRange> = specs.into_iter().filter_map(|spec| spec.of(len)).collect();
    if many {
        let ascend = ranges.is_sorted_by(|a, b| a.end <= b.start);
        return if ascend { Ranges::Whole } else { Ranges::Unsatisfiable };
    }
    if overlap(&ranges) {
        ranges = merge(ranges);
    }
    match ranges.as_slice() {
        [] => Ranges::Unsatisfiable,
        [one] => Ranges::One(*one),
        _ => Ranges::Several(ranges),
    }
}

/// A range as the client wrote it.
#[derive(Debug, Clone, Copy)]
enum Spec {
    /// `first-` or `first-last`.
    From(u64, Option<u64>),
    /// `-length`.
    Suffix(u64),
}

impl Spec {
    /// The bytes that it means; `None` when it can't be satisfied (§14.1.2).
    fn of(self, len: u64) -> Option<ByteRange> {
        let (start, end) = match self {
            Self::From(first, last) => (first, last.map_or(len, |last| last.saturating_add(1).min(len))),
            Self::Suffix(length) => (len.saturating_sub(length), len),
        };
        (start < end).then_some(ByteRange { start, end })
    }
}

fn parse(text: &str) -> Option<Vec<Spec>> {
    let (unit, set) = text.trim_ascii().split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let members = set.split(',').map(str::trim_ascii).filter(|member| !member.is_empty());
    let specs = members.map(spec).collect::<Option<Vec<_>>>()?;
    (!specs.is_empty()).then_some(specs)
}

fn spec(member: &str) -> Option<Spec> {
    let (first, last) = member.split_once('-')?;
    match (first, last) {
        ("", length) => Some(Spec::Suffix(number(length)?)),
        (first, "") => Some(Spec::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Spec::From(first, Some(last)))
        }
    }
}

/// Digits alone; what is above all that can be counted is as good as the largest number.
fn number(digits: &str) -> Option<u64> {
    let all = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn overlap(ranges: &[ByteRange]) -> bool {
    let near =
        |a: &ByteRange, b: &ByteRange| a.start <= b.end.saturating_add(GAP) && b.start <= a.end.saturating_add(GAP);
    ranges.iter().enumerate().any(|(i, a)| ranges.iter().skip(i + 1).any(|b| near(a, b)))
}

/// Joins ranges that overlap or nearly touch, so that no byte is sent twice.
fn merge(mut ranges: Vec<ByteRange>) -> Vec<ByteRange> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<ByteRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(GAP) => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn asked(value: &str, len: u64) -> Ranges {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_str(value).unwrap());
        select(&headers, len, 16)
    }

    const fn one(start: u64, end: u64) -> Ranges {
        Ranges::One(ByteRange { start, end })
    }

    #[test]
    fn one_range_of_a_thousand_bytes() {
        use Ranges::{Unsatisfiable, Whole};
        for (value, want) in [
            ("bytes=0-0", one(0, 1)),
            ("bytes=0-1", one(0, 2)),
            ("bytes=0-499", one(0, 500)),
            ("bytes=500-999", one(500, 1000)),
            ("bytes=999-999", one(999, 1000)),
            ("bytes=0-999", one(0, 1000)),
            ("bytes=0-1000", one(0, 1000)),
            ("bytes=0-99999999999999999999999999", one(0, 1000)),
            ("bytes=0-18446744073709551615", one(0, 1000)),
            ("bytes=0-", one(0, 1000)),
            ("bytes=999-", one(999, 1000)),
            ("bytes=-1", one(999, 1000)),
            ("bytes=-500", one(500, 1000)),
            ("bytes=-1000", one(0, 1000)),
            ("bytes=-1001", one(0, 1000)),
            ("bytes=-99999999999999999999999999", one(0, 1000)),
            ("bytes=-0", Unsatisfiable),
            ("bytes=1000-", Unsatisfiable),
            ("bytes=1000-1001", Unsatisfiable),
            ("bytes=99999999999999999999999999-", Unsatisfiable),
            ("bytes=1000-,2000-", Unsatisfiable),
            ("bytes=-0,1000-", Unsatisfiable),
            ("Bytes=0-1", one(0, 2)),
            ("BYTES=0-1", one(0, 2)),
            (" bytes=0-1 ", one(0, 2)),
            ("bytes= 0-1 ", one(0, 2)),
            ("bytes=,0-1,", one(0, 2)),
            ("bytes=0-1,1000-", one(0, 2)),
            ("bytes=000-001", one(0, 2)),
            ("bytes=", Whole),
            ("bytes=,", Whole),
            ("bytes", Whole),
            ("bytes 0-1", Whole),
            ("bytes =0-1", Whole),
            ("", Whole),
            ("items=0-1", Whole),
            ("bytes=-", Whole),
            ("bytes=1", Whole),
            ("bytes=a-b", Whole),
            ("bytes=0-b", Whole),
            ("bytes=0x0-0x1", Whole),
            ("bytes=+0-1", Whole),
            ("bytes=0-+1", Whole),
            ("bytes=--1", Whole),
            ("bytes=-1-", Whole),
            ("bytes=0-1-2", Whole),
            ("bytes=0 - 1", Whole),
            ("bytes=0.0-1", Whole),
            ("bytes=5-4", Whole),
            ("bytes=0-1,5-4", Whole),
            ("bytes=0-1;5-6", Whole),
            ("bytes=0-1,x", Whole),
            ("bytes==0-1", Whole),
            ("bytes=*", Whole),
        ] {
            assert_eq!(asked(value, 1000), want, "{value}");
        }
    }

    #[test]
    fn of_nothing_and_of_very_much() {
        for value in ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0", "bytes=5-", "nonsense"] {
            assert_eq!(asked(value, 0), Ranges::Whole, "{value}");
        }
        assert_eq!(asked("bytes=-1", u64::MAX), one(u64::MAX - 1, u64::MAX));
        assert_eq!(asked("bytes=18446744073709551614-18446744073709551615", u64::MAX), one(u64::MAX - 1, u64::MAX));
        assert_eq!(asked("bytes=4294967296-", 4_294_967_297), one(4_294_967_296, 4_294_967_297));
    }

    #[test]
    fn several() {
        for (value, want) in [
            ("bytes=0-1,500-501", &[(0, 2), (500, 502)][..]),
            ("bytes=500-501,0-1", &[(500, 502), (0, 2)]),
            ("bytes=0-1 , -2", &[(0, 2), (998, 1000)]),
            ("bytes=0-1,2000-,500-501", &[(0, 2), (500, 502)]),
            ("bytes=0-99,50-149", &[(0, 150)]),
            ("bytes=50-149,0-99", &[(0, 150)]),
            ("bytes=0-99,100-199", &[(0, 200)]),
            ("bytes=0-99,195-199", &[(0, 200)]),
            ("bytes=0-99,196-199", &[(0, 200)]),
            ("bytes=0-99,197-199", &[(0, 100), (197, 200)]),
            ("bytes=0-,0-", &[(0, 1000)]),
            ("bytes=0-9,5-20,900-,950-", &[(0, 21), (900, 1000)]),
            ("bytes=900-,0-9,950-", &[(0, 10), (900, 1000)]),
            ("bytes=0-999,-1,5-6", &[(0, 1000)]),
        ] {
            let got = match asked(value, 1000) {
                Ranges::One(range) => vec![range],
                Ranges::Several(ranges) => ranges,
                other => panic!("{value}: {other:?}"),
            };
            let got: Vec<_> = got.iter().map(|r| (r.start, r.end)).collect();
            assert_eq!(got, want, "{value}");
        }
    }

    #[test]
    fn more_than_the_limit_is_the_whole_and_refused_where_they_overlap() {
        let list = |n: u64| {
            let members: Vec<String> = (0..n).map(|i| format!("{}-{}", i * 1000, i * 1000)).collect();
            format!("bytes={}", members.join(","))
        };
        assert!(matches!(asked(&list(16), 1_000_000), Ranges::Several(ranges) if ranges.len() == 16));
        assert_eq!(asked(&list(17), 1_000_000), Ranges::Whole);
        assert_eq!(asked(&format!("{},x", list(17)), 1_000_000), Ranges::Whole);
        assert_eq!(asked(&format!("{},0-0", list(17)), 1_000_000), Ranges::Unsatisfiable);
        assert_eq!(asked(&format!("bytes={}", "0-,".repeat(200)), 1000), Ranges::Unsatisfiable);
        assert_eq!(asked(&format!("bytes={}", "0-,".repeat(16)), 1000), one(0, 1000));
    }

    #[test]
    fn two_header_lines_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(RANGE, HeaderValue::from_static("bytes=0-1"));
        headers.append(RANGE, HeaderValue::from_static("bytes=2-3"));
        assert_eq!(select(&headers, 1000, 16), Ranges::Whole);
        assert_eq!(select(&HeaderMap::new(), 1000, 16), Ranges::Whole);
    }

    proptest! {
        #[test]
        fn any_text_gives_ranges_within_and_apart(text in "bytes=[0-9,\\- ]{0,60}|\\PC{0,40}", len in 0u64..2000) {
            let Ok(value) = HeaderValue::from_str(&text) else { return Ok(()) };
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, value);
            let mut ranges = match select(&headers, len, 16) {
                Ranges::Whole | Ranges::Unsatisfiable => Vec::new(),
                Ranges::One(range) => vec![range],
                Ranges::Several(ranges) => ranges,
            };
            prop_assert!(ranges.iter().all(|r| r.start < r.end && r.end <= len));
            ranges.sort_unstable_by_key(|r| r.start);
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end + GAP < pair[1].start));
        }
    }
}
