//! Attribute lists (RFC 8216bis §4.2), their types and values.

use crate::report::rules::syntax as rules;
use crate::report::{Findings, Place};

/// More attributes of one tag are not read: each is compared with those before it.
const MAX_ATTRIBUTES: usize = 100;

/// One `NAME=value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attribute<'a> {
    pub(crate) name: &'a str,
    /// Without its quotes.
    pub(crate) value: &'a str,
    pub(crate) quoted: bool,
}

/// A tag's attributes, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes<'a>(Vec<Attribute<'a>>);

impl<'a> Attributes<'a> {
    /// The value of `name`, where it stands.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|a| a.name == name).map(|a| a.value)
    }

    /// The value of `name` as a decimal integer.
    pub(crate) fn integer(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// True if `name` is `YES`.
    pub(crate) fn yes(&self, name: &str) -> bool {
        self.get(name) == Some("YES")
    }
}

/// Type of an attribute's value.
#[derive(Debug, Clone, Copy)]
enum Type {
    Quoted,
    Enumerated(&'static [&'static str]),
    Integer,
    Decimal,
    /// May be negative.
    Signed,
    Hexadecimal,
    Resolution,
    /// `NONE`, or a quoted string.
    NoneOrQuoted,
}

use Type::{Decimal, Enumerated, Hexadecimal, Integer, NoneOrQuoted, Quoted, Resolution, Signed};

const YES_NO: Type = Enumerated(&["YES", "NO"]);
const YES: Type = Enumerated(&["YES"]);

/// A tag's attributes: name, type, whether it is required.
type Table = &'static [(&'static str, Type, bool)];

const MEDIA: Table = &[
    ("TYPE", Enumerated(&["AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"]), true),
    ("URI", Quoted, false),
    ("GROUP-ID", Quoted, true),
    ("LANGUAGE", Quoted, false),
    ("ASSOC-LANGUAGE", Quoted, false),
    ("NAME", Quoted, true),
    ("STABLE-RENDITION-ID", Quoted, false),
    ("DEFAULT", YES_NO, false),
    ("AUTOSELECT", YES_NO, false),
    ("FORCED", YES_NO, false),
    ("INSTREAM-ID", Quoted, false),
    ("BIT-DEPTH", Integer, false),
    ("SAMPLE-RATE", Integer, false),
    ("CHARACTERISTICS", Quoted, false),
    ("CHANNELS", Quoted, false),
];
const STREAM_INF: Table = &[
    ("BANDWIDTH", Integer, true),
    ("AVERAGE-BANDWIDTH", Integer, false),
    ("SCORE", Decimal, false),
    ("CODECS", Quoted, false),
    ("SUPPLEMENTAL-CODECS", Quoted, false),
    ("RESOLUTION", Resolution, false),
    ("FRAME-RATE", Decimal, false),
    ("HDCP-LEVEL", Enumerated(&["TYPE-0", "TYPE-1", "NONE"]), false),
    ("ALLOWED-CPC", Quoted, false),
    ("VIDEO-RANGE", Enumerated(&["SDR", "HLG", "PQ"]), false),
    ("REQ-VIDEO-LAYOUT", Quoted, false),
    ("STABLE-VARIANT-ID", Quoted, false),
    ("AUDIO", Quoted, false),
    ("VIDEO", Quoted, false),
    ("SUBTITLES", Quoted, false),
    ("CLOSED-CAPTIONS", NoneOrQuoted, false),
    ("PATHWAY-ID", Quoted, false),
    ("URI", Quoted, false),
];
const MAP: Table = &[("URI", Quoted, true), ("BYTERANGE", Quoted, false)];
const KEY: Table = &[
    ("METHOD", Enumerated(&["NONE", "AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR"]), true),
    ("URI", Quoted, false),
    ("IV", Hexadecimal, false),
    ("KEYFORMAT", Quoted, false),
    ("KEYFORMATVERSIONS", Quoted, false),
];
const START: Table = &[("TIME-OFFSET", Signed, true), ("PRECISE", YES_NO, false)];
const PART: Table = &[
    ("URI", Quoted, true),
    ("DURATION", Decimal, true),
    ("INDEPENDENT", YES, false),
    ("BYTERANGE", Quoted, false),
    ("GAP", YES, false),
];
const DATERANGE: Table = &[
    ("ID", Quoted, true),
    ("CLASS", Quoted, false),
    ("START-DATE", Quoted, false),
    ("CUE", Quoted, false),
    ("END-DATE", Quoted, false),
    ("DURATION", Decimal, false),
    ("PLANNED-DURATION", Decimal, false),
    ("SCTE35-CMD", Hexadecimal, false),
    ("SCTE35-OUT", Hexadecimal, false),
    ("SCTE35-IN", Hexadecimal, false),
    ("END-ON-NEXT", YES, false),
];
const SERVER_CONTROL: Table = &[
    ("CAN-SKIP-UNTIL", Decimal, false),
    ("CAN-SKIP-DATERANGES", YES, false),
    ("HOLD-BACK", Decimal, false),
    ("PART-HOLD-BACK", Decimal, false),
    ("CAN-BLOCK-RELOAD", YES, false),
];
const SESSION_DATA: Table = &[
    ("DATA-ID", Quoted, true),
    ("VALUE", Quoted, false),
    ("URI", Quoted, false),
    ("FORMAT", Enumerated(&["JSON", "RAW"]), false),
    ("LANGUAGE", Quoted, false),
];
const IMAGE_INF: Table = &[
    ("BANDWIDTH", Integer, true),
    ("RESOLUTION", Resolution, false),
    ("CODECS", Quoted, false),
    ("URI", Quoted, true),
];
const PART_INF: Table = &[("PART-TARGET", Decimal, true)];
const SKIP: Table = &[("SKIPPED-SEGMENTS", Integer, true), ("RECENTLY-REMOVED-DATERANGES", Quoted, false)];
const PRELOAD: Table = &[
    ("TYPE", Enumerated(&["PART", "MAP"]), true),
    ("URI", Quoted, true),
    ("BYTERANGE-START", Integer, false),
    ("BYTERANGE-LENGTH", Integer, false),
];
const REPORT: Table = &[("URI", Quoted, true), ("LAST-MSN", Integer, false), ("LAST-PART", Integer, false)];
const STEERING: Table = &[("SERVER-URI", Quoted, true), ("PATHWAY-ID", Quoted, false)];

