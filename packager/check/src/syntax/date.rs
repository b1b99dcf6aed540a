//! Instants of playlists and MPDs: ISO 8601 date and time (RFC 8216bis §4.4.4.6, `xs:dateTime`).

/// Nanoseconds since 1970 in UTC of `2010-02-19T14:54:23.031+08:00`; without a zone it is UTC.
/// `None` for anything else, and for years that 64 bits cannot hold.
pub(crate) fn nanos(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let zone_at = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at_checked(zone_at)?;
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
    // A leap second is 60.
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 25 && minute < 60 && second < 61;
    if !in_range || (time.contains('.') && fraction.is_empty()) {
        return None;
    }
    let fraction = crate::syntax::decimal::nanos(&format!("0.{fraction}"))?;
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset(zone)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(i64::try_from(fraction).ok()?)
}

/// Numbers of exactly so many digits, between `mark`s.
fn fields(text: &str, mark: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(mark);
    let mut found = [0; 3];
    for (slot, width) in found.iter_mut().zip(digits) {
        *slot = number(parts.next()?, width)?;
    }
    parts.next().is_none().then_some(found)
}

fn number(text: &str, width: usize) -> Option<i64> {
    (text.len() == width && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// Seconds that a zone is ahead of UTC: `Z`, nothing, `+08:00`, `+0800` or `+08`.
fn offset(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1) {
        None | Some(("Z", "")) => return Some(0),
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        Some(_) => return None,
    };
    let (hours, minutes) = rest.split_at_checked(2)?;
    let minutes = match minutes.strip_prefix(':').unwrap_or(minutes) {
        "" => 0,
        minutes => number(minutes, 2)?,
    };
    Some(sign * (number(hours, 2)? * 3600 + minutes * 60))
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, by years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::nanos;

    #[test]
    fn instants_are_exact() {
        const S: i64 = 1_000_000_000;
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T00:00:00", Some(0)),
            ("1969-12-31T23:59:59.5Z", Some(-S / 2)),
            ("2000-02-29T12:00:00Z", Some(951_825_600 * S)),
            ("2010-02-19T14:54:23.031+08:00", Some(1_266_562_463 * S + 31_000_000)),
            ("2010-02-19T14:54:23.031+0800", Some(1_266_562_463 * S + 31_000_000)),
            ("2010-02-19T14:54:23-08", Some(1_266_620_063 * S)),
            ("2026-11-20T23:52:04.000000001Z", Some(1_795_218_724 * S + 1)),
            ("2010-02-19", None),
            ("2010-2-19T14:54:23Z", None),
            ("2010-13-19T14:54:23Z", None),
            ("2010-02-19T14:54Z", None),
            ("2010-02-19T14:54:23.Z", None),
            ("2010-02-19T14:54:23+8", None),
            ("9999-02-19T14:54:23Z", None),
            ("yesterday", None),
            ("2010-02-19T14:54:23é", None),
        ] {
            assert_eq!(nanos(text), expected, "{text}");
        }
    }
}
