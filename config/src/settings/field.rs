//! The rules of single settings, as serde's `deserialize_with`. Each refuses with what it expected.

use std::net::SocketAddr;
use std::path::PathBuf;

use globset::Glob;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use toml::Value;

use crate::access::Visibility;
use crate::origin::LogFormat;
use crate::settings::{After, Confine, Deinterlace, IoClass};

/// x264's presets, fastest first.
const PRESETS: [&str; 10] =
    ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"];

/// A path or a program's name: any text that is not empty.
pub(crate) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    let path = text(deserializer)?.filter(|t| !t.is_empty() && !t.contains('\0'));
    path.map(PathBuf::from).ok_or_else(|| D::Error::custom("expected a path, such as \"./library\""))
}

/// A path, or nothing.
pub(crate) fn path_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    let path = text(deserializer)?.filter(|t| !t.contains('\0'));
    path.map(PathBuf::from).ok_or_else(|| D::Error::custom("expected a path, such as \"./done\", or \"\" for none"))
}

/// A list of paths, empty or not.
pub(crate) fn paths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    let paths = Vec::<String>::deserialize(Value::deserialize(deserializer)?).ok();
    let paths = paths.filter(|paths| paths.iter().all(|t| !t.is_empty() && !t.contains('\0')));
    let paths = paths.ok_or_else(|| D::Error::custom("expected a list of paths, such as [\"./keys/2026.key\"]"))?;
    Ok(paths.into_iter().map(PathBuf::from).collect())
}

/// A list of globs, empty or not.
pub(crate) fn globs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let globs = Vec::<String>::deserialize(Value::deserialize(deserializer)?).ok();
    let globs = globs.filter(|globs| globs.iter().all(|t| !t.is_empty() && Glob::new(t).is_ok()));
    globs.ok_or_else(|| D::Error::custom("expected a list of globs, such as [\"*.draft.mp4\", \"old/**\"]"))
}

/// An IP address and a port.
pub(crate) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let address = text(deserializer)?.and_then(|t| t.parse().ok());
    address.ok_or_else(|| {
        D::Error::custom("expected an IP address and a port, such as \"127.0.0.1:8080\" or \"[::]:8080\"")
    })
}

/// A preset of x264.
pub(crate) fn preset<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let preset = text(deserializer)?.filter(|t| PRESETS.contains(&t.as_str()));
    preset.ok_or_else(|| D::Error::custom(format!("expected a preset of x264: {}", PRESETS.join(", "))))
}

/// A whole number from `MIN` to `MAX`.
pub(crate) fn whole<'de, D: Deserializer<'de>, const MIN: u32, const MAX: u32>(
    deserializer: D,
) -> Result<u32, D::Error> {
    let number = Value::deserialize(deserializer)?.as_integer().and_then(|n| u32::try_from(n).ok());
    let number = number.filter(|n| (MIN..=MAX).contains(n));
    number.ok_or_else(|| D::Error::custom(format!("expected a whole number from {MIN} to {MAX}")))
}

/// A whole number from `MIN` to `MAX`, which may be below zero.
pub(crate) fn signed<'de, D: Deserializer<'de>, const MIN: i32, const MAX: i32>(
    deserializer: D,
) -> Result<i32, D::Error> {
    let number = Value::deserialize(deserializer)?.as_integer().and_then(|n| i32::try_from(n).ok());
    let number = number.filter(|n| (MIN..=MAX).contains(n));
    number.ok_or_else(|| D::Error::custom(format!("expected a whole number from {MIN} to {MAX}")))
}

/// Rungs of a ladder, each once.
pub(crate) fn rungs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let rungs = Vec::<String>::deserialize(Value::deserialize(deserializer)?).ok();
    let once = |rungs: &Vec<String>| {
        let read: Vec<_> = rungs.iter().map(|text| rung(text)).collect();
        read.iter().enumerate().all(|(at, rung)| rung.is_some() && !read[..at].contains(rung))
    };
    rungs.filter(once).ok_or_else(|| {
        D::Error::custom("expected a list of different rungs of 144 to 4320 lines and 50 to 100000 kb/s, such as [\"1080p-6000\", \"720p-3000\"]")
    })
}

