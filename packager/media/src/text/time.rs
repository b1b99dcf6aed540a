//! Times as files of text write them.

/// Hours beyond which a time is a mistake.
const MOST_HOURS: i64 = 1000;

/// The two times of a line such as `00:01.500 --> 0:00:02,000 line:0`, milliseconds, and what stands after them.
pub(super) fn timing(line: &str) -> Option<(i64, i64, &str)> {
    let (start, rest) = line.split_once("-->")?;
    let rest = rest.trim_start();
    let end = rest.split(char::is_whitespace).next()?;
    let settings = rest.get(end.len()..).unwrap_or_default();
    Some((timestamp(start.trim())?, timestamp(end)?, settings.trim()))
}

/// `[H…:]M:S[.,]mmm`: WebVTT's and SubRip's, and what people write for them.
fn timestamp(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<i64>().ok()).flatten()
    };
    let mut parts = clock.split(':').map(|part| number(part.trim()));
    let parts = (parts.next()?, parts.next()?, parts.next(), parts.next());
    let (hours, minutes, seconds) = match parts {
        (Some(minutes), Some(seconds), None, None) => (0, minutes, seconds),
        (Some(hours), Some(minutes), Some(Some(seconds)), None) => (hours, minutes, seconds),
        _ => return None,
    };
    let in_bounds = hours <= MOST_HOURS && minutes < 60 && seconds < 60;
    let thousandths = match fraction {
        "" => 0,
        digits => number(format!("{digits:0<3}").get(..3)?)?,
    };
    let all_digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    (in_bounds && all_digits).then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths)
}

/// WebVTT's `HH:MM:SS.mmm`.
pub(super) fn written(ms: u64) -> String {
    let (seconds, thousandths) = (ms / 1000, ms % 1000);
    format!("{:02}:{:02}:{:02}.{thousandths:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, expected) in [
            ("00:01.500", Some(1500)),
            ("01:00:01,500", Some(3_601_500)),
            ("1:02:03.4", Some(3_723_400)),
            ("00:00:05", Some(5000)),
            ("00:60.000", None),
            ("5", None),
            ("-00:01.000", None),
            ("00:01.0x0", None),
            ("00:01.5é", None),
            ("1001:00:00.000", None),
            ("1:2:3:4", None),
        ] {
            assert_eq!(timestamp(text), expected, "{text}");
        }
        let line = "00:01.500-->0:00:02,000  line:0 align:start";
        assert_eq!(timing(line), Some((1500, 2000, "line:0 align:start")));
        assert_eq!(written(3_723_400), "01:02:03.400");
    }
}
