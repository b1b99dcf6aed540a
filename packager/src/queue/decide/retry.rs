//! When a title is tried again that failed for a passing reason.

use std::time::Duration;

const MINUTE: u64 = 60;

/// The waits after the first failures in a row, seconds. Trouble of a moment is over soon; a disk that is away for a night
/// is asked for each hour.
const WAITS: [u64; 5] = [10, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE];
/// The wait after each later one, seconds.
const LAST_WAIT: u64 = 60 * MINUTE;
/// Failures in a row after which it is tried again only when something changes: a day and a night.
const MOST: u32 = 28;

/// The time until the next attempt, after so many failures in a row; `None` after too many.
pub(in crate::queue) fn wait(failures: u32) -> Option<Duration> {
    let before = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    (failures < MOST).then(|| Duration::from_secs(WAITS.get(before).copied().unwrap_or(LAST_WAIT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_come_to_an_end() {
        let waits: Vec<Duration> = (1..).map_while(wait).collect();
        assert!(waits.is_sorted() && waits[0] == Duration::from_secs(10));
        let all: Duration = waits.iter().sum();
        assert!(all > Duration::from_secs(20 * 3600) && all < Duration::from_secs(48 * 3600), "{all:?}");
    }
}