/// Height and kilobits a second of a rung such as `1080p-6000`.
pub(crate) fn rung(text: &str) -> Option<(u32, u32)> {
    let (height, kbps) = text.split_once("p-")?;
    let (height, kbps) = (digits(height)?.parse().ok()?, digits(kbps)?.parse().ok()?);
    ((144..=4320).contains(&height) && (50..=100_000).contains(&kbps)).then_some((height, kbps))
}

/// `source`, or a whole or fractional rate from 1 to 60.
pub(crate) fn frame_rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let is_rate = |text: &String| {
        let (num, den) = text.split_once('/').unwrap_or((text, "1"));
        let number =
            |text| digits(text).and_then(|text| text.parse::<u32>().ok()).filter(|n| (1..=1_000_000).contains(n));
        number(num).zip(number(den)).is_some_and(|(num, den)| num >= den && num <= 60 * den)
    };
    let rate = text(deserializer)?.filter(|text| text == "source" || is_rate(text));
    rate.ok_or_else(|| {
        D::Error::custom("expected \"source\", or frames a second from 1 to 60, such as \"25\" or \"30000/1001\"")
    })
}

/// A treatment of interlaced sources.
pub(crate) fn deinterlace<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Deinterlace, D::Error> {
    let way = Deinterlace::deserialize(Value::deserialize(deserializer)?);
    way.map_err(|_| D::Error::custom("expected \"frame\", \"field\" or \"off\""))
}

/// What becomes of a source.
pub(crate) fn after<'de, D: Deserializer<'de>>(deserializer: D) -> Result<After, D::Error> {
    let after = After::deserialize(Value::deserialize(deserializer)?);
    after.map_err(|_| D::Error::custom("expected \"keep\", \"move\" or \"delete\""))
}

/// A strictness of the sandbox.
pub(crate) fn confine<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Confine, D::Error> {
    let confine = Confine::deserialize(Value::deserialize(deserializer)?);
    confine.map_err(|_| D::Error::custom("expected \"offered\", \"required\" or \"off\""))
}

/// A class of input and output.
pub(crate) fn io_class<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IoClass, D::Error> {
    let class = IoClass::deserialize(Value::deserialize(deserializer)?);
    class.map_err(|_| D::Error::custom("expected \"normal\", \"best-effort\" or \"idle\""))
}

/// A header's value: printable ASCII (RFC 9110 §5.5), and not empty.
pub(crate) fn header_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let printable = |t: &String| !t.trim().is_empty() && t.bytes().all(|b| matches!(b, b' '..=b'~'));
    let value = text(deserializer)?.filter(printable);
    value.ok_or_else(|| D::Error::custom("expected a header's value in printable ASCII, such as \"no-store\""))
}

/// A format of the access log.
pub(crate) fn log_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogFormat, D::Error> {
    let format = LogFormat::deserialize(Value::deserialize(deserializer)?);
    format.map_err(|_| D::Error::custom("expected \"json\" or \"combined\""))
}

/// A visibility.
pub(crate) fn visibility<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Visibility, D::Error> {
    let visibility = text(deserializer)?.and_then(|t| t.parse().ok());
    visibility.ok_or_else(|| D::Error::custom("expected \"public\", \"unlisted\" or \"restricted\""))
}

/// Printable text, or none.
pub(crate) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let words = text(deserializer)?.filter(|t| !t.chars().any(char::is_control));
    words.ok_or_else(|| D::Error::custom("expected a text without line breaks, or \"\" for none"))
}

/// Web origins (RFC 6454 §6.2), or `*` alone.
pub(crate) fn web_origins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let origins = Vec::<String>::deserialize(Value::deserialize(deserializer)?).unwrap_or_default();
    if origins == ["*"] || (!origins.is_empty() && origins.iter().all(|o| is_web_origin(o))) {
        return Ok(origins);
    }
    Err(D::Error::custom("expected [\"*\"] or a list of origins, such as [\"https://www.example.com\"]"))
}

/// Names of header fields (RFC 9110 §5.1).
pub(crate) fn header_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let is_name = |name: &String| !name.is_empty() && name.bytes().all(token);
    match Vec::<String>::deserialize(Value::deserialize(deserializer)?) {
        Ok(names) if names.iter().all(is_name) => Ok(names),
        Ok(_) | Err(_) => Err(D::Error::custom("expected a list of names of header fields, such as [\"X-Player\"]")),
    }
}

