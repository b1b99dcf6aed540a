//! Conditional requests (RFC 9110 §13): whether the client's copy still holds.

use std::time::{SystemTime, UNIX_EPOCH};

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::dated::Modified;

/// The validators of a representation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Validators<'a> {
    /// Its strong entity tag, in quotes.
    pub etag: &'a [u8],
    /// Its modification date; `None` where it is too young to tell two versions apart by it, see [`Dated::told`].
    pub modified: Option<Modified>,
}

/// The outcome of a request's preconditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precondition {
    /// Answer as if there were none.
    Met,
    /// 304: the client's copy is current.
    NotModified,
    /// 412.
    Failed,
}

/// Evaluates a GET's or HEAD's preconditions in the order of RFC 9110 §13.2.2.
#[must_use]
pub(crate) fn evaluate(headers: &HeaderMap, current: Validators<'_>) -> Precondition {
    if headers.contains_key(IF_MATCH) {
        if !any_tag(headers, IF_MATCH, |tag| strong_match(tag, current.etag)) {
            return Precondition::Failed;
        }
    } else if let Some(date) = date(headers, IF_UNMODIFIED_SINCE)
        && current.modified.is_none_or(|modified| !modified.not_since(date))
    {
        return Precondition::Failed;
    }
    if headers.contains_key(IF_NONE_MATCH) {
        if any_tag(headers, IF_NONE_MATCH, |tag| weak_match(tag, current.etag)) {
            return Precondition::NotModified;
        }
    } else if let Some(date) = date(headers, IF_MODIFIED_SINCE)
        && current.modified.is_some_and(|modified| modified.not_since(date))
    {
        return Precondition::NotModified;
    }
    Precondition::Met
}

/// True if `If-Range` lets a `Range` be heeded (RFC 9110 §13.1.5).
#[must_use]
pub(crate) fn if_range_holds(headers: &HeaderMap, current: Validators<'_>) -> bool {
    let mut values = headers.get_all(IF_RANGE).iter();
    match (values.next(), values.next()) {
        (None, _) => true,
        (Some(value), None) => {
            // A date must match exactly and be strong, which every date that we tell is.
            strong_match(value.as_bytes().trim_ascii(), current.etag)
                || parse_date(value).is_some_and(|date| current.modified.is_some_and(|m| m.unix_seconds == date))
        }
        (Some(_), Some(_)) => false,
    }
}

/// RFC 9110 §8.8.3.2.
fn strong_match(tag: &[u8], current: &[u8]) -> bool {
    tag == current
}

/// RFC 9110 §8.8.3.2. Ours is always strong.
fn weak_match(tag: &[u8], current: &[u8]) -> bool {
    tag.strip_prefix(b"W/").unwrap_or(tag) == current
}

/// True if `name` is `*` or lists a tag that `matches`. A list that is malformed ends where it stops making sense.
fn any_tag(headers: &HeaderMap, name: HeaderName, matches: impl Fn(&[u8]) -> bool) -> bool {
    headers.get_all(name).iter().any(|value| {
        let value = value.as_bytes().trim_ascii();
        value == b"*" || Tags(value).any(&matches)
    })
}

/// The entity tags of a list; commas may stand within a tag, so it can't just be split.
struct Tags<'a>(&'a [u8]);

impl<'a> Iterator for Tags<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        // RFC 9110 §5.6.1.2: empty members are skipped.
        let skip = self.0.iter().position(|b| !matches!(b, b',' | b' ' | b'\t'))?;
        let list = self.0.get(skip..)?;
        let open = if list.starts_with(b"W/") { 2 } else { 0 };
        if list.get(open) != Some(&b'"') {
            return None;
        }
        let within = list.get(open + 1..)?;
        let length = within.iter().position(|b| *b == b'"')?;
        let (tag, rest) = list.split_at_checked(open + length + 2)?;
        let rest = rest.trim_ascii_start();
        self.0 = if rest.is_empty() || rest.starts_with(b",") { rest } else { &[] };
        Some(tag)
    }
}

