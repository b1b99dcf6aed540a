//! Live presentations, over several refreshes.

crate::report::rule::rules! {
    REFRESH = "live-refresh", Must, "R §6.2.1, DASH §5.4",
        "a live playlist or MPD can be had again at each refresh",
        why "players that cannot reload it stop at the end of what they know"
        mend "replace it atomically; never take it away while the stream goes on";
    CACHED = "live-cached", Should, "R §6.2.1, RFC 9111 §5.2.2",
        "caches may not keep a live playlist longer than its target duration, nor an MPD longer than minimumUpdatePeriod",
        why "players get an old version again and again, and run dry"
        mend "send max-age of half the target duration for live playlists, long ones for segments alone";
    SEQUENCE_BACK = "live-sequence-back", Must, "R §6.2.2",
        "EXT-X-MEDIA-SEQUENCE never goes back",
        why "players take old segments for new ones, or stop"
        mend "keep counting over restarts; let caches hold a live playlist for less than half its target duration";
    ORDER = "live-order", Must, "R §6.2.1, §6.2.2",
        "segments are added at the end and removed from the start alone, one step of EXT-X-MEDIA-SEQUENCE for each removed",
        why "players follow segments by their number: they would skip or repeat some"
        mend "count EXT-X-MEDIA-SEQUENCE up by one for each segment that leaves";
    SEGMENT_CHANGED = "live-segment-changed", Must, "R §6.2.1",
        "a segment's URI, byte range, EXTINF, date and init segment stay what they were at its first appearance",
        why "players that come later get another presentation than those before"
        mend "write a segment's lines once, then only append and remove";
    CONTENT_CHANGED = "live-content-changed", Must, "R §6.2.1",
        "the bytes behind a segment's URI do not change",
        why "players and caches mix the old and the new"
        mend "never use a segment's name again; leave a number out rather than rewrite it";
    DISCONTINUITY = "live-discontinuity-sequence", Must, "R §6.2.2",
        "EXT-X-DISCONTINUITY-SEQUENCE rises by one for each EXT-X-DISCONTINUITY that leaves the playlist, and never else",
        why "players synchronise renditions by it: audio and video of different stretches would play together"
        mend "count the tags that are removed";
    STALE = "live-stale", Must, "R §6.2.1",
        "a live playlist has a new segment within one and a half target durations",
        why "players run dry, and take the stream for dead"
        mend "publish segments as they are made; raise the target duration to what the encoder keeps up with";
    TARGET_CHANGED = "live-target-duration", Must, "R §6.2.1",
        "EXT-X-TARGETDURATION never changes",
        why "players sized their buffers and reload times by the first one"
        mend "choose it before the stream starts";
    TYPE_CHANGED = "live-playlist-type", Must, "R §4.4.3.5, §6.2.1",
        "EXT-X-PLAYLIST-TYPE neither appears, changes nor goes away",
        why "players decided by it whether one may seek back"
        mend "choose it before the stream starts";
    EVENT_REMOVED = "live-event-appends", Must, "R §4.4.3.5",
        "a playlist of type EVENT only grows",
        why "players offer its start for seeking, which would be gone"
        mend "keep all segments, or leave the type out";
    ENDED_CHANGED = "live-after-end", Must, "R §4.4.3.4, §6.2.1",
        "after EXT-X-ENDLIST, or an MPD's change to static, nothing changes",
        why "players do not reload what has ended: they never see more"
        mend "write EXT-X-ENDLIST once, after the last segment";
    DATES = "live-program-date-time", Should, "R §4.4.4.6",
        "EXT-X-PROGRAM-DATE-TIME goes on by EXTINF from one segment to the next, within half a second",
        why "what is placed by date (ads, subtitles, chat) drifts from the picture"
        mend "compute it from the media's times, not from the clock at the time of writing";
    MISSING = "live-segment-missing", Must, "R §6.2.1, DASH §A.3.4",
        "a segment can be had when it is announced, or, in an MPD with a nominal duration, at its availability time",
        why "players ask for it at once, get an error, and stall or skip"
        mend "write the segment whole, then announce it; set availabilityStartTime to when the first one really is there";
    LATE = "live-segment-late", Should, "DASH §A.3.4",
        "a segment of an MPD with a nominal duration is there at most half its duration after its availability time",
        why "players near the live edge get errors first"
        mend "set availabilityStartTime later, by what encoding takes";
    REMOVED_EARLY = "live-removed-early", Must, "R §6.2.2",
        "a segment that left the playlist can be had for its own and the playlist's duration more",
        why "whoever plays with a delay loses it in the middle"
        mend "delete segments later (ffmpeg: raise hls_delete_threshold to the length of the list)";
    CONTINUOUS = "live-continuous", Must, "R §4.4.4.3, Apple 7.3",
        "a new segment's media go on where those of the segment before end, unless EXT-X-DISCONTINUITY says otherwise",
        why "gaps stall players, overlaps drop frames"
        mend "number decode times through; write EXT-X-DISCONTINUITY where the encoder starts anew";
    SEQUENCES_AGREE = "live-sequences-agree", Should, "R §6.2.4, Apple 8",
        "segments of the same number have the same media time in all playlists of a presentation",
        why "players that switch by number repeat or skip a segment"
        mend "start all playlists at the same number, cut and remove in all at the same time";
    DISCONTINUITIES_AGREE = "live-discontinuities-agree", Must, "R §6.2.4",
        "segments of the same media time have the same discontinuity sequence number in all playlists",
        why "players synchronise renditions by it"
        mend "write EXT-X-DISCONTINUITY and EXT-X-DISCONTINUITY-SEQUENCE alike in all";
    EDGE_APART = "live-edge-apart", Should, "R §6.2.4",
        "all playlists of a presentation end within three target durations of one another",
        why "players that switch wait for the one that is behind"
        mend "publish all renditions' segments together";
    PUBLISH_BACK = "live-publish-time-back", Must, "DASH §5.4",
        "an MPD's publishTime never goes back",
        why "players cannot tell the newer MPD from an older one out of a cache"
        mend "write the time of the change; let caches hold the MPD for less than minimumUpdatePeriod";
    PUBLISH_SAME = "live-publish-time-same", Should, "DASH §5.4",
        "a changed MPD has a later publishTime",
        why "players that compare it overlook the change"
        mend "write publishTime anew with each change";
    START_CHANGED = "live-availability-start", Must, "DASH §5.4",
        "availabilityStartTime and the MPD's id never change",
        why "all segments' times move with it: players ask for others than are there"
        mend "choose it once; begin a new Period after a restart";
    PERIOD_ID = "live-period-id", Must, "DASH §5.3.2.2",
        "each Period of a dynamic MPD has an id of its own",
        why "players cannot follow Periods from one MPD to the next"
        mend "write an id, and keep it";
    PERIOD_CHANGED = "live-period-changed", Must, "DASH §5.4",
        "Periods keep id and start, are added at the end and removed from the start alone",
        why "players would play a stretch twice, or lose their place"
        mend "never renumber Periods";
    REPRESENTATIONS = "live-representations", Must, "DASH §5.4",
        "a Period's Representations are the same in each MPD",
        why "players lose the one that they are playing"
        mend "begin a new Period where Representations change";
    TIMELINE_CHANGED = "live-timeline-changed", Must, "DASH §5.4",
        "a segment's time, duration and URL are the same in each MPD that names it",
        why "players and caches mix the old and the new"
        mend "keep S elements; raise startNumber by one for each that leaves";
    TIMELINE_BACK = "live-timeline-back", Must, "DASH §5.4",
        "a SegmentTimeline's end never goes back",
        why "players asked for those segments already"
        mend "remove S elements from the start alone";
    MPD_STALE = "live-mpd-stale", Must, "DASH §5.3.1.2, IOP live §4.4",
        "a SegmentTimeline has a new segment within two segment durations and minimumUpdatePeriod",
        why "players run dry at the end of what they know"
        mend "publish the MPD with each segment";
    UPDATE_PERIOD = "live-update-period", Must, "DASH §5.3.1.2",
        "a dynamic MPD with a SegmentTimeline has minimumUpdatePeriod",
        why "without it players never load the MPD again, and stop at the timeline's end"
        mend "write minimumUpdatePeriod, about a segment's duration";
    DELAY = "live-presentation-delay", Should, "DASH §5.3.1.2, IOP live §4.3",
        "a dynamic MPD has suggestedPresentationDelay, below timeShiftBufferDepth",
        why "each player chooses another distance from the live edge, or one at which segments are gone"
        mend "write it: three segment durations are usual";
    WINDOW = "live-time-shift-buffer", Must, "DASH §A.3.4",
        "segments within timeShiftBufferDepth can be had",
        why "players seek there, and stall"
        mend "delete segments later, or write a smaller timeShiftBufferDepth";
    UTC_TIMING = "live-utc-timing", Should, "DASH §5.8.4.11, IOP live §4.7",
        "a dynamic MPD has UTCTiming",
        why "a player whose clock is wrong asks for segments too early or too late"
        mend "write UTCTiming with an http-xsdate or http-iso clock";
    UTC_READABLE = "live-utc-timing-readable", Must, "DASH §5.8.4.11",
        "the clock that UTCTiming names gives a time",
        why "players fall back to their own clock, or refuse to start"
        mend "serve the date and time as text at that address";
}