pub(crate) fn is_web_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|h| {
        !h.is_empty() && h.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b':' | b'[' | b']'))
    })
}

const SPANS: [(&str, u32); 4] = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)];

/// A length of time from `MIN` to `MAX` seconds, written with a unit: `10s`.
pub(crate) fn seconds<'de, D: Deserializer<'de>, const MIN: u32, const MAX: u32>(
    deserializer: D,
) -> Result<u32, D::Error> {
    let seconds = text(deserializer)?.and_then(|t| parse_seconds(&t)).filter(|n| (MIN..=MAX).contains(n));
    seconds.ok_or_else(|| {
        let (min, max) = (seconds_text(MIN), seconds_text(MAX));
        D::Error::custom(format!("expected a time with a unit (s, min, h, d) from \"{min}\" to \"{max}\""))
    })
}

/// The other way round.
pub(crate) fn write_seconds<S: Serializer>(seconds: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&seconds_text(*seconds))
}

fn seconds_text(seconds: u32) -> String {
    let unit = SPANS.iter().find(|(_, span)| seconds >= *span && seconds.is_multiple_of(*span));
    let (name, span) = unit.copied().unwrap_or(("s", 1));
    format!("{}{name}", seconds / span)
}

fn parse_seconds(text: &str) -> Option<u32> {
    let (number, span) = SPANS.iter().find_map(|(name, span)| Some((text.strip_suffix(name)?, span)))?;
    digits(number)?.parse::<u32>().ok()?.checked_mul(*span)
}

/// The text itself when it is digits alone: `parse` would take a sign too.
fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

/// A length of time of up to a day, or `auto`.
pub(crate) mod seconds_or_auto {
    use super::{Deserializer, Error, Serializer, parse_seconds, text, write_seconds};

    const DAY: u32 = 86_400;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
        match text(deserializer)? {
            Some(text) if text == "auto" => Ok(None),
            other => other.and_then(|t| parse_seconds(&t)).filter(|n| *n <= DAY).map(Some).ok_or_else(|| {
                D::Error::custom("expected \"auto\", or a time with a unit (s, min, h, d) from \"0s\" to \"1d\"")
            }),
        }
    }

    pub(crate) fn serialize<S: Serializer>(seconds: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
        match seconds {
            None => serializer.serialize_str("auto"),
            Some(seconds) => write_seconds(seconds, serializer),
        }
    }
}

/// A text, or nothing when it is a value of another type.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// Bytes, written with a unit: `512MiB`.
pub(crate) mod size {
    use super::{Deserializer, Error, Serializer, digits, text};

    const UNITS: [(&str, u64); 5] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let bytes = text(deserializer)?.and_then(|t| parse(&t));
        bytes.ok_or_else(|| D::Error::custom("expected a size with a unit (B, KiB, MiB, GiB, TiB), such as \"512MiB\""))
    }

    pub(crate) fn serialize<S: Serializer>(bytes: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        let unit = UNITS.iter().find(|(_, size)| *bytes >= *size && bytes.is_multiple_of(*size));
        let (name, size) = unit.copied().unwrap_or(("B", 1));
        serializer.collect_str(&format_args!("{}{name}", bytes / size))
    }

    pub(crate) fn parse(text: &str) -> Option<u64> {
        let (number, size) = UNITS.iter().find_map(|(name, size)| Some((text.strip_suffix(name)?, size)))?;
        digits(number)?.parse::<u64>().ok()?.checked_mul(*size)
    }

    #[cfg(test)]
    mod tests {
        use super::parse;

        #[test]
        fn sizes_have_a_number_and_a_unit() {
            let good = [
                ("0B", 0),
                ("1KiB", 1024),
                ("512MiB", 512 << 20),
                ("3GiB", 3 << 30),
                ("16777215TiB", 16_777_215 << 40),
            ];
            for (text, bytes) in good {
                assert_eq!(parse(text), Some(bytes), "{text}");
            }
            for text in
                ["", "B", "512", "512MB", "-1B", "+1B", "1.5GiB", "1 GiB", "16777216TiB", "99999999999999999999B"]
            {
                assert_eq!(parse(text), None, "{text}");
            }
        }
    }
}