/// The one date of header `name`. What is no date, or more than one, is as if it weren't there (§13.1.3).
fn date(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { parse_date(first) }
}

fn parse_date(value: &HeaderValue) -> Option<u64> {
    let time: SystemTime = httpdate::parse_http_date(value.to_str().ok()?.trim_ascii()).ok()?;
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const AT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
    const SECONDS: u64 = 784_111_777;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn of(immutable: bool) -> Validators<'static> {
        Validators { etag: b"\"abc\"", modified: Some(Modified { unix_seconds: SECONDS, immutable }) }
    }

    #[test]
    fn one_condition() {
        use Precondition::{Failed, Met, NotModified};
        for (name, value, want) in [
            (IF_NONE_MATCH, "\"abc\"", NotModified),
            (IF_NONE_MATCH, "W/\"abc\"", NotModified),
            (IF_NONE_MATCH, "*", NotModified),
            (IF_NONE_MATCH, " * ", NotModified),
            (IF_NONE_MATCH, "\"x\", \"abc\"", NotModified),
            (IF_NONE_MATCH, "\"x\",\"abc\"", NotModified),
            (IF_NONE_MATCH, "\"x\" ,\t\"abc\"", NotModified),
            (IF_NONE_MATCH, ",, \"abc\" ,,", NotModified),
            (IF_NONE_MATCH, "W/\"x\", W/\"abc\"", NotModified),
            (IF_NONE_MATCH, "\"a,b\", \"abc\"", NotModified),
            (IF_NONE_MATCH, "\"\", \"abc\"", NotModified),
            (IF_NONE_MATCH, "\"x\"", Met),
            (IF_NONE_MATCH, "\"ABC\"", Met),
            (IF_NONE_MATCH, "\"abc-gz\"", Met),
            (IF_NONE_MATCH, "w/\"abc\"", Met),
            (IF_NONE_MATCH, "abc", Met),
            (IF_NONE_MATCH, "\"abc", Met),
            (IF_NONE_MATCH, "abc\"", Met),
            (IF_NONE_MATCH, "\"x\" \"abc\"", Met),
            (IF_NONE_MATCH, "x, \"abc\"", Met),
            (IF_NONE_MATCH, "\"x,\"abc\"", Met),
            (IF_NONE_MATCH, "\"*\"", Met),
            (IF_NONE_MATCH, "", Met),
            (IF_NONE_MATCH, "\"", Met),
            (IF_NONE_MATCH, "W/", Met),
            (IF_MATCH, "\"abc\"", Met),
            (IF_MATCH, "*", Met),
            (IF_MATCH, "\"x\", \"abc\"", Met),
            (IF_MATCH, "W/\"abc\"", Failed),
            (IF_MATCH, "\"x\"", Failed),
            (IF_MATCH, "\"abc-br\"", Failed),
            (IF_MATCH, "abc", Failed),
            (IF_MATCH, "", Failed),
            (IF_MODIFIED_SINCE, AT, NotModified),
            (IF_MODIFIED_SINCE, BEFORE, Met),
            (IF_MODIFIED_SINCE, "Sunday, 06-Nov-94 08:49:37 GMT", NotModified),
            (IF_MODIFIED_SINCE, "Sun Nov  6 08:49:37 1994", NotModified),
            (IF_MODIFIED_SINCE, "yesterday", Met),
            (IF_MODIFIED_SINCE, "", Met),
            (IF_MODIFIED_SINCE, "784111777", Met),
            (IF_UNMODIFIED_SINCE, AT, Met),
            (IF_UNMODIFIED_SINCE, BEFORE, Failed),
            (IF_UNMODIFIED_SINCE, "yesterday", Met),
        ] {
            for immutable in [true, false] {
                assert_eq!(evaluate(&headers(&[(name.clone(), value)]), of(immutable)), want, "{name}: {value}");
            }
        }
    }

    #[test]
    fn a_later_date_holds_only_for_what_never_changes() {
        use Precondition::{Failed, Met, NotModified};
        for (name, immutable, want) in [
            (IF_MODIFIED_SINCE, true, NotModified),
            (IF_MODIFIED_SINCE, false, Met),
            (IF_UNMODIFIED_SINCE, true, Met),
            (IF_UNMODIFIED_SINCE, false, Failed),
        ] {
            assert_eq!(evaluate(&headers(&[(name.clone(), AFTER)]), of(immutable)), want, "{name} {immutable}");
        }
    }

    #[test]
    fn precedence() {
        use Precondition::{Failed, Met, NotModified};
        for (pairs, want) in [
            (&[(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, AT)][..], Met),
            (&[(IF_NONE_MATCH, "\"abc\""), (IF_MODIFIED_SINCE, BEFORE)], NotModified),
            (&[(IF_MATCH, "\"abc\""), (IF_UNMODIFIED_SINCE, BEFORE)], Met),
            (&[(IF_MATCH, "\"x\""), (IF_UNMODIFIED_SINCE, AT)], Failed),
            (&[(IF_MATCH, "\"x\""), (IF_NONE_MATCH, "\"abc\"")], Failed),
            (&[(IF_MATCH, "\"abc\""), (IF_NONE_MATCH, "\"abc\"")], NotModified),
            (&[(IF_MATCH, "\"abc\""), (IF_NONE_MATCH, "\"x\"")], Met),
            (&[(IF_MATCH, "\"abc\""), (IF_MODIFIED_SINCE, AT)], NotModified),
            (&[(IF_UNMODIFIED_SINCE, BEFORE), (IF_NONE_MATCH, "\"abc\"")], Failed),
            (&[(IF_UNMODIFIED_SINCE, AT), (IF_NONE_MATCH, "\"abc\"")], NotModified),
            (&[(IF_UNMODIFIED_SINCE, AT), (IF_MODIFIED_SINCE, AT)], NotModified),
            (&[(IF_NONE_MATCH, "\"x\""), (IF_NONE_MATCH, "\"abc\"")], NotModified),
            (&[(IF_MATCH, "\"x\""), (IF_MATCH, "\"abc\"")], Met),
            (&[(IF_MODIFIED_SINCE, AT), (IF_MODIFIED_SINCE, AT)], Met),
            (&[], Met),
        ] {
            assert_eq!(evaluate(&headers(pairs), of(false)), want, "{pairs:?}");
        }
    }

    #[test]
    fn a_range_only_of_the_version_that_the_client_has() {
        for (value, want) in [
            ("\"abc\"", true),
            (" \"abc\" ", true),
            ("\"x\"", false),
            ("W/\"abc\"", false),
            ("\"abc\", \"x\"", false),
            ("*", false),
            ("", false),
            (AT, true),
            (BEFORE, false),
            (AFTER, false),
            ("yesterday", false),
        ] {
            assert_eq!(if_range_holds(&headers(&[(IF_RANGE, value)]), of(true)), want, "{value}");
        }
        assert!(if_range_holds(&HeaderMap::new(), of(true)));
        assert!(!if_range_holds(&headers(&[(IF_RANGE, "\"abc\""), (IF_RANGE, "\"abc\"")]), of(true)));
    }

    #[test]
    fn without_a_date_dates_never_say_unchanged() {
        let young = Validators { etag: b"\"abc\"", modified: None };
        for (name, want) in [(IF_MODIFIED_SINCE, Precondition::Met), (IF_UNMODIFIED_SINCE, Precondition::Failed)] {
            assert_eq!(evaluate(&headers(&[(name.clone(), AT)]), young), want, "{name}");
        }
        assert!(!if_range_holds(&headers(&[(IF_RANGE, AT)]), young));
    }
}
