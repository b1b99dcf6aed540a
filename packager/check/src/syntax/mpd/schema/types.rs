//! Types of attributes (ISO/IEC 23009-1 annex B), as MPDs write them.

/// Type of an attribute's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    /// 32 bits.
    Unsigned,
    /// 64 bits.
    Long,
    Integer,
    Boolean,
    /// `false`, `true` or a number.
    BooleanOrUnsigned,
    Duration,
    DateTime,
    /// `n` or `n/d`.
    Rate,
    /// `n:d`.
    Ratio,
    /// A double, `INF` among them.
    Double,
    /// `first-last`.
    Range,
    Sap,
    StaticOrDynamic,
    NoWhitespace,
    /// RFC 5646.
    Language,
    /// The first part of a media type.
    MediaKind,
    /// RFC 6381, a list without white space.
    Codecs,
    /// URIs with commas between, without white space.
    Profiles,
    Scan,
    /// One number of hertz, or the least and the most.
    SamplingRates,
}

use Type::{
    Boolean, BooleanOrUnsigned, Codecs, DateTime, Double, Duration, Integer, Language, Long, MediaKind, NoWhitespace,
    Profiles, Range, Rate, Ratio, SamplingRates, Sap, Scan, StaticOrDynamic, Text, Unsigned,
};

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn unsigned(text: &str) -> bool {
    digits(text) && text.parse::<u32>().is_ok()
}

fn long(text: &str) -> bool {
    digits(text) && text.parse::<u64>().is_ok()
}

impl Type {
    /// True if `value` is one of these.
    pub(super) fn fits(self, value: &str) -> bool {
        match self {
            Text => true,
            NoWhitespace => !value.is_empty() && !value.contains(char::is_whitespace),
            Unsigned => unsigned(value),
            Long => long(value),
            Integer => long(value.strip_prefix('-').unwrap_or(value)),
            Boolean => matches!(value, "true" | "false" | "1" | "0"),
            BooleanOrUnsigned => matches!(value, "true" | "false") || unsigned(value),
            Duration => crate::syntax::decimal::xs_duration(value).is_some(),
            DateTime => date_time(value),
            Rate => value.split_once('/').map_or_else(|| digits(value), |(n, d)| digits(n) && positive(d)),
            Ratio => value.split_once(':').is_some_and(|(n, d)| digits(n) && digits(d)),
            Double => double(value),
            Range => value.split_once('-').is_some_and(|(a, b)| long(a) && long(b)),
            Sap => value.parse::<u8>().is_ok_and(|n| n <= 6),
            StaticOrDynamic => matches!(value, "static" | "dynamic"),
            Language => language(value),
            MediaKind => matches!(value, "text" | "image" | "audio" | "video" | "application" | "font"),
            Codecs | Profiles => {
                value.split(',').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic()))
            }
            Scan => matches!(value, "progressive" | "interlaced" | "unknown"),
            SamplingRates => (1..=2).contains(&value.split(' ').count()) && value.split(' ').all(unsigned),
        }
    }
}

fn positive(text: &str) -> bool {
    digits(text) && !text.starts_with('0')
}

/// `xs:double`: Rust would also take `inf` and `infinity`.
fn double(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    matches!(text, "INF" | "-INF" | "NaN") || (plain && text.parse::<f64>().is_ok())
}

/// `xs:dateTime`: `2026-02-19T14:54:23`, then a fraction and a zone where they are said.
fn date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let numbers = |text: &str, mark: char, lengths: [usize; 3]| {
        let parts: Vec<&str> = text.split(mark).collect();
        parts.len() == 3 && parts.iter().zip(lengths).all(|(part, length)| part.len() == length && digits(part))
    };
    let (clock, rest) = time.split_at_checked(8).unwrap_or((time, ""));
    let zone =
        rest.strip_prefix('.').map_or(rest, |fraction| fraction.trim_start_matches(|c: char| c.is_ascii_digit()));
    let offset = |zone: &str| zone.len() == 5 && zone.split_once(':').is_some_and(|(h, m)| digits(h) && digits(m));
    let zoned = zone.is_empty() || zone == "Z" || zone.strip_prefix(['+', '-']).is_some_and(offset);
    numbers(date, '-', [4, 2, 2]) && numbers(clock, ':', [2, 2, 2]) && zoned
}

/// `xs:language`: parts of at most eight letters, digits behind the first too.
fn language(text: &str) -> bool {
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.split('-').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_held_to_the_schemas_types() {
        for (of, good, bad) in [
            (Unsigned, &["0", "4294967295"][..], &["", "-1", "+1", "4294967296", "1.0"][..]),
            (Long, &["18446744073709551615"], &["18446744073709551616"]),
            (Integer, &["-1", "7"], &["--1", ""]),
            (Rate, &["25", "30000/1001"], &["30/0", "29.97", "/1"]),
            (Ratio, &["16:9"], &["16/9", ":"]),
            (Double, &["INF", "0.5", "1e3"], &["inf", "infinity", "", "x"]),
            (Duration, &["PT6S", "P0Y0M0DT0H3M1.63S"], &["6S", "P1Y", "PT"]),
            (
                DateTime,
                &["2026-02-19T14:54:23", "2026-02-19T14:54:23.031Z", "2026-02-19T14:54:23+08:00"],
                &["2026-02-19", "2026-02-19T14:54", "2026-2-19T14:54:23Z", "2026-02-19T14:54:23 GMT", "TTT"],
            ),
            (Language, &["en", "pt-BR", "es-419", "und"], &["", "en_US", "-en", "1e"]),
            (MediaKind, &["video"], &["movie", ""]),
            (Codecs, &["avc1.64001f", "avc1.4d401e,mp4a.40.2"], &["", "avc1.64001f, mp4a.40.2", "a,,b"]),
            (Profiles, &["urn:mpeg:dash:profile:isoff-live:2011,urn:x"], &["urn:a urn:b", ""]),
            (SamplingRates, &["48000", "8000 48000"], &["48kHz", "1 2 3", ""]),
            (Sap, &["0", "6"], &["7", "true"]),
            (Scan, &["progressive"], &["p"]),
        ] {
            good.iter().for_each(|value| assert!(of.fits(value), "{of:?} {value}"));
            bad.iter().for_each(|value| assert!(!of.fits(value), "{of:?} {value}"));
        }
    }
}
