//! Modification dates (RFC 9110 §8.8.2), and when they may be told.

use std::time::{Duration, UNIX_EPOCH};

use http::HeaderValue;

/// A modification date in whole seconds, as HTTP has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Modified {
    /// Seconds since the Unix epoch.
    pub unix_seconds: u64,
    /// True if the object's content never changes, so that any later date will do; of what is replaced,
    /// only this very date, because a version restored from yesterday is older than the copy that it replaces.
    pub immutable: bool,
}

impl Modified {
    pub(super) fn not_since(self, date: u64) -> bool {
        if self.immutable { self.unix_seconds <= date } else { self.unix_seconds == date }
    }
}

/// When something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dated {
    /// It never changes under its URL; this is its date.
    Fixed(Modified),
    /// It may be replaced; its state dates from then, nanoseconds since the Unix epoch.
    Replaced(u128),
    /// It has no date.
    Never,
}

impl Dated {
    /// The date that may be told `now` (nanoseconds since the Unix epoch).
    #[must_use]
    pub(crate) fn told(self, now: impl FnOnce() -> u128) -> Option<Modified> {
        match self {
            Self::Fixed(modified) => Some(modified),
            Self::Replaced(changed) => modified(changed, now()),
            Self::Never => None,
        }
    }
}

/// The date that may be told of an object that is replaced and last changed at `changed`, in nanoseconds since the Unix epoch.
///
/// A date has whole seconds, so it cannot tell a version from the one that replaces it within the same second, and is
/// weak (RFC 9110 §8.8.2.2). Told only once that second is over, nothing but the last version of that second ever goes
/// out under the date, and a 304 for it is never stale. Two seconds, not one, as file systems take their time from a
/// clock that lags by a tick.
fn modified(changed: u128, now: u128) -> Option<Modified> {
    const SECOND: u128 = 1_000_000_000;
    let unix_seconds = changed / SECOND;
    (now >= (unix_seconds + 2) * SECOND)
        .then(|| u64::try_from(unix_seconds).ok())
        .flatten()
        .map(|unix_seconds| Modified { unix_seconds, immutable: false })
}

/// `date` as HTTP writes it.
#[must_use]
pub(crate) fn http_date(modified: Modified) -> Option<HeaderValue> {
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(modified.unix_seconds))?;
    // httpdate cannot write years above 9999, which a broken clock can give a file.
    let last = UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    (time <= last).then(|| HeaderValue::try_from(httpdate::fmt_http_date(time)).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_told_once_its_second_is_over() {
        const S: u128 = 1_000_000_000;
        for (changed, now, want) in [
            (10 * S, 10 * S, None),
            (10 * S, 11 * S, None),
            (10 * S, 12 * S - 1, None),
            (10 * S, 12 * S, Some(10)),
            (10 * S + 999_999_999, 12 * S, Some(10)),
            (10 * S, 9 * S, None),
            (0, 2 * S, Some(0)),
        ] {
            assert_eq!(modified(changed, now).map(|m| m.unix_seconds), want, "{changed} {now}");
        }
    }

    #[test]
    fn dates_are_written_as_http_has_them() {
        assert_eq!(
            http_date(Modified { unix_seconds: 784_111_777, immutable: true }).unwrap(),
            "Sun, 06 Nov 1994 08:49:37 GMT"
        );
        assert_eq!(http_date(Modified { unix_seconds: u64::MAX, immutable: true }), None);
        assert_eq!(http_date(Modified { unix_seconds: 253_402_300_800, immutable: true }), None);
    }
}
