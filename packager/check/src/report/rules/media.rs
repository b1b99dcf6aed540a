//! Media segments: ISO base media files, and transport streams of others.

crate::report::rule::rules! {
    READABLE = "media-missing", Must, "R §6.2.1, DASH §5.3.9",
        "every resource that a manifest names is there and can be read",
        why "playback stops where it is missing"
        mend "publish the file before the manifest that names it; correct the name or the byte range";
    KIND = "media-kind", Must, "R §3.1",
        "a media segment is in a format that players know",
        why "nothing can be decoded"
        mend "use fragmented MP4 (CMAF), MPEG-2 TS, packed audio or WebVTT";
    BOXES = "media-boxes", Must, "ISOBMFF §4.2",
        "a media segment consists of whole, well-formed boxes",
        why "players stop at the first box that makes no sense"
        mend "write the file anew";
    TRUNCATED = "media-truncated", Must, "ISOBMFF §4.2",
        "a media segment is as long as its boxes say",
        why "a cut segment stalls players or shows damage"
        mend "write the file whole before it is named; sync it before it is published";
    NO_FRAGMENT = "media-no-fragment", Must, "R §3.1.2, CMAF §7.3.2",
        "a media segment holds at least one moof with its mdat",
        why "there is nothing in it to play"
        mend "take the segment out of the manifest or write its media";
    NO_SAMPLES = "media-no-samples", Must, "CMAF §7.3.2.3",
        "a fragment holds at least one sample",
        why "it lasts nothing, and some players wait for its end"
        mend "leave empty fragments out";
    ONE_TRAF = "cmaf-one-traf", Must, "CMAF §7.3.2.3",
        "a CMAF fragment's moof has one traf",
        why "CMAF promises one track a file; players rely on the promise"
        mend "write tracks to files of their own";
    ONE_TRUN = "cmaf-one-trun", Must, "CMAF §7.3.2.3",
        "a CMAF fragment's traf has one trun",
        why "some hardware players read the first run alone"
        mend "write the fragment's samples as one run";
    TRACK_ID = "media-track-id", Must, "ISOBMFF §8.8.7",
        "a fragment's track is the init segment's",
        why "the decoder has no configuration for it"
        mend "use the same track_ID in moov and moof, or name the right init segment";
    TFDT = "media-tfdt", Must, "R §3.1.2, CMAF §7.5.16",
        "each fragment has a tfdt",
        why "without it a fragment's time is unknown after a seek"
        mend "write a tfdt in each traf";
    DECODE_TIMES = "media-decode-times", Must, "Apple 7.3, CMAF §7.3.2.2",
        "tfdt is the sum of the durations before: no gap, no overlap, not by one tick",
        why "gaps stall buffers, overlaps drop frames, and both let audio and video drift apart"
        mend "number decode times from the samples' durations, over chunks as well";
    SEQUENCE = "media-sequence-number", Should, "ISOBMFF §8.8.5",
        "mfhd's sequence numbers rise",
        why "readers that verify the order take the file for damaged"
        mend "count fragments through the whole track";
    BASE_IS_MOOF = "media-base-is-moof", Must, "R §3.1.2, CMAF §7.5.15",
        "data offsets count from the moof: default-base-is-moof, no base-data-offset",
        why "absolute offsets point nowhere once the segment is appended to a buffer"
        mend "set default-base-is-moof in each tfhd";
    DATA_RANGE = "media-data-range", Must, "ISOBMFF §8.8.8",
        "all samples lie in the mdat behind their moof",
        why "decoders would be fed box headers or another fragment's bytes"
        mend "write trun's data_offset and sizes anew after any change of the moof's size";
    DATA_UNUSED = "media-data-unused", Should, "CMAF §7.3.2.3",
        "mdat holds the samples and nothing else",
        why "unused bytes cost every viewer"
        mend "write mdat from the samples";
    CMF2_TRUN = "cmaf-cmf2-trun", Must, "CMAF §7.7.2",
        "with brand cmf2, trun has version 1",
        why "cmf2 promises signed composition offsets, so that no video edit list is needed"
        mend "write version 1, or brand cmfc";
    CMF2_DEFAULTS = "cmaf-cmf2-defaults", Must, "CMAF §7.7.3",
        "with brand cmf2, a fragment gives its own defaults",
        why "players of cmf2 need not keep trex"
        mend "write default duration, size and flags in tfhd, or brand cmfc";
    STARTS_WITH_SYNC = "media-starts-with-idr", Must, "Apple 7.4, R §3.1.2",
        "a segment's first sample is a sync sample (an IDR picture)",
        why "players switch and seek at segments: the picture would be broken until the next IDR"
        mend "close GOPs, place IDR pictures on the segment boundaries";
    SYNC_TRUE = "media-sync-true", Must, "ISOBMFF §8.8.3.1",
        "a sample that is flagged as sync sample is an IDR picture by its NAL units",
        why "a player that trusts the flag decodes from a picture that needs others"
        mend "derive the flag from the NAL units";
    NAL_LENGTHS = "media-nal-lengths", Must, "ISO/IEC 14496-15 §4.3.3",
        "the lengths before NAL units fit into their sample",
        why "decoders lose their way"
        mend "write samples with lengths of the size that the configuration says, no start codes";
    PRESENTATION_TWICE = "media-presented-twice", Must, "CMAF §7.5.17",
        "no two samples of a track are presented at the same time",
        why "one of them is never seen, and decoders may stop"
        mend "write distinct composition times";
    IDR_INTERVAL = "media-idr-interval", Should, "Apple 1.13",
        "there is an IDR picture at least every two seconds",
        why "seeking and switching are as coarse as the distance between IDR pictures"
        mend "encode with a GOP of two seconds";
    SHORT = "media-short-segment", Should, "Apple 7.5, CMAF §7.3.2",
        "no segment is shorter than one second, unless it is the whole title",
        why "a request for a fraction of a second of media costs as much as one for six"
        mend "join the last segment to the one before it";
    FRAME_RATE = "media-frame-rate", Must, "Apple 1.19",
        "video has at most 60 frames a second",
        why "many devices decode no more"
        mend "halve the frame rate";
    ALIGNED = "media-aligned", Must, "CMAF §7.3.4.1, Apple 8.22",
        "segments of all video renditions start at the same ticks",
        why "a player that switches at a boundary that is not there repeats or loses pictures"
        mend "cut all renditions on the same grid of frames";
    AUDIO_GRID = "media-audio-grid", Should, "Apple 8.22",
        "audio segments start within one audio frame of video segments",
        why "players fetch audio and video in step; where they do not fit, start and switch take one request more"
        mend "cut audio at the audio frame nearest to each video boundary";
    PRIMING = "media-audio-priming", Should, "ISO/IEC 14496-12 §8.6.6, Apple 2",
        "AAC's priming samples are described, by an edit list or by times before 0",
        why "else the sound comes late by the encoder's delay (21 ms and more)"
        mend "write an edit list whose media_time is the priming";
    TS_PACKETS = "ts-packets", Must, "ISO/IEC 13818-1 §2.4.3",
        "a transport stream consists of packets of 188 bytes that start with 0x47",
        why "demuxers lose their way"
        mend "write the segment anew, whole packets only";
    TS_TABLES = "ts-tables", Must, "R §3.1.1",
        "each transport stream segment has PAT and PMT (or an EXT-X-MAP has them)",
        why "a player that starts here does not know the streams"
        mend "repeat PAT and PMT at each segment's start";
    TS_TIMES = "ts-times", Must, "R §3.1.1",
        "a transport stream segment carries presentation times",
        why "nothing can be synchronised"
        mend "write PTS in PES headers";
    TS_DURATION = "ts-duration", Must, "Apple 8.1",
        "a transport stream segment starts when the EXTINF before it say it does, within half a second",
        why "seeking lands elsewhere and the scrubber drifts"
        mend "measure EXTINF on the presentation times";
}
