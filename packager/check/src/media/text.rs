//! WebVTT: cues, their times, and the timestamp map of HLS (RFC 8216bis §3.1.4).

use crate::report::rules::text as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show};

/// More cues in one file are refused.
const MAX_CUES: usize = 100_000;

/// A WebVTT file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Vtt {
    pub(crate) cues: Vec<Cue>,
    /// `X-TIMESTAMP-MAP`: the 90 kHz time and the cue time (nanoseconds) that are the same instant.
    pub(crate) map: Option<(u64, u64)>,
}

/// A cue. Times are nanoseconds on the file's clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cue {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) text: String,
    /// Line of its timing.
    pub(crate) line: u32,
}

impl Vtt {
    /// Nanoseconds to add to cue times to get media time, by the timestamp map.
    pub(crate) fn shift(&self) -> i64 {
        self.map.map_or(0, |(ticks, local)| {
            let media = i64::try_from(crate::syntax::decimal::ticks(ticks, 90_000)).unwrap_or(i64::MAX);
            media.saturating_sub(i64::try_from(local).unwrap_or(i64::MAX))
        })
    }
}

/// Reads and judges a file.
pub(crate) fn read(data: &[u8], place: &Place, findings: &mut Findings) -> Vtt {
    let mut vtt = Vtt::default();
    let Ok(text) = std::str::from_utf8(data) else {
        findings.add(&rules::UTF8, place.clone(), "is no UTF-8");
        return vtt;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.strip_prefix("WEBVTT");
    if !head.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n'])) {
        findings.add(&rules::HEADER, place.clone(), "does not start with a line WEBVTT");
        return vtt;
    }
    let mut in_header = true;
    let mut lines = (1u32..).zip(lines(text)).skip(1).peekable();
    while let Some((number, line)) = lines.next() {
        let at = || Place { line: Some(number), ..place.clone() };
        if line.is_empty() {
            in_header = false;
        } else if let Some(map) = line.strip_prefix("X-TIMESTAMP-MAP=") {
            vtt.map = timestamp_map(map);
            if vtt.map.is_none() || !in_header {
                findings.add(
                    &rules::MAP_FORM,
                    at(),
                    format!("X-TIMESTAMP-MAP={map} in the header cannot be understood"),
                );
            }
        } else if line.contains("-->") {
            let body: Vec<&str> =
                std::iter::from_fn(|| lines.next_if(|(_, l)| !l.is_empty())).map(|(_, l)| l).collect();
            match timing(line) {
                Some((start, end)) if start < end => {
                    vtt.cues.push(Cue { start, end, text: body.join("\n"), line: number });
                }
                Some((start, end)) => {
                    let text = format!("a cue from {} to {} ends before it starts", show(start), show(end));
                    findings.add(&rules::CUE_TIMING, at(), text);
                }
                None => findings.add(&rules::CUE_TIMING, at(), format!("'{line}' is no cue timing")),
            }
            if vtt.cues.len() > MAX_CUES {
                findings.add(&rules::LIMIT, place.clone(), format!("more than {MAX_CUES} cues are not read"));
                break;
            }
        }
    }
    vtt
}

/// Lines, ended by LF, CR LF or CR (WebVTT §4.1).
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else { return rest.take() };
        let (line, tail) = text.split_at(end);
        rest = tail.strip_prefix("\r\n").or_else(|| tail.get(1..));
        Some(line)
    })
}

/// `MPEGTS:900000,LOCAL:00:00:00.000`, in either order.
fn timestamp_map(text: &str) -> Option<(u64, u64)> {
    let (mut ticks, mut local) = (None, None);
    for part in text.trim().split(',') {
        if let Some(value) = part.strip_prefix("MPEGTS:") {
            ticks = value.parse().ok();
        } else if let Some(value) = part.strip_prefix("LOCAL:") {
            local = timestamp(value);
        }
    }
    // The clock of MPEG-2 has 33 bits.
    ticks.filter(|&t: &u64| t < 1 << 33).zip(local)
}

fn timing(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once("-->")?;
    let end = rest.split_whitespace().next()?;
    Some((timestamp(start.trim())?, timestamp(end)?))
}

/// `[H…H:]MM:SS.mmm` (WebVTT §3.3).
fn timestamp(text: &str) -> Option<u64> {
    let (clock, millis) = text.split_once('.')?;
    let number = |t: &str, digits: usize| {
        (t.len() >= digits && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<u64>().ok()).flatten()
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [m, s] => (0, number(m, 2)?, number(s, 2)?),
        [h, m, s] => (number(h, 2)?, number(m, 2)?, number(s, 2)?),
        _ => return None,
    };
    let millis = if millis.len() == 3 { number(millis, 3)? } else { return None };
    if minutes > 59 || seconds > 59 {
        return None;
    }
    let whole = hours.checked_mul(3600)?.checked_add(minutes * 60 + seconds)?;
    whole.checked_mul(SECOND)?.checked_add(millis * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_and_map_are_read() {
        let text = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:01.000\n\n1\n00:01.500 --> 00:00:02.000 line:0\nHi\nyou\n";
        let mut findings = Findings::default();
        let vtt = read(text.as_bytes(), &Place::file("a.vtt"), &mut findings);
        let cue = Cue { start: 1_500_000_000, end: 2_000_000_000, text: "Hi\nyou".into(), line: 5 };
        assert_eq!((vtt.cues.as_slice(), vtt.shift()), (&[cue][..], 9_000_000_000));
    }

    #[test]
    fn lines_end_in_three_ways() {
        assert_eq!(lines("a\nb\r\nc\rd\n\r").collect::<Vec<_>>(), ["a", "b", "c", "d", "", ""]);
    }

    #[test]
    fn timestamps_are_strict() {
        for (text, expected) in [
            ("00:00.000", Some(0)),
            ("100:00:00.000", Some(360_000 * SECOND)),
            ("00:60.000", None),
            ("0:00.000", None),
            ("00:00.00", None),
            ("00:00,000", None),
        ] {
            assert_eq!(timestamp(text), expected, "{text}");
        }
    }
}
