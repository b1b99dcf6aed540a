//! The part of MPEG's schema (ISO/IEC 23009-1 annex B) that on-demand and live MPDs use: which elements stand where and
//! in which order, which attributes they have, of which type.
//!
//! The schema itself is not ours to ship; this table is written from the standard's clauses.

use super::super::report::{Findings, Place};
use super::super::rules::dash as rules;
use super::model::MAX_BASE;
use super::xml::Element;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Unsigned,
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
}

use Type::{
    Boolean, BooleanOrUnsigned, DateTime, Double, Duration, Integer, NoWhitespace, Range, Rate, Ratio, Sap,
    StaticOrDynamic, Text, Unsigned,
};

type Attributes = &'static [(&'static str, Type)];

struct Kind {
    name: &'static str,
    attributes: &'static [Attributes],
    /// Children, in the schema's order; `*` stands for the common ones.
    children: &'static [&'static str],
    required: &'static [&'static str],
}

/// `RepresentationBaseType`.
const COMMON: Attributes = &[
    ("profiles", Text),
    ("width", Unsigned),
    ("height", Unsigned),
    ("sar", Ratio),
    ("frameRate", Rate),
    ("audioSamplingRate", Text),
    ("mimeType", Text),
    ("segmentProfiles", Text),
    ("codecs", Text),
    ("containerProfiles", Text),
    ("maximumSAPPeriod", Double),
    ("startWithSAP", Sap),
    ("maxPlayoutRate", Double),
    ("codingDependency", Boolean),
    ("scanType", Text),
    ("selectionPriority", Unsigned),
    ("tag", Text),
];
const COMMON_CHILDREN: [&str; 14] = [
    "FramePacking",
    "AudioChannelConfiguration",
    "ContentProtection",
    "OutputProtection",
    "EssentialProperty",
    "SupplementalProperty",
    "InbandEventStream",
    "Switching",
    "RandomAccess",
    "GroupLabel",
    "Label",
    "ProducerReferenceTime",
    "ContentPopularityRate",
    "Resync",
];
const SET: Attributes = &[
    ("id", Unsigned),
    ("group", Unsigned),
    ("lang", Text),
    ("contentType", Text),
    ("par", Ratio),
    ("minBandwidth", Unsigned),
    ("maxBandwidth", Unsigned),
    ("minWidth", Unsigned),
    ("maxWidth", Unsigned),
    ("minHeight", Unsigned),
    ("maxHeight", Unsigned),
    ("minFrameRate", Rate),
    ("maxFrameRate", Rate),
    ("segmentAlignment", BooleanOrUnsigned),
    ("subsegmentAlignment", BooleanOrUnsigned),
    ("subsegmentStartsWithSAP", Sap),
    ("bitstreamSwitching", Boolean),
    ("initializationSetRef", Text),
    ("initializationPrincipal", Text),
];
const REPRESENTATION: Attributes = &[
    ("id", NoWhitespace),
    ("bandwidth", Unsigned),
    ("qualityRanking", Unsigned),
    ("dependencyId", Text),
    ("associationId", Text),
    ("associationType", Text),
    ("mediaStreamStructureId", Text),
];
const SEGMENT_BASE: Attributes = &[
    ("timescale", Unsigned),
    ("eptDelta", Integer),
    ("pdDelta", Integer),
    ("presentationTimeOffset", Unsigned),
    ("presentationDuration", Unsigned),
    ("timeShiftBufferDepth", Duration),
    ("indexRange", Range),
    ("indexRangeExact", Boolean),
    ("availabilityTimeOffset", Double),
    ("availabilityTimeComplete", Boolean),
];
const MULTIPLE: Attributes = &[("duration", Unsigned), ("startNumber", Unsigned), ("endNumber", Unsigned)];
const TEMPLATE: Attributes =
    &[("media", Text), ("index", Text), ("initialization", Text), ("bitstreamSwitching", Text)];
const URL_TYPE: Attributes = &[("sourceURL", Text), ("range", Range)];
const DESCRIPTOR: Attributes = &[("schemeIdUri", Text), ("value", Text), ("id", Text), ("robustness", Text)];
const SEGMENT_CHILDREN: [&str; 6] =
    ["Initialization", "RepresentationIndex", "FailoverContent", "SegmentTimeline", "BitstreamSwitching", "SegmentURL"];
