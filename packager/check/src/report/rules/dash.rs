//! MPDs: as XML, by themselves, and against the media.

crate::report::rule::rules! {
    XML = "dash-xml", Must, "DASH §5.2.1, XML 1.0",
        "an MPD is well-formed XML, without a document type",
        why "players cannot read it; a document type can name files or expand without end"
        mend "write it with an XML writer";
    LIMIT = "dash-limit", Must, "DASH §5.2.1",
        "an MPD stays within what a careful client reads",
        why "clients bound what they read, to be safe from endless documents"
        mend "use SegmentTemplate; make the window of a live one shorter";
    XLINK = "dash-xlink", Should, "DASH §5.5, IOP §3.2",
        "an MPD holds its parts itself: no xlink:href",
        why "many players do not follow it; what is behind it can be anything, this MPD again, and is not checked here"
        mend "write the Periods and AdaptationSets into the MPD";
    ROOT = "dash-root", Must, "DASH §5.2.2",
        "the document element is MPD in the namespace urn:mpeg:dash:schema:mpd:2011",
        why "players do not take it for an MPD"
        mend "write the element with its namespace";
    ELEMENT = "dash-element", Must, "DASH annex B",
        "each element stands where the schema allows it",
        why "strict readers refuse the document; others lose the element"
        mend "move the element into the parent that the schema names";
    ORDER = "dash-order", Must, "DASH annex B",
        "elements stand in the order of the schema",
        why "a reader that validates refuses the document"
        mend "write the children in the schema's order";
    ATTRIBUTE = "dash-attribute", Must, "DASH annex B",
        "each attribute is one of its element",
        why "a reader that validates refuses the document"
        mend "correct the name, or move it to its own namespace";
    VALUE = "dash-value", Must, "DASH annex B",
        "an attribute's value has the attribute's type",
        why "readers refuse the document or take a default"
        mend "write the value in its type";
    REQUIRED = "dash-required", Must, "DASH §5.3",
        "elements have the attributes that they need",
        why "players cannot do without them"
        mend "add the attribute";
    ID_TWICE = "dash-id-twice", Must, "DASH §5.3.5.2",
        "ids of Representations are unique in their Period, those of AdaptationSets too",
        why "players mix the Representations up"
        mend "give each its own id";
    DURATION_MISSING = "dash-duration-missing", Must, "DASH §5.3.1.2",
        "a static MPD says how long it is: mediaPresentationDuration, or the last Period's duration",
        why "players cannot show the length, nor find the end"
        mend "write mediaPresentationDuration";
    DURATION = "dash-duration", Must, "DASH §5.3.1.2",
        "mediaPresentationDuration is what the media last, within half a second",
        why "players stop too early, or wait for segments that never come"
        mend "compute it from the segments";
    PERIOD_START = "dash-period-start", Must, "IOP §3.2.1",
        "the first Period of a static MPD starts at 0, the next where the one before ends",
        why "players wait for media before the start"
        mend "write start=\"PT0S\" or leave it out";
    PERIOD_DURATION = "dash-period-duration", Should, "IOP §3.2.1",
        "the last Period has a duration",
        why "its end is known by itself"
        mend "write the duration";
    ADDRESSING = "dash-addressing", Must, "IOP §3.2.4",
        "each Representation has exactly one way to name its segments, the same in an AdaptationSet",
        why "players take one or the other"
        mend "use SegmentTemplate with SegmentTimeline for all";
    TEMPLATE = "dash-template", Must, "DASH §5.3.9.4.4",
        "a template's identifiers are known, closed, with widths of the form %0Nd",
        why "players ask for files whose names hold dollars"
        mend "write $RepresentationID$, $Number%05d$, $Time$, $Bandwidth$ or $$";
    TIMESCALE = "dash-timescale", Must, "IOP §3.2.7",
        "segment information has a timescale",
        why "without it times count in seconds, which is hardly meant"
        mend "write the media's timescale";
    TIMELINE_GAP = "dash-timeline-gap", Must, "IOP §3.2.10",
        "a SegmentTimeline has no gap",
        why "players stall in it"
        mend "derive t and d from the segments";
    TIMELINE_OVERLAP = "dash-timeline-overlap", Must, "IOP §3.2.10",
        "a SegmentTimeline has no overlap",
        why "players load a stretch twice, or show it twice"
        mend "derive t and d from the segments";
    TIMELINE_N = "dash-timeline-n", Must, "IOP §3.2.10",
        "S has no n",
        why "most players ignore it and number segments otherwise"
        mend "leave it out";
    TIMELINE_ZERO = "dash-timeline-zero", Must, "DASH §5.3.9.6",
        "S has a d above zero",
        why "no time passes"
        mend "write the segment's duration";
    TIMELINE_UNUSED = "dash-timeline-unused", Must, "IOP §3.2.10",
        "no segment lies wholly outside its Period",
        why "it is loaded and never played"
        mend "end the timeline with the Period";
    TIMELINE_TRUE = "dash-timeline-true", Must, "DASH §5.3.9.6, IOP §3.2.10",
        "each segment starts and lasts as the MPD says, to the tick with SegmentTimeline",
        why "players seek to the wrong segment, and their buffers have gaps"
        mend "derive t and d from tfdt and the samples' durations";
    OFFSET = "dash-presentation-offset", Must, "DASH §5.3.9.2.2",
        "presentationTimeOffset puts the first segment at the Period's start",
        why "players show nothing, or audio and video apart"
        mend "write the first segment's time";
    BANDWIDTH_LOW = "dash-bandwidth-understated", Must, "DASH §5.3.5.2",
        "bandwidth is enough to play from any segment after minBufferTime",
        why "players choose the Representation for networks that do not carry it, and stall"
        mend "measure it on the segments";
    BANDWIDTH_HIGH = "dash-bandwidth-overstated", Should, "DASH §5.3.5.2",
        "bandwidth is not above the largest segment's rate by more than 10 %",
        why "players choose a worse Representation than the network carries"
        mend "measure it on the segments";
    ALIGNMENT = "dash-segment-alignment", Must, "DASH §5.3.3.2",
        "segmentAlignment is true to the media",
        why "players that switch at a boundary that is not there repeat or lose pictures"
        mend "cut all Representations on the same grid, or leave the attribute out";
    ALIGNMENT_MISSING = "dash-segment-alignment-missing", Should, "IOP §3.2.4",
        "an AdaptationSet with several Representations says segmentAlignment=\"true\"",
        why "players switch with overlapping requests otherwise, or not at all"
        mend "write the attribute where it is true";
    SAP = "dash-start-with-sap", Must, "DASH §5.3.7.2",
        "startWithSAP is true to the media",
        why "players switch at pictures that need others"
        mend "start segments with IDR pictures, or leave the attribute out";
    SAP_MISSING = "dash-start-with-sap-missing", Should, "IOP §3.2.4",
        "video says startWithSAP",
        why "players cannot know that they may switch at each segment"
        mend "write startWithSAP=\"1\" where each segment starts with an IDR picture";
    MIME = "dash-mime-type", Must, "DASH §5.3.7.2",
        "each Representation has a mimeType, and it is what its media are",
        why "players choose the decoder by it"
        mend "write video/mp4 or audio/mp4";
    CODECS_MISSING = "dash-codecs-missing", Must, "DASH §5.3.7.2, IOP §4",
        "each Representation has codecs",
        why "players must load media to learn whether they can play it"
        mend "write the codec string";
    CODECS = "dash-codecs", Must, "DASH §5.3.7.2, RFC 6381",
        "codecs is what the media are",
        why "players refuse what they could play, or fail on what they cannot"
        mend "derive the string from the sample entry";
    SIZE_MISSING = "dash-size-missing", Should, "IOP §4.2",
        "video has width and height",
        why "players choose by the size of their window"
        mend "write both";
    SIZE = "dash-size", Must, "DASH §5.3.7.2",
        "width and height are the video's",
        why "players choose by them"
        mend "write the media's";
    FRAME_RATE_MISSING = "dash-frame-rate-missing", Should, "IOP §4.2",
        "video has frameRate",
        why "players that cannot decode 60 frames a second choose others"
        mend "write it as a fraction: 30000/1001";
    FRAME_RATE = "dash-frame-rate", Must, "DASH §5.3.7.2",
        "frameRate is the video's",
        why "players choose by it"
        mend "derive it from the samples, as a fraction";
    SAR_MISSING = "dash-sar-missing", Should, "IOP §4.2",
        "video has sar",
        why "players guess square pixels"
        mend "write sar=\"1:1\" for square pixels";
    SAR = "dash-sar", Must, "DASH §5.3.7.2",
        "sar is the video's pixel aspect ratio",
        why "the picture is stretched"
        mend "copy it from pasp";
    LANGUAGE_MISSING = "dash-lang-missing", Should, "IOP §3.9",
        "audio and text have lang",
        why "players choose by the language that people set"
        mend "write lang; und where it is not known";
    LANGUAGE = "dash-lang", Must, "DASH §5.3.3.2, BCP 47",
        "lang is a language tag",
        why "players do not find the language"
        mend "write a tag such as en, pt-BR, zh-Hant";
    ROLE = "dash-role", Should, "IOP §3.9",
        "each AdaptationSet has a Role once there are several of its kind",
        why "players cannot tell the main one from commentary"
        mend "write Role with urn:mpeg:dash:role:2011";
    CHANNELS_MISSING = "dash-channels-missing", Should, "IOP §4.3",
        "audio has AudioChannelConfiguration",
        why "players choose between stereo and surround by it"
        mend "write it with the number of channels";
    CHANNELS = "dash-channels", Must, "DASH §5.8.5.4",
        "AudioChannelConfiguration is what the audio has",
        why "players choose what the device cannot play"
        mend "write the number of channels of the media";
    RATE_MISSING = "dash-audio-rate-missing", Should, "IOP §4.3",
        "audio has audioSamplingRate",
        why "players set up their output by it"
        mend "write it";
    RATE = "dash-audio-rate", Must, "DASH §5.3.7.2",
        "audioSamplingRate is the audio's",
        why "players set up their output by it"
        mend "copy it from the sample entry";
    NO_MEDIA = "dash-no-media", Must, "DASH §5.3.3",
        "each Period has AdaptationSets with Representations, and those have segments",
        why "there is nothing to play"
        mend "write them";
    DYNAMIC = "dash-dynamic", Must, "DASH §5.3.1.2",
        "a dynamic MPD has availabilityStartTime and publishTime, a static one has no minimumUpdatePeriod",
        why "players do not know when segments appear"
        mend "add the attribute, or take it away";
}
