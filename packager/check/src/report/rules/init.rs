//! Init segments: what the decoder is told before the first sample.

crate::report::rule::rules! {
    PARSE = "init-boxes", Must, "CMAF §7.3.1",
        "an init segment is whole, well-formed boxes with a moov",
        why "nothing can be decoded without it"
        mend "write the init segment anew";
    SECOND_READER = "init-second-reader", Must, "ISOBMFF §8",
        "a second, independent reader finds the same tracks, times and sizes",
        why "what two readers understand differently, two players play differently"
        mend "see the message for the field";
    FTYP = "init-ftyp", Must, "ISOBMFF §4.3, R §3.1.2",
        "an init segment starts with ftyp",
        why "players tell the format by its brands"
        mend "write ftyp with brands iso6 and cmfc";
    BRAND = "init-cmaf-brand", Should, "CMAF §7.2",
        "an init segment has the brand cmfc or cmf2",
        why "players and packagers that look for CMAF pass the file by"
        mend "write cmfc among the compatible brands, and keep its promises";
    PROFILE_BRAND = "init-profile-brand", Should, "CMAF §A.2, §10",
        "a CMAF track has its media profile's brand: cfsd or cfhd for AVC, caac for AAC",
        why "a presentation is CMAF-conformant by its profiles' brands alone"
        mend "write the profile's brand that fits the track";
    PROFILE_TRUE = "init-profile-true", Must, "CMAF §A.2",
        "a media profile's brand fits the track: cfsd up to 864×576, cfhd up to 1920×1080, both up to 60 fps",
        why "a device that promises the profile is given what it cannot decode"
        mend "write the brand that fits, or none";
    ONE_TRACK = "init-one-track", Must, "CMAF §7.3.1, Apple 2.17",
        "an init segment of CMAF has one track",
        why "tracks in one file cannot be chosen apart"
        mend "write tracks to files of their own";
    STRANGERS = "init-only-header", Must, "CMAF §7.3.1",
        "an init segment holds no media: no moof, no mdat",
        why "players append it again and again, media included"
        mend "write ftyp and moov alone";
    NO_SAMPLES = "init-no-samples", Must, "CMAF §7.5.11",
        "moov describes no samples",
        why "players would look for them in the init segment"
        mend "write empty sample tables";
    MVEX = "init-mvex", Must, "R §3.1.2, CMAF §7.5.13",
        "moov has mvex, with a trex for its track",
        why "without it the file says that it has no fragments"
        mend "write mvex and trex";
    TIMESCALE = "init-timescale", Must, "ISOBMFF §8.4.2",
        "the track's timescale is above zero",
        why "no time can be computed"
        mend "write the timescale";
    HANDLER = "init-handler", Must, "ISOBMFF §8.4.3",
        "the track's handler fits its sample entry: vide, soun, text or subt",
        why "players choose the decoder by it"
        mend "write the handler of the track's kind";
    ENTRY = "init-sample-entry", Must, "ISOBMFF §8.5.2",
        "the track has a sample entry with the decoder's configuration",
        why "nothing can be decoded without it"
        mend "write avcC, hvcC or esds in the sample entry";
    OUT_OF_BAND = "init-parameter-sets", Should, "Apple 1.10",
        "parameter sets are in the sample entry: avc1, hvc1, never avc3, hev1",
        why "Apple's players do not play the others reliably"
        mend "write parameter sets into the sample entry";
    DIMENSIONS = "init-dimensions", Must, "ISO/IEC 14496-15 §5.4.2",
        "the sample entry's width and height are those of the coded picture",
        why "players lay out by the one and decode the other"
        mend "copy width and height from the sequence parameter set";
    CONFIG = "init-config-true", Must, "ISO/IEC 14496-15 §5.3.3",
        "the decoder configuration's profile and level are those of the sequence parameter set",
        why "players choose a decoder by the one and feed it the other"
        mend "copy the fields from the sequence parameter set";
    AVC_LEVEL = "init-avc-level", Must, "Apple 1.3",
        "H.264 is High Profile 5.2 at most",
        why "devices decode no more"
        mend "encode in 8 bits 4:2:0 at level 5.2 or below";
    HEVC_LEVEL = "init-hevc-level", Must, "Apple 1.6",
        "HEVC is Main 10, level 5.1 at most",
        why "devices decode no more"
        mend "encode in Main or Main 10 at level 5.1 or below";
    PROGRESSIVE = "init-progressive", Must, "Apple 1.14",
        "video is progressive",
        why "most players show combs instead of fields"
        mend "deinterlace before encoding";
    COLR = "init-colr", Should, "CMAF §9.2.2",
        "video describes its colour: a colr box of type nclx",
        why "players guess, and HD shown as SD has wrong greens and reds"
        mend "write colr with the code points of the picture";
    COLR_TRUE = "init-colr-true", Must, "ISOBMFF §12.1.5",
        "colr says the same as the video's own description",
        why "one player believes the container, another the stream: colours differ"
        mend "copy the code points from the VUI";
    VUI = "init-vui-colour", Should, "ITU-T H.264 §E.2.1",
        "the sequence parameter set describes the colour",
        why "players that only look there guess"
        mend "encode with primaries, transfer characteristics and matrix set";
    PASP = "init-pasp", Should, "CMAF §9.2.3",
        "video has a pixel aspect ratio box",
        why "players guess square pixels"
        mend "write pasp, 1:1 for square pixels";
    PASP_TRUE = "init-pasp-true", Must, "ISOBMFF §12.1.4",
        "pasp says the same as the video's own description",
        why "the picture is stretched in one player and not in another"
        mend "copy the ratio from the VUI";
    CMF2_EDITS = "init-cmf2-edits", Must, "CMAF §7.7.2",
        "with brand cmf2, video has no edit list",
        why "cmf2 promises presentation times without one"
        mend "write signed composition offsets, or brand cmfc";
    AAC_TRUE = "init-aac-true", Must, "ISO/IEC 14496-14 §5.6",
        "an AAC sample entry's sampling rate is its configuration's",
        why "players set up their output by the one and decode the other"
        mend "copy the fields from AudioSpecificConfig";
    AUDIO_SCALE = "init-audio-timescale", Should, "CMAF §10.2.3",
        "an audio track's timescale is its sampling rate or a multiple of it",
        why "else frames last no whole number of ticks and times drift"
        mend "use the sampling rate as timescale";
    LOUDNESS = "init-loudness", Should, "Apple 2.19",
        "audio has a loudness box (ludt)",
        why "players level programmes by it"
        mend "measure loudness (ITU-R BS.1770) and write ludt";
}
