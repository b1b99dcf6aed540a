//! Players' reports on themselves: Common Media Client Data (CTA-5004, version 1, and CTA-5004-A, version 2).
//!
//! It comes as a query argument or as header fields, from strangers: whatever isn't understood is passed over, and
//! nothing of it names a metric's label.

use http::HeaderMap;
use percent_encoding::percent_decode;

/// The header fields that carry it.
const CMCD_FIELDS: [&str; 4] = ["cmcd-request", "cmcd-object", "cmcd-status", "cmcd-session"];
/// No player's data is longer; what is, is not read to its end.
const LONGEST_DATA: usize = 2048;

/// The values in use here. Absent ones are absent in the data, or make no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cmcd {
    /// Encoded bit rate of the object, bits a second (`br`).
    pub bit_rate: Option<u64>,
    /// Length of the buffer, milliseconds (`bl`).
    pub buffer: Option<u64>,
    /// Measured throughput, bits a second (`mtp`).
    pub throughput: Option<u64>,
    /// Milliseconds from the wish to play to the first picture (`msd`, version 2; told once).
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
pub(crate) fn read(query: Option<&str>, headers: &HeaderMap) -> Cmcd {
    let ours = headers.iter().filter(|(name, _)| is_field(name.as_str()));
    read_with(query, ours.map(|(_, value)| value.as_bytes()))
}

/// Reads a request's data from its query, and from the `values` of those of its fields that [`is_field`] knows.
#[must_use]
pub(crate) fn read_with<'a>(query: Option<&str>, values: impl IntoIterator<Item = &'a [u8]>) -> Cmcd {
    let mut data = read_query(query);
    for value in values {
        data.note_field(value);
    }
    data
}

/// Reads a request's data from its query alone.
#[must_use]
fn read_query(query: Option<&str>) -> Cmcd {
    let mut data = Cmcd::default();
    if let Some(encoded) = query.and_then(argument) {
        data.note_encoded(encoded.as_bytes());
    }
    data
}

/// True if the header field `name` carries it; letters may be large or small.
#[must_use]
pub(crate) fn is_field(name: &str) -> bool {
    // Next to no field's name has these lengths.
    matches!(name.len(), 11 | 12) && CMCD_FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name))
}

/// The value of the query's `CMCD` argument, still encoded.
fn argument(query: &str) -> Option<&str> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("CMCD="))?;
    value.get(..value.len().min(LONGEST_DATA))
}

impl Cmcd {
    fn note_encoded(&mut self, encoded: &[u8]) {
        let (mut room, mut length) = ([0; LONGEST_DATA], 0);
        for (slot, byte) in room.iter_mut().zip(percent_decode(encoded)) {
            *slot = byte;
            length += 1;
        }
        self.note(&room[..length]);
    }

    fn note_field(&mut self, value: &[u8]) {
        // RFC 9110 §5.5: other bytes are opaque, and in none of CMCD's values.
        let visible = value.iter().fold(true, |visible, b| visible & matches!(b, b'\t' | b' '..=b'~'));
        if visible {
            self.note(value.get(..LONGEST_DATA).unwrap_or(value));
        }
    }

    /// Notes the `key=value` pairs of `text`; a key alone means true.
    fn note(&mut self, text: &[u8]) {
        for (key, value) in Pairs(text) {
            self.present |= match key {
                b"br" => set(&mut self.bit_rate, number(value, 100_000_000).map(|kbps| kbps * 1000)),
                b"bl" => set(&mut self.buffer, number(value, 86_400_000)),
                b"mtp" => set(&mut self.throughput, number(value, 100_000_000).map(|kbps| kbps * 1000)),
                b"msd" => set(&mut self.start_delay, number(value, 86_400_000)),
                b"bs" => flag(&mut self.starved, value),
                b"su" => flag(&mut self.startup, value),
                b"cid" | b"d" | b"dl" | b"nor" | b"nrr" | b"ot" | b"pr" | b"rtp" | b"sf" | b"sid" | b"st" | b"tb"
                | b"v" => true,
                // Version 2's own, of those that come with requests.
                b"ab" | b"bg" | b"bsa" | b"bsd" | b"bsda" | b"cs" | b"dfa" | b"ec" | b"lab" | b"lb" | b"ltc"
                | b"nr" | b"pb" | b"pt" | b"sn" | b"sta" | b"tab" | b"tbl" | b"tpb" | b"ts" => true,
                _ => false,
            };
        }
    }
}

fn set(slot: &mut Option<u64>, value: Option<u64>) -> bool {
    *slot = value.or(*slot);
    value.is_some()
}

fn flag(slot: &mut bool, value: Option<&[u8]>) -> bool {
    // Version 2 may tell it by kind of object: `(?0;a ?1;v)`.
    let any = |list: &[u8]| list.starts_with(b"(") && list.windows(2).any(|two| two == b"?1");
    *slot |= matches!(value, None | Some(b"true" | b"?1")) || value.is_some_and(any);
    true
}

/// A whole number up to `most`. Version 2 writes lists by kind of object, `(1000;v 128;a)`: the first stands for all.
fn number(value: Option<&[u8]>, most: u64) -> Option<u64> {
    let value = value?;
    let value = value.strip_prefix(b"(").unwrap_or(value);
    let digits = value.iter().take_while(|b| b.is_ascii_digit());
    let mut number = None;
    for digit in digits {
        let before: u64 = number.unwrap_or_default();
        number = Some(before.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?);
    }
    number.filter(|number| *number <= most)
}

/// The pairs of a list; commas may stand within quotes.
struct Pairs<'a>(&'a [u8]);

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let (mut end, mut equals) = (0, None);
        while let Some(byte) = self.0.get(end) {
            match byte {
                b',' => break,
                b'"' => end += quoted(self.0.get(end + 1..).unwrap_or_default()),
                b'=' if equals.is_none() => equals = Some(end),
                _ => {}
            }
            end += 1;
        }
        let (pair, rest) = self.0.split_at(end.min(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        let (key, value) = match equals {
            Some(at) => (&pair[..at], Some(pair[at + 1..].trim_ascii())),
            None => (pair, None),
        };
        Some((key.trim_ascii(), value))
    }
}

/// Length of the quoted text that `rest` begins with, with its closing quote.
fn quoted(rest: &[u8]) -> usize {
    let mut escaped = false;
    let end = rest.iter().position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    end.map_or(rest.len(), |end| end + 1)
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
        let values = headers.iter().map(|(_, value)| value.as_bytes());
        assert_eq!(read_with(Some("CMCD=msd%3D850"), values), Cmcd { start_delay: Some(850), ..want });
        for (name, ours) in
            [("CMCD-Request", true), ("cmcd-session", true), ("cmcd-other", false), ("cmcd-objects", false)]
        {
            assert_eq!(is_field(name), ours, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_borne(query in "(CMCD=)?([a-z\",=%\\\\();]|\\PC){0,80}") {
            let data = read(Some(&query), &HeaderMap::new());
            prop_assert!(data.buffer.is_none_or(|buffer| buffer <= 86_400_000));
        }
    }
}