const INFORMATION: [&str; 3] = ["SegmentBase", "SegmentList", "SegmentTemplate"];
const MPD: Attributes = &[
    ("id", Text),
    ("profiles", Text),
    ("type", StaticOrDynamic),
    ("availabilityStartTime", DateTime),
    ("availabilityEndTime", DateTime),
    ("publishTime", DateTime),
    ("mediaPresentationDuration", Duration),
    ("minimumUpdatePeriod", Duration),
    ("minBufferTime", Duration),
    ("timeShiftBufferDepth", Duration),
    ("suggestedPresentationDelay", Duration),
    ("maxSegmentDuration", Duration),
    ("maxSubsegmentDuration", Duration),
];
const MPD_CHILDREN: [&str; 15] = [
    "ProgramInformation",
    "BaseURL",
    "Location",
    "PatchLocation",
    "ServiceDescription",
    "InitializationSet",
    "InitializationGroup",
    "InitializationPresentation",
    "ContentProtection",
    "Period",
    "Metrics",
    "EssentialProperty",
    "SupplementalProperty",
    "UTCTiming",
    "LeapSecondInformation",
];
const PERIOD_CHILDREN: [&str; 14] = [
    "BaseURL",
    "SegmentBase",
    "SegmentList",
    "SegmentTemplate",
    "AssetIdentifier",
    "EventStream",
    "ServiceDescription",
    "ContentProtection",
    "AdaptationSet",
    "Subset",
    "SupplementalProperty",
    "EmptyAdaptationSet",
    "GroupLabel",
    "Preselection",
];
const SET_CHILDREN: [&str; 11] = [
    "*",
    "Accessibility",
    "Role",
    "Rating",
    "Viewpoint",
    "ContentComponent",
    "BaseURL",
    "SegmentBase",
    "SegmentList",
    "SegmentTemplate",
    "Representation",
];
const REPRESENTATION_CHILDREN: [&str; 7] =
    ["*", "BaseURL", "ExtendedBandwidth", "SubRepresentation", "SegmentBase", "SegmentList", "SegmentTemplate"];
const PERIOD: Attributes =
    &[("id", Text), ("start", Duration), ("duration", Duration), ("bitstreamSwitching", Boolean)];
const S: Attributes = &[
    ("t", Unsigned),
    ("n", Unsigned),
    ("d", Unsigned),
    ("r", Integer),
    ("k", Unsigned),
    ("p", Integer),
    ("pE", Integer),
];
const SEGMENT_URL: Attributes = &[("media", Text), ("mediaRange", Range), ("index", Text), ("indexRange", Range)];
const CONTENT_STEERING: Attributes =
    &[("defaultServiceLocation", Text), ("queryBeforeStart", Boolean), ("clientRequirement", Boolean)];
const BASE_URL: Attributes = &[
    ("serviceLocation", Text),
    ("byteRange", Text),
    ("availabilityTimeOffset", Double),
    ("availabilityTimeComplete", Boolean),
    ("timeShiftBufferDepth", Duration),
    ("rangeAccess", Boolean),
];

const fn kind(
    name: &'static str,
    attributes: &'static [Attributes],
    children: &'static [&'static str],
    required: &'static [&'static str],
) -> Kind {
    Kind { name, attributes, children, required }
}