/// The attributes that `tag` may have; `None` for tags without an attribute list or that nobody here knows.
fn table(tag: &str) -> Option<Table> {
    Some(match tag {
        "EXT-X-MEDIA" => MEDIA,
        "EXT-X-STREAM-INF" | "EXT-X-I-FRAME-STREAM-INF" => STREAM_INF,
        "EXT-X-IMAGE-STREAM-INF" => IMAGE_INF,
        "EXT-X-MAP" => MAP,
        "EXT-X-KEY" | "EXT-X-SESSION-KEY" => KEY,
        "EXT-X-START" => START,
        "EXT-X-PART" => PART,
        "EXT-X-PART-INF" => PART_INF,
        "EXT-X-DATERANGE" => DATERANGE,
        "EXT-X-SERVER-CONTROL" => SERVER_CONTROL,
        "EXT-X-SESSION-DATA" => SESSION_DATA,
        "EXT-X-SKIP" => SKIP,
        "EXT-X-PRELOAD-HINT" => PRELOAD,
        "EXT-X-RENDITION-REPORT" => REPORT,
        "EXT-X-CONTENT-STEERING" => STEERING,
        _ => return None,
    })
}

/// Reads and judges the attribute list of `tag`.
pub(crate) fn read<'a>(tag: &str, value: &'a str, place: &Place, findings: &mut Findings) -> Attributes<'a> {
    let mut found: Vec<Attribute<'a>> = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        let Some((attribute, tail)) = next(rest) else {
            let text = format!("{tag}: '{}' is no attribute list", shorten(rest));
            findings.add(&rules::ATTRIBUTE_LIST, place.clone(), text);
            break;
        };
        if found.len() == MAX_ATTRIBUTES {
            let text = format!("{tag}: more than {MAX_ATTRIBUTES} attributes are not read");
            findings.add(&rules::LIMIT, place.clone(), text);
            break;
        }
        if found.iter().any(|a| a.name == attribute.name) {
            let text = format!("{tag}: {} stands more than once", attribute.name);
            findings.add(&rules::ATTRIBUTE_TWICE, place.clone(), text);
        } else {
            found.push(attribute);
        }
        rest = tail;
    }
    if let Some(table) = table(tag) {
        judge(tag, &found, table, place, findings);
    }
    Attributes(found)
}

