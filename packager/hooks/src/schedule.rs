//! When an event that was not taken is tried again.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::time::Duration;

/// Seconds after each failed try until the next: quickly at first, since most troubles pass quickly, and for three days
/// in all, since some fall on a weekend.
const WAITS: [u64; 11] = [1, 4, 30, 120, 600, 1800, 7200, 21_600, 43_200, 86_400, 86_400];

/// The longest wait.
pub(crate) const LONGEST: Duration = Duration::from_secs(86_400);

/// The wait after so many failed tries, at least as long as the receiver asked for; `None` where it is given up.
pub(crate) fn wait(failed: u32, asked: Option<Duration>) -> Option<Duration> {
    let nth = usize::try_from(failed.checked_sub(1)?).ok()?;
    let wait = Duration::from_secs(*WAITS.get(nth)?);
    Some(wait.max(asked.unwrap_or_default()).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<_> = (1..).map_while(|failed| wait(failed, None)).collect();
        assert!(waits.is_sorted() && waits.len() == 11 && waits.last() == Some(&LONGEST));
        let days = waits.iter().sum::<Duration>().as_secs() / 86_400;
        assert_eq!(days, 2, "within three days: {waits:?}");
        assert_eq!(wait(0, None), None);
    }

    #[test]
    fn a_receiver_may_ask_for_longer_within_a_day() {
        let asked = |seconds| wait(1, Some(Duration::from_secs(seconds))).unwrap().as_secs();
        assert_eq!((asked(0), asked(60), asked(1_000_000)), (1, 60, 86_400));
    }
}
