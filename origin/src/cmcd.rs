//! What players say of themselves: Common Media Client Data (CTA-5004, version 1, and CTA-5004-A, version 2).
//!
//! It comes as a query argument or as header fields, from strangers: whatever isn't understood is passed over, and
//! nothing of it names a metric's label.

use http::{HeaderMap, HeaderName};

const FIELDS: [HeaderName; 4] = [
    HeaderName::from_static("cmcd-request"),
    HeaderName::from_static("cmcd-object"),
    HeaderName::from_static("cmcd-status"),
    HeaderName::from_static("cmcd-session"),
];
/// No player's data is longer; what is, is not read to its end.
const LONGEST: usize = 2048;

/// What we use of it. Absent values are absent in the data, or make no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cmcd {
    /// Encoded bit rate of the object, bits a second (`br`).
    pub bit_rate: Option<u64>,
    /// Length of the buffer, milliseconds (`bl`).
    pub buffer: Option<u64>,
    /// Measured throughput, bits a second (`mtp`).
    pub throughput: Option<u64>,
    /// How long it took from the wish to play to the first picture, milliseconds (`msd`, version 2; told once).
    pub start_delay: Option<u64>,
    /// The buffer was empty since the last request (`bs`).
    pub starved: bool,
    /// The object is needed to start, to seek or to recover (`su`).
    pub startup: bool,
    /// Something of it was understood.
    pub present: bool,
}

/// Reads a request's data from its query and headers.
#[must_use]
pub fn read(query: Option<&str>, headers: &HeaderMap) -> Cmcd {
    let mut data = Cmcd::default();
    if let Some(text) = query.and_then(argument) {
        data.note(&text);
    }
    for field in FIELDS {
        for value in headers.get_all(field) {
            data.note(value.to_str().unwrap_or_default());
        }
    }
    data
}

/// The value of the query's `CMCD` argument, decoded.
fn argument(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("CMCD="))?;
    let short = value.get(..value.len().min(LONGEST))?;
    Some(percent_encoding::percent_decode_str(short).decode_utf8_lossy().into_owned())
}

impl Cmcd {
    /// Notes the `key=value` pairs of `text`; a key alone means true.
    fn note(&mut self, text: &str) {
        for (key, value) in Pairs(text.get(..LONGEST).unwrap_or(text)) {
            let known = match key {
                "br" => set(&mut self.bit_rate, number(value, 100_000_000).map(|kbps| kbps * 1000)),
                "bl" => set(&mut self.buffer, number(value, 86_400_000)),
                "mtp" => set(&mut self.throughput, number(value, 100_000_000).map(|kbps| kbps * 1000)),
                "msd" => set(&mut self.start_delay, number(value, 86_400_000)),
                "bs" => flag(&mut self.starved, value),
                "su" => flag(&mut self.startup, value),
                "cid" | "d" | "dl" | "nor" | "nrr" | "ot" | "pr" | "rtp" | "sf" | "sid" | "st" | "tb" | "v" => true,
                // Version 2's own, of those that come with requests.
                "ab" | "bg" | "bsa" | "bsd" | "bsda" | "cs" | "dfa" | "ec" | "lab" | "lb" | "ltc" | "nr" | "pb"
                | "pt" | "sn" | "sta" | "tab" | "tbl" | "tpb" | "ts" => true,
                _ => false,
            };
            self.present |= known;
        }
    }
}

fn set(slot: &mut Option<u64>, value: Option<u64>) -> bool {
    *slot = value.or(*slot);
    value.is_some()
}

fn flag(slot: &mut bool, value: Option<&str>) -> bool {
    // Version 2 may tell it by kind of object: `(?0;a ?1;v)`.
    let any = |list: &str| list.starts_with('(') && list.contains("?1");
    *slot |= matches!(value, None | Some("true" | "?1")) || value.is_some_and(any);
    true
}

/// A whole number up to `most`. Version 2 writes lists by kind of object, `(1000;v 128;a)`: the first stands for all.
fn number(value: Option<&str>, most: u64) -> Option<u64> {
    let value = value?;
    let value = value.strip_prefix('(').unwrap_or(value);
    let digits = value.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|number| *number <= most)
}