/// The first attribute of a list, and what follows its comma.
fn next(list: &str) -> Option<(Attribute<'_>, &str)> {
    let (name, rest) = list.split_once('=')?;
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || !name.bytes().all(plain) {
        return None;
    }
    if let Some(rest) = rest.strip_prefix('"') {
        let (value, rest) = rest.split_once('"')?;
        let rest = if rest.is_empty() { "" } else { rest.strip_prefix(',').filter(|r| !r.is_empty())? };
        return Some((Attribute { name, value, quoted: true }, rest));
    }
    let (value, rest) = match rest.split_once(',') {
        Some((_, "")) => return None,
        Some((value, rest)) => (value, rest),
        None => (rest, ""),
    };
    let clean = !value.is_empty() && !value.contains(['"', ' ', '\t']);
    clean.then_some((Attribute { name, value, quoted: false }, rest))
}

fn judge(tag: &str, found: &[Attribute<'_>], table: Table, place: &Place, findings: &mut Findings) {
    for (name, _, required) in table {
        if *required && !found.iter().any(|a| a.name == *name) {
            findings.add(&rules::ATTRIBUTE_MISSING, place.clone(), format!("{tag} lacks {name}"));
        }
    }
    for attribute in found {
        let Some((_, kind, _)) = table.iter().find(|(name, ..)| *name == attribute.name) else { continue };
        let shown = format!("{tag}: {}={}", attribute.name, shorten(attribute.value));
        match (kind, attribute.quoted) {
            (Quoted, false) => findings.add(&rules::STRING_UNQUOTED, place.clone(), format!("{shown} is not quoted")),
            (NoneOrQuoted, false) if attribute.value != "NONE" => {
                findings.add(&rules::STRING_UNQUOTED, place.clone(), format!("{shown} is not quoted"));
            }
            (Quoted | NoneOrQuoted, _) => {}
            (_, true) => findings.add(&rules::VALUE_QUOTED, place.clone(), format!("{shown} is quoted")),
            (kind, false) if !fits(*kind, attribute.value) => {
                findings.add(&rules::ATTRIBUTE_VALUE, place.clone(), format!("{shown}, expected {}", expected(*kind)));
            }
            _ => {}
        }
    }
}

fn fits(kind: Type, value: &str) -> bool {
    let digits = |t: &str| !t.is_empty() && t.len() <= 20 && t.bytes().all(|b| b.is_ascii_digit());
    match kind {
        Quoted | NoneOrQuoted => true,
        Enumerated(allowed) => allowed.contains(&value),
        Integer => digits(value) && value.parse::<u64>().is_ok(),
        Decimal => crate::syntax::decimal::nanos(value).is_some(),
        Signed => crate::syntax::decimal::nanos(value.strip_prefix('-').unwrap_or(value)).is_some(),
        Hexadecimal => value
            .strip_prefix("0x")
            .or_else(|| value.strip_prefix("0X"))
            .is_some_and(|hex| !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit())),
        Resolution => value.split_once('x').is_some_and(|(w, h)| digits(w) && digits(h)),
    }
}

fn expected(kind: Type) -> String {
    match kind {
        Quoted | NoneOrQuoted => "a quoted string".into(),
        Enumerated(allowed) => allowed.join(" or "),
        Integer => "a decimal integer".into(),
        Decimal => "a decimal number".into(),
        Signed => "a signed decimal number".into(),
        Hexadecimal => "0x and hexadecimal digits".into(),
        Resolution => "WIDTHxHEIGHT".into(),
    }
}

/// At most 60 characters, for messages.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
