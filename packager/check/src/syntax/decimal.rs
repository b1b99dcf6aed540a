//! Decimals of playlists and durations of MPDs, exactly: never a floating-point second.

/// Nanoseconds a second.
pub(crate) const SECOND: u64 = 1_000_000_000;

/// Reads `6.006` (digits, at most one point) into nanoseconds; digits beyond nine places are cut off.
/// `None` for anything else, such as a sign or an exponent.
pub(crate) fn nanos(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: String = part.chars().chain("000000000".chars()).take(9).collect();
    whole.checked_mul(SECOND)?.checked_add(part.parse().ok()?)
}

/// Reads an `xs:duration` without years and months, or with none of them (`PT1H2M3.5S`, `P0Y0M1DT2H`), into nanoseconds.
pub(crate) fn xs_duration(text: &str) -> Option<u64> {
    let rest = text.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (rest, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut total = 0u64;
    for (part, units) in
        [(days, &[('Y', 0), ('M', 0), ('D', 86_400)][..]), (time, &[('H', 3_600), ('M', 60), ('S', 1)][..])]
    {
        let mut rest = part;
        let mut units = units.iter();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
            let (number, tail) = rest.split_at(end);
            let unit = tail.chars().next()?;
            let seconds = units.find(|(name, _)| *name == unit)?.1;
            let number = nanos(number)?;
            // Years and months have no fixed length.
            if seconds == 0 && number > 0 {
                return None;
            }
            total = total.checked_add(number.checked_mul(seconds)?)?;
            rest = &tail[1..];
        }
    }
    Some(total)
}

/// Ticks of `timescale` as nanoseconds, nearest; saturates.
pub(crate) fn ticks(ticks: u64, timescale: u32) -> u64 {
    let scale = u128::from(timescale.max(1));
    let nanos = (u128::from(ticks) * u128::from(SECOND) + scale / 2) / scale;
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

/// The same for instants, which may lie before 0.
pub(crate) fn signed_ticks(at: i64, timescale: u32) -> i64 {
    let nanos = i64::try_from(ticks(at.unsigned_abs(), timescale)).unwrap_or(i64::MAX);
    if at < 0 { -nanos } else { nanos }
}

/// For messages: seconds with up to six places.
pub(crate) fn show(nanos: u64) -> String {
    let text = format!("{}.{:06}", nanos / SECOND, nanos % SECOND / 1000);
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    format!("{trimmed} s")
}

/// For messages: signed seconds.
pub(crate) fn show_signed(nanos: i64) -> String {
    format!("{}{}", if nanos < 0 { "-" } else { "" }, show(nanos.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, expected) in [
            ("6", Some(6_000_000_000)),
            ("6.006", Some(6_006_000_000)),
            ("0.0000000019", Some(1)),
            (".5", Some(500_000_000)),
            ("6.", Some(6_000_000_000)),
            ("", None),
            (".", None),
            ("-1", None),
            ("1e3", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(nanos(text), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_exact() {
        for (text, expected) in [
            ("PT0S", Some(0)),
            ("PT1H2M3.5S", Some(3_723_500_000_000)),
            ("P1DT1S", Some(86_401_000_000_000)),
            ("PT60.06S", Some(60_060_000_000)),
            ("P0Y0M1DT0H0M1.500S", Some(86_401_500_000_000)),
            ("P1Y", None),
            ("P1M", None),
            ("PT", None),
            ("P", None),
            ("PT1S2M", None),
            ("1S", None),
        ] {
            assert_eq!(xs_duration(text), expected, "{text}");
        }
    }
}
