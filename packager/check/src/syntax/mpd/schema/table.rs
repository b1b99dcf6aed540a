//! Which elements stand where and in which order, and which attributes they have (ISO/IEC 23009-1 annex B, as far as
//! on-demand and live MPDs use it).

use super::types::Type::{
    self, Boolean, BooleanOrUnsigned, Codecs, DateTime, Double, Duration, Integer, Language, Long, MediaKind,
    NoWhitespace, Profiles, Range, Rate, Ratio, SamplingRates, Sap, Scan, StaticOrDynamic, Text, Unsigned,
};

type Attributes = &'static [(&'static str, Type)];

/// An element.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) attributes: &'static [Attributes],
    /// Children, in the schema's order; `*` stands for the common ones.
    pub(super) children: &'static [&'static str],
    pub(super) required: &'static [&'static str],
}

/// `RepresentationBaseType`.
const COMMON: Attributes = &[
    ("profiles", Profiles),
    ("width", Unsigned),
    ("height", Unsigned),
    ("sar", Ratio),
    ("frameRate", Rate),
    ("audioSamplingRate", SamplingRates),
    ("mimeType", Text),
    ("segmentProfiles", Text),
    ("codecs", Codecs),
    ("containerProfiles", Text),
    ("maximumSAPPeriod", Double),
    ("startWithSAP", Sap),
    ("maxPlayoutRate", Double),
    ("codingDependency", Boolean),
    ("scanType", Scan),
    ("selectionPriority", Unsigned),
    ("tag", Text),
];
/// Children that `*` stands for.
pub(super) const COMMON_CHILDREN: [&str; 14] = [
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
    ("lang", Language),
    ("contentType", MediaKind),
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
    ("presentationTimeOffset", Long),
    ("presentationDuration", Long),
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
/// Of these an element has one.
pub(super) const INFORMATION: [&str; 3] = ["SegmentBase", "SegmentList", "SegmentTemplate"];
const MPD: Attributes = &[
    ("id", Text),
    ("profiles", Profiles),
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
const S: Attributes =
    &[("t", Long), ("n", Long), ("d", Long), ("r", Integer), ("k", Long), ("p", Integer), ("pE", Integer)];
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

const PROGRAM: Attributes = &[("lang", Language), ("moreInformationURL", Text)];
const LATENCY: Attributes = &[("referenceId", Unsigned), ("target", Unsigned), ("max", Unsigned), ("min", Unsigned)];
const EVENTS: Attributes =
    &[("schemeIdUri", Text), ("value", Text), ("timescale", Unsigned), ("presentationTimeOffset", Long)];
const EVENT: Attributes = &[
    ("presentationTime", Long),
    ("duration", Long),
    ("id", Unsigned),
    ("contentEncoding", Text),
    ("messageData", Text),
    ("status", Text),
];
const RANDOM_ACCESS: Attributes =
    &[("interval", Unsigned), ("type", Text), ("minBufferTime", Duration), ("bandwidth", Unsigned)];
const COMPONENT: Attributes =
    &[("id", Unsigned), ("lang", Language), ("contentType", MediaKind), ("par", Ratio), ("tag", Text)];
const REFERENCE_TIME: Attributes = &[
    ("id", Unsigned),
    ("inband", Boolean),
    ("type", Text),
    ("applicationScheme", Text),
    ("wallClockTime", Text),
    ("presentationTime", Long),
];
const SUB: Attributes =
    &[("level", Unsigned), ("dependencyLevel", Text), ("bandwidth", Unsigned), ("contentComponent", Text)];
const PRESELECTION: Attributes =
    &[("id", NoWhitespace), ("preselectionComponents", Text), ("lang", Language), ("order", Text)];
const LEAP_SECONDS: Attributes = &[
    ("availabilityStartLeapOffset", Integer),
    ("nextAvailabilityStartLeapOffset", Integer),
    ("nextLeapChangeTime", DateTime),
];
const LABEL: Attributes = &[("id", Unsigned), ("lang", Language)];
const DESCRIPTORS: [&str; 4] = ["Accessibility", "Role", "Rating", "Viewpoint"];

const fn kind(
    name: &'static str,
    attributes: &'static [Attributes],
    children: &'static [&'static str],
    required: &'static [&'static str],
) -> Kind {
    Kind { name, attributes, children, required }
}

/// Elements that are known, each with what it may hold. What is not here is not judged.
pub(super) static KINDS: [Kind; 44] = [
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
    kind("Label", &[LABEL], &[], &[]),
    kind("Role", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("Accessibility", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("AudioChannelConfiguration", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("EssentialProperty", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("SupplementalProperty", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("UTCTiming", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("ContentProtection", &[DESCRIPTOR, &[("ref", Text), ("refId", Text)]], &[], &[]),
    kind("ProgramInformation", &[PROGRAM], &["Title", "Source", "Copyright"], &[]),
    kind("Latency", &[LATENCY], &["QualityLatency"], &[]),
    kind("PlaybackRate", &[&[("max", Double), ("min", Double)]], &[], &[]),
    kind("EventStream", &[EVENTS], &["Event"], &["schemeIdUri"]),
    kind("InbandEventStream", &[EVENTS], &["Event"], &["schemeIdUri"]),
    kind("Event", &[EVENT], &[], &[]),
    kind("Switching", &[&[("interval", Unsigned), ("type", Text)]], &[], &["interval"]),
    kind("RandomAccess", &[RANDOM_ACCESS], &[], &["interval"]),
    kind("Subset", &[&[("contains", Text), ("id", Text)]], &[], &["contains"]),
    kind("Metrics", &[&[("metrics", Text)]], &["Range", "Reporting"], &["metrics"]),
    kind("ContentComponent", &[COMPONENT], &DESCRIPTORS, &[]),
    kind("ProducerReferenceTime", &[REFERENCE_TIME], &["UTCTiming"], &["id", "wallClockTime", "presentationTime"]),
    kind("SubRepresentation", &[COMMON, SUB], &["*"], &[]),
    kind(
        "Preselection",
        &[COMMON, PRESELECTION],
        &["*", "Accessibility", "Role", "Rating", "Viewpoint"],
        &["preselectionComponents"],
    ),
    kind("EmptyAdaptationSet", &[COMMON, SET], &SET_CHILDREN, &[]),
    kind("BitstreamSwitching", &[URL_TYPE], &[], &[]),
    kind("LeapSecondInformation", &[LEAP_SECONDS], &[], &["availabilityStartLeapOffset"]),
    kind("GroupLabel", &[LABEL], &[], &[]),
    kind("AssetIdentifier", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("FramePacking", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("Rating", &[DESCRIPTOR], &[], &["schemeIdUri"]),
    kind("Viewpoint", &[DESCRIPTOR], &[], &["schemeIdUri"]),
];
