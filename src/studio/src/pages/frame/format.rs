//! Times, lengths and sizes as people read them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::texts::Texts;

/// A length in seconds as `3:07` or `1:02:09`.
pub(crate) fn length(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds + 0.5).unwrap_or_default().as_secs();
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A size in bytes in decimal units, as file managers show it.
pub(crate) fn size(bytes: u64, texts: &Texts) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return texts.put("size.bytes", "n", bytes);
    }
    let rounded = |bytes: u64, divisor: u64| bytes.saturating_add(divisor / 2) / divisor;
    let (mut divisor, mut units) = (1000, UNITS.iter());
    let mut unit = units.next();
    while rounded(bytes, divisor) >= 1000 && units.len() > 0 {
        (divisor, unit) = (divisor * 1000, units.next());
    }
    let tenths = rounded(bytes.saturating_mul(10), divisor);
    let number = match tenths {
        0..100 => format!("{}{}{}", tenths / 10, texts.get("size.point"), tenths % 10),
        _ => rounded(bytes, divisor).to_string(),
    };
    format!("{number}\u{a0}{}", unit.unwrap_or(&"PB"))
}

/// The time since `then` in its largest unit, a date when it is long ago. Both are microseconds since the Unix epoch.
pub(crate) fn ago(then: i64, now: i64, texts: &Texts) -> String {
    const STEPS: [(i64, i64, &str); 4] = [
        (3600, 60, "ago.minutes"),
        (86_400, 3600, "ago.hours"),
        (7 * 86_400, 86_400, "ago.days"),
        (30 * 86_400, 7 * 86_400, "ago.weeks"),
    ];
    let seconds = now.saturating_sub(then) / 1_000_000;
    if seconds < 60 {
        return texts.get("ago.now").to_owned();
    }
    match STEPS.iter().find(|(below, _, _)| seconds < *below) {
        Some((_, unit, key)) => texts.count(key, (seconds / unit).unsigned_abs()),
        None => date(then, texts),
    }
}

/// The day of a time (UTC), with the month's name.
pub(crate) fn date(micros: i64, texts: &Texts) -> String {
    let Ok(time) = Timestamp::from_microsecond(micros) else { return String::new() };
    let day = time.to_zoned(TimeZone::UTC).date();
    let month = format!("month.{}", day.month());
    let pattern = texts.get("date");
    pattern
        .replace("{day}", &day.day().to_string())
        .replace("{month}", texts.get(&month))
        .replace("{year}", &day.year().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::texts::languages;
    use super::*;

    const DAY: i64 = 86_400_000_000;

    #[test]
    fn lengths_have_hours_only_when_there_are_any() {
        assert_eq!([0.0, 0.4, 61.0, 3729.49, 3729.5].map(length), ["0:00", "0:00", "1:01", "1:02:09", "1:02:10"]);
        assert_eq!([-1.0, f64::NAN, f64::INFINITY].map(length), ["0:00", "0:00", "0:00"]);
    }

    #[test]
    fn sizes_and_times_are_written_as_each_language_does() {
        let [english, german] = languages() else { panic!("two languages") };
        assert_eq!(
            [0, 999, 1000, 999_499, 999_500, 5_368_709_120].map(|n| size(n, english)),
            ["0 bytes", "999 bytes", "1.0\u{a0}kB", "999\u{a0}kB", "1.0\u{a0}MB", "5.4\u{a0}GB"]
        );
        assert_eq!(size(1500, german), "1,5\u{a0}kB");
        let now = 1_790_000_000_000_000;
        let said = |then| (ago(then, now, english), ago(then, now, german));
        assert_eq!(said(now + DAY), ("just now".into(), "gerade eben".into()));
        assert_eq!(said(now - DAY), ("1 day ago".into(), "vor 1 Tag".into()));
        assert_eq!(said(now - 15 * DAY), ("2 weeks ago".into(), "vor 2 Wochen".into()));
        assert_eq!(said(now - 100 * DAY), ("13 June 2026".into(), "13. Juni 2026".into()));
        assert_eq!(date(i64::MAX, english), "");
    }
}