static KINDS: [Kind; 22] = [
    kind("MPD", &[MPD], &MPD_CHILDREN, &["profiles", "minBufferTime"]),
    kind("Period", &[PERIOD], &PERIOD_CHILDREN, &[]),
    kind("AdaptationSet", &[COMMON, SET], &SET_CHILDREN, &[]),
    kind("Representation", &[COMMON, REPRESENTATION], &REPRESENTATION_CHILDREN, &["id", "bandwidth"]),
    kind("SegmentTemplate", &[SEGMENT_BASE, MULTIPLE, TEMPLATE], &SEGMENT_CHILDREN, &[]),
    kind("SegmentList", &[SEGMENT_BASE, MULTIPLE], &SEGMENT_CHILDREN, &[]),
    kind("SegmentBase", &[SEGMENT_BASE], &SEGMENT_CHILDREN, &[]),
    kind("Initialization", &[URL_TYPE], &[], &[]),
    kind("RepresentationIndex", &[URL_TYPE], &[], &[]),
    kind("SegmentURL", &[SEGMENT_URL], &[], &[]),
    kind("SegmentTimeline", &[], &["S", "Pattern"], &[]),
    kind("S", &[S], &[], &["d"]),
    kind("BaseURL", &[BASE_URL], &[], &[]),
    kind("ContentSteering", &[CONTENT_STEERING], &[], &[]),
    kind("Label", &[&[("id", Unsigned), ("lang", Text)]], &[], &[]),
    kind("Role", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("Accessibility", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("AudioChannelConfiguration", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("EssentialProperty", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("SupplementalProperty", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("UTCTiming", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("ContentProtection", &[DESCRIPTOR, &[("ref", Text), ("refId", Text)]], &[], &[]),
];

/// Judges the tree below `element`, the MPD at first.
pub(in crate::check) fn judge(element: &Element, file: &str, findings: &mut Findings) {
    let Some(kind) = KINDS.iter().find(|k| k.name == element.name) else { return };
    attributes(kind, element, file, findings);
    if element.name == "BaseURL" && element.text.len() > MAX_BASE {
        let text = format!("a BaseURL of more than {MAX_BASE} bytes is not read");
        findings.add(&rules::LIMIT, Place::line(file, element.line), text);
    }
    let mut last = 0;
    for child in element.children.iter().filter(|c| !c.name.contains(':')) {
        let place = || Place::line(file, child.line);
        let known = !kind.children.is_empty() || KINDS.iter().any(|k| k.name == child.name);
        match position(kind, &child.name) {
            // ETSI TS 103 998 adds it to the schema without saying where.
            None if kind.name == "MPD" && child.name == "ContentSteering" => {}
            None if known => {
                findings.add(&rules::ELEMENT, place(), format!("{} stands in {}", child.name, element.name));
            }
            Some(at) if at < last => {
                findings.add(&rules::ORDER, place(), format!("{} stands too late in {}", child.name, element.name));
            }
            at => last = at.unwrap_or(last),
        }
        judge(child, file, findings);
    }
    let ways = INFORMATION.iter().filter(|name| element.child(name).is_some()).count();
    if ways > 1 {
        let text = format!("{} has {ways} kinds of segment information", element.name);
        findings.add(&rules::ADDRESSING, Place::line(file, element.line), text);
    }
}

fn attributes(kind: &Kind, element: &Element, file: &str, findings: &mut Findings) {
    let place = || Place::line(file, element.line);
    for name in kind.required.iter().filter(|name| element.get(name).is_none()) {
        findings.add(&rules::REQUIRED, place(), format!("{} lacks {name}", element.name));
    }
    if element.attributes.iter().any(|(name, _)| name.ends_with(":href")) {
        findings.add(&rules::XLINK, place(), format!("{} is elsewhere, which is not looked at", element.name));
    }
    for (name, value) in element.attributes.iter().filter(|(n, _)| !n.contains(':') && n != "xmlns") {
        match kind.attributes.iter().copied().flatten().find(|(n, _)| n == name) {
            None => findings.add(&rules::ATTRIBUTE, place(), format!("{} has no attribute {name}", element.name)),
            Some((_, of)) if !fits(*of, value) => {
                let value = super::super::m3u8::attributes::shorten(value);
                findings.add(&rules::VALUE, place(), format!("{} {name}=\"{value}\" is no {of:?}", element.name));
            }
            Some(_) => {}
        }
    }
}

/// Where a child stands in the schema's sequence.
fn position(kind: &Kind, child: &str) -> Option<usize> {
    let common = || COMMON_CHILDREN.iter().position(|name| *name == child);
    let own = || kind.children.iter().position(|name| *name == child).map(|at| at + COMMON_CHILDREN.len());
    if kind.children.first() == Some(&"*") { common().or_else(own) } else { own() }
}

fn fits(of: Type, value: &str) -> bool {
    let unsigned = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()) && t.parse::<u64>().is_ok();
    match of {
        Text => true,
        NoWhitespace => !value.is_empty() && !value.contains(char::is_whitespace),
        Unsigned => unsigned(value),
        Integer => unsigned(value.strip_prefix('-').unwrap_or(value)),
        Boolean => matches!(value, "true" | "false" | "1" | "0"),
        BooleanOrUnsigned => matches!(value, "true" | "false") || unsigned(value),
        Duration => super::super::decimal::xs_duration(value).is_some(),
        DateTime => value.len() >= 19 && value.as_bytes().get(10) == Some(&b'T'),
        Rate => value.split_once('/').map_or_else(|| unsigned(value), |(n, d)| unsigned(n) && unsigned(d)),
        Ratio => value.split_once(':').is_some_and(|(n, d)| unsigned(n) && unsigned(d)),
        Double => value == "INF" || value.parse::<f64>().is_ok(),
        Range => value.split_once('-').is_some_and(|(a, b)| unsigned(a) && unsigned(b)),
        Sap => value.parse::<u8>().is_ok_and(|n| n <= 6),
        StaticOrDynamic => matches!(value, "static" | "dynamic"),
    }
}