/// The pairs of a list; commas may stand within quotes.
struct Pairs<'a>(&'a str);

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let (mut quoted, mut escaped) = (false, false);
        let end = self.0.find(|c| match c {
            _ if escaped => {
                escaped = false;
                false
            }
            '\\' if quoted => {
                escaped = true;
                false
            }
            '"' => {
                quoted = !quoted;
                false
            }
            ',' => !quoted,
            _ => false,
        });
        let (pair, rest) = end.and_then(|at| self.0.split_at_checked(at)).unwrap_or((self.0, ""));
        self.0 = rest.strip_prefix(',').unwrap_or(rest);
        let (key, value) = pair.split_once('=').map_or((pair, None), |(key, value)| (key, Some(value.trim_ascii())));
        Some((key.trim_ascii(), value))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_query() {
        let nothing = Cmcd::default();
        let known = Cmcd { present: true, ..nothing };
        for (query, want) in [
            ("", nothing),
            ("a=b", nothing),
            ("CMCD=", nothing),
            ("cmcd=bs", nothing),
            ("CMCD=bs", Cmcd { starved: true, ..known }),
            ("CMCD=bs%3Dtrue", Cmcd { starved: true, ..known }),
            ("CMCD=bs%3Dfalse", known),
            ("CMCD=su", Cmcd { startup: true, ..known }),
            ("CMCD=br%3D3200", Cmcd { bit_rate: Some(3_200_000), ..known }),
            ("CMCD=bl%3D21300", Cmcd { buffer: Some(21_300), ..known }),
            ("CMCD=mtp%3D48100", Cmcd { throughput: Some(48_100_000), ..known }),
            ("CMCD=br%3D0", Cmcd { bit_rate: Some(0), ..known }),
            ("CMCD=br%3D(3000%3Bv%20128%3Ba)", Cmcd { bit_rate: Some(3_000_000), ..known }),
            ("x=1&CMCD=bs%2Csu&y=2", Cmcd { starved: true, startup: true, ..known }),
            ("CMCD=sid%3D%226e2fb550%22", known),
            ("CMCD=sid%3D%22a%2Cbs%22%2Csu", Cmcd { startup: true, ..known }),
            ("CMCD=sid%3D%22a%5C%22%2Cbs%22%2Csu", Cmcd { startup: true, ..known }),
            ("CMCD=sid%3D%22a%2Cbs", known),
            ("CMCD=br%3D99999999999999999999", nothing),
            ("CMCD=br%3D100000001", nothing),
            ("CMCD=br%3D-5", nothing),
            ("CMCD=br%3Dx", nothing),
            ("CMCD=br", nothing),
            ("CMCD=br%3D", nothing),
            ("CMCD=v%3D2%2Cmsd%3D850", Cmcd { start_delay: Some(850), ..known }),
            ("CMCD=msd%3D86400001", nothing),
            ("CMCD=bs%3D(%3F0%3Ba%20%3F1%3Bv)", Cmcd { starved: true, ..known }),
            ("CMCD=bs%3D(%3F0%3Ba)", known),
            ("CMCD=bl%3D(21300%3Bv%2018000%3Ba)", Cmcd { buffer: Some(21_300), ..known }),
            ("CMCD=mtp%3D(48100)", Cmcd { throughput: Some(48_100_000), ..known }),
            ("CMCD=sta%3Dp%2Cltc%3D3000%2Cts%3D1700000000000", known),
            ("CMCD=br%3D()", nothing),
            ("CMCD=%2C%2C%2C", nothing),
            ("CMCD=%FF%FE", nothing),
            ("CMCD=%", nothing),
            ("CMCD=%zz", nothing),
            ("CMCD=unknown%3D1", nothing),
            ("CMCD=br=1000,bs", Cmcd { bit_rate: Some(1_000_000), starved: true, ..known }),
            ("CMCD=br%3D1000%2Cbr%3D2000", Cmcd { bit_rate: Some(2_000_000), ..known }),
        ] {
            assert_eq!(read(Some(query), &HeaderMap::new()), want, "{query}");
        }
        assert_eq!(read(None, &HeaderMap::new()), nothing);
    }

    #[test]
    fn by_headers() {
        let mut headers = HeaderMap::new();
        headers.insert("cmcd-request", HeaderValue::from_static("mtp=25400, su,bl=1200"));
        headers.insert("cmcd-object", HeaderValue::from_static("br=3200,d=4004,ot=v,tb=6000"));
        headers.insert("cmcd-status", HeaderValue::from_static("bs,rtp=15000"));
        headers.insert("cmcd-session", HeaderValue::from_bytes(b"sid=\"\xff\"").unwrap());
        let want = Cmcd {
            bit_rate: Some(3_200_000),
            buffer: Some(1200),
            throughput: Some(25_400_000),
            starved: true,
            startup: true,
            start_delay: None,
            present: true,
        };
        assert_eq!(read(None, &headers), want);
    }

    proptest! {
        #[test]
        fn any_text_is_borne(query in "(CMCD=)?([a-z\",=%\\\\();]|\\PC){0,80}") {
            let data = read(Some(&query), &HeaderMap::new());
            prop_assert!(data.buffer.is_none_or(|buffer| buffer <= 86_400_000));
        }
    }
}
