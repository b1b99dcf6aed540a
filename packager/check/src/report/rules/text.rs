//! Subtitles.

crate::report::rule::rules! {
    UTF8 = "text-utf8", Must, "WebVTT §4.1",
        "WebVTT is UTF-8",
        why "players show replacement characters or nothing"
        mend "write UTF-8";
    HEADER = "text-header", Must, "WebVTT §4.1",
        "a WebVTT file starts with a line WEBVTT",
        why "players refuse the file"
        mend "write WEBVTT and an empty line first";
    LIMIT = "text-limit", Must, "R §10",
        "a WebVTT segment stays within what a careful client reads",
        why "clients bound what they read"
        mend "cut the text into segments";
    MAP = "text-timestamp-map", Must, "Apple 5.3, R §3.1.4",
        "each WebVTT segment carries X-TIMESTAMP-MAP",
        why "without it cues are placed from MPEG time 0, and come early or late"
        mend "write X-TIMESTAMP-MAP=MPEGTS:<90 kHz time>,LOCAL:<cue time> in the header";
    MAP_FORM = "text-timestamp-map-form", Must, "R §3.1.4",
        "X-TIMESTAMP-MAP has MPEGTS (33 bits) and LOCAL, in the header",
        why "players ignore it, and cues come early or late"
        mend "write X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000";
    MAP_SAME = "text-timestamp-map-same", Must, "R §3.1.4",
        "all WebVTT segments of a rendition map to the same media time",
        why "cues jump at the boundary"
        mend "write the same mapping in each segment of a timeline";
    CUE_TIMING = "text-cue-timing", Must, "WebVTT §4.1",
        "a cue's timing is well-formed, and it ends after it starts",
        why "players drop the cue"
        mend "write MM:SS.mmm --> MM:SS.mmm";
    CUE_PLACE = "text-cue-place", Must, "R §3.1.4",
        "each cue stands in a segment that it is shown in",
        why "a player that seeks loads the segment of that time alone: the cue is lost"
        mend "put the cue in the segments that its time touches";
    CUE_BOUNDARY = "text-cue-boundary", Must, "R §3.1.4",
        "a cue that crosses a boundary stands in both segments",
        why "a player that seeks behind the boundary never loads its first half"
        mend "repeat the cue in each segment that its time touches";
    COVERAGE = "text-coverage", Must, "Apple 5.5",
        "a subtitle playlist covers the whole duration",
        why "players stall at its end, or take the title for shorter"
        mend "write empty WebVTT segments where there are no cues";
    FORCED = "text-forced", Must, "Apple 5.8",
        "a regular subtitle track contains the cues of the forced one in its language",
        why "only one subtitle track is shown at a time: the forced cues would be lost"
        mend "add the forced cues to the regular track";
}
