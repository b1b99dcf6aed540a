//! Dates and numbers of a line, written without the formatting machinery: a line has some ten of them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
/// The end of the year 9999 in seconds since the Unix epoch: later years have no form in RFC 3339.
const YEAR_9999_ENDS: u64 = 253_402_300_799;

/// A time of the Gregorian calendar, in UTC.
struct Civil {
    year: u64,
    /// From 1.
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Civil {
    /// The time `seconds` after the Unix epoch, after H. Hinnant's `civil_from_days`: years begin in March, so that a
    /// leap day ends one; an era has 400 years.
    const fn new(seconds: u64) -> Self {
        let (days, of_day) = (seconds / 86_400 + 719_468, seconds % 86_400);
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Self {
            year: era * 400 + year_of_era + (month <= 2) as u64,
            month,
            day: of_year - (153 * from_march + 2) / 5 + 1,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }
}

/// Writes `time` as `1994-11-06T08:49:37.042Z` (RFC 3339).
pub(super) fn rfc3339(out: &mut Vec<u8>, time: SystemTime) {
    let since = since_epoch(time);
    let Civil { year, month, day, hour, minute, second } = Civil::new(since.as_secs());
    let mut text = *b"yyyy-mm-ddThh:mm:ss.mmmZ";
    fill(&mut text[..4], year);
    fill(&mut text[5..7], month);
    fill(&mut text[8..10], day);
    fill(&mut text[11..13], hour);
    fill(&mut text[14..16], minute);
    fill(&mut text[17..19], second);
    fill(&mut text[20..23], since.subsec_millis().into());
    out.extend_from_slice(&text);
}

/// Writes `time` as `06/Nov/1994:08:49:37 +0000`, as Apache and nginx do.
pub(super) fn common(out: &mut Vec<u8>, time: SystemTime) {
    let Civil { year, month, day, hour, minute, second } = Civil::new(since_epoch(time).as_secs());
    let mut text = *b"dd/mmm/yyyy:hh:mm:ss +0000";
    fill(&mut text[..2], day);
    text[3..6].copy_from_slice(MONTHS[usize::try_from(month - 1).unwrap_or_default() % MONTHS.len()]);
    fill(&mut text[7..11], year);
    fill(&mut text[12..14], hour);
    fill(&mut text[15..17], minute);
    fill(&mut text[18..20], second);
    out.extend_from_slice(&text);
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().min(Duration::from_secs(YEAR_9999_ENDS))
}

/// Writes `duration` in seconds, as a decimal number with nine places.
pub(super) fn seconds(out: &mut Vec<u8>, duration: Duration) {
    decimal(out, duration.as_secs());
    out.push(b'.');
    let mut places = [0; 9];
    fill(&mut places, duration.subsec_nanos().into());
    out.extend_from_slice(&places);
}

/// Writes `number`.
pub(super) fn decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    for digit in digits.iter_mut().rev() {
        first -= 1;
        *digit += (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(first..).unwrap_or_default());
}

/// Writes the last digits of `number` over all of `digits`.
fn fill(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_last_second_that_can_be_written() {
        let late = UNIX_EPOCH + Duration::from_secs(YEAR_9999_ENDS);
        assert_eq!(written(|out| rfc3339(out, late)), "9999-12-31T23:59:59.000Z");
        assert_eq!(written(|out| rfc3339(out, late + Duration::from_secs(9))), "9999-12-31T23:59:59.000Z");
        assert_eq!(written(|out| common(out, UNIX_EPOCH - Duration::from_secs(9))), "01/Jan/1970:00:00:00 +0000");
    }

    proptest! {
        #[test]
        fn dates_are_those_of_other_writers(seconds in 0..=YEAR_9999_ENDS, milliseconds in 0..1000u64) {
            let time = UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_millis(milliseconds % 1000);
            let time = time.min(UNIX_EPOCH + Duration::from_secs(YEAR_9999_ENDS));
            prop_assert_eq!(written(|out| rfc3339(out, time)), humantime::format_rfc3339_millis(time).to_string());
            // `Sun, 06 Nov 1994 08:49:37 GMT`
            let date = httpdate::fmt_http_date(time);
            let parts: Vec<&str> = date.split(' ').collect();
            let want = format!("{}/{}/{}:{} +0000", parts[1], parts[2], parts[3], parts[4]);
            prop_assert_eq!(written(|out| common(out, time)), want);
        }

        #[test]
        fn numbers_are_those_of_the_standard_library(number: u64, seconds: u32, nanoseconds in 0..1_000_000_000u32) {
            prop_assert_eq!(written(|out| decimal(out, number)), number.to_string());
            let duration = Duration::new(seconds.into(), nanoseconds);
            prop_assert_eq!(written(|out| super::seconds(out, duration)), format!("{seconds}.{nanoseconds:09}"));
        }
    }
}
