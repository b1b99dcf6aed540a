//! HLS presentations: what playlists say of each other and of the media.

crate::report::rule::rules! {
    NOT_MEDIA = "hls-not-media", Must, "R §4.4.6",
        "variants and renditions lead to media playlists",
        why "a multivariant playlist that leads to another, or to itself, has no end"
        mend "name media playlists";
    NO_VARIANTS = "hls-no-variants", Must, "R §4.4.6.2",
        "a multivariant playlist has at least one variant stream",
        why "there is nothing to play"
        mend "write EXT-X-STREAM-INF for each video rendition";
    TARGET = "hls-target-duration", Must, "R §4.4.3.1",
        "no EXTINF, rounded to the nearest second, is above EXT-X-TARGETDURATION",
        why "players size buffers and reload times by it, and stall"
        mend "set EXT-X-TARGETDURATION to the longest EXTINF, rounded";
    OVERLONG = "hls-segment-overlong", Must, "Apple 7.7",
        "no segment is more than half a second longer than the target duration",
        why "players size buffers by it, and stall"
        mend "cut segments on a grid of frames";
    TARGET_SIX = "hls-target-six", Should, "Apple 7.5",
        "the target duration is six seconds",
        why "shorter ones cost requests, longer ones start and switch slower"
        mend "cut segments of six seconds (6.006 at 29.97 frames a second)";
    TYPE = "hls-playlist-type", Must, "Apple 8.6",
        "a finished playlist says EXT-X-PLAYLIST-TYPE:VOD and EXT-X-ENDLIST",
        why "players show a live stream's controls, or reload for ever"
        mend "write both tags";
    MAP_MISSING = "hls-map", Must, "R §4.4.4.5, Apple 8.20",
        "fragmented MP4 segments have an EXT-X-MAP",
        why "nothing can be decoded without the init segment"
        mend "write EXT-X-MAP before the first segment";
    SEGMENT_TWICE = "hls-segment-twice", Must, "R §3",
        "no segment stands twice in a media playlist",
        why "the same stretch would play twice, and its times go back"
        mend "name each segment once";
    EXTINF_TRUE = "hls-extinf-true", Must, "Apple 8.1, R §4.4.4.1",
        "the sum of EXTINF over any run of segments is within one frame of the media",
        why "the scrubber drifts, seeks land elsewhere, audio and video part"
        mend "compute EXTINF from the samples' durations";
    INDEPENDENT = "hls-independent-segments", Should, "Apple 9.11, R §4.4.2.1",
        "EXT-X-INDEPENDENT-SEGMENTS is there",
        why "without it players load one segment more before they switch"
        mend "write the tag in the multivariant playlist, once every segment starts with an IDR";
    INDEPENDENT_TRUE = "hls-independent-true", Must, "R §4.4.2.1",
        "EXT-X-INDEPENDENT-SEGMENTS is true: each segment starts with a sync sample",
        why "players switch in the middle of a GOP and show damage"
        mend "close GOPs at segment boundaries, or take the tag away";
    SAME_TARGET = "hls-same-target", Must, "R §6.2.4, Apple 8.2",
        "audio and video playlists have the same target duration",
        why "players schedule their requests together"
        mend "use the largest for all";
    SAME_TOTAL = "hls-same-duration", Must, "Apple 8.3, R §6.2.4",
        "all playlists last the same, within half a second",
        why "players stall at the end of the shorter one"
        mend "cut or pad the longer track; name all segments";
    SAME_TOTAL_CLOSE = "hls-same-duration-close", Should, "Apple 8.3",
        "audio and video last the same within an audio and a video frame",
        why "else the last picture freezes or the sound breaks off"
        mend "cut audio at the audio frame nearest to the last picture's end";
    SAME_START = "hls-same-start", Must, "R §6.2.4",
        "all tracks start at the same presentation time, within a tenth of a second",
        why "audio and video are heard and seen apart"
        mend "start all tracks' times at the same instant; describe priming in an edit list";
    DISCONTINUITIES = "hls-discontinuities", Must, "R §6.2.4, Apple 8.15",
        "all playlists have their discontinuities at the same time",
        why "players synchronise tracks by the discontinuity sequence"
        mend "write EXT-X-DISCONTINUITY in all playlists, or in none";
    BANDWIDTH_LOW = "hls-bandwidth-understated", Must, "R §4.4.6.2, Apple 9.13",
        "BANDWIDTH is not below the measured peak (largest sum with its renditions) by more than 1 %",
        why "players choose the variant for networks that do not carry it, and stall"
        mend "measure the peak over runs of 0.5 to 1.5 target durations; add the largest audio and text";
    BANDWIDTH_HIGH = "hls-bandwidth-overstated", Must, "Apple 1.27, 9.13",
        "BANDWIDTH is not above the measured peak by more than 10 %",
        why "players choose a worse variant than the network carries"
        mend "measure the peak; do not write the encoder's limit";
    BANDWIDTH_EXACT = "hls-bandwidth-exact", Should, "R §4.4.6.2",
        "BANDWIDTH is the measured peak, within 1 %",
        why "players choose by it"
        mend "measure the peak over runs of 0.5 to 1.5 target durations; add the largest audio and text";
    AVERAGE_LOW = "hls-average-understated", Must, "R §4.4.6.2, Apple 1.26",
        "AVERAGE-BANDWIDTH is not below the measured average by more than 1 %",
        why "players that buffer long choose by it, and stall"
        mend "divide the bits of all segments by the sum of EXTINF; add the largest audio and text";
    AVERAGE_HIGH = "hls-average-overstated", Must, "Apple 1.26",
        "AVERAGE-BANDWIDTH is not above the measured average by more than 10 %",
        why "players choose a worse variant than the network carries"
        mend "divide the bits of all segments by the sum of EXTINF; add the largest audio and text";
    AVERAGE_EXACT = "hls-average-exact", Should, "R §4.4.6.2",
        "AVERAGE-BANDWIDTH is the measured average, within 1 %",
        why "players choose by it"
        mend "divide the bits of all segments by the sum of EXTINF; add the largest audio and text";
    AVERAGE_MISSING = "hls-average-missing", Must, "Apple 9.14",
        "each variant stream has AVERAGE-BANDWIDTH",
        why "players that buffer long choose by it"
        mend "write the measured average";
    PEAK_RATIO = "hls-peak-to-average", Should, "Apple 1.30",
        "the peak is at most twice the average",
        why "a network that carries the average would stall at the peak"
        mend "bound the encoder's rate (VBV)";
    CODECS_MISSING = "hls-codecs-missing", Must, "Apple 9.1",
        "each variant stream has CODECS",
        why "players must load media to learn whether they can play it"
        mend "write the codec strings of all its media";
    CODECS = "hls-codecs", Must, "Apple 9.1, RFC 6381",
        "CODECS is what the variant's media are, audio included, and nothing else",
        why "players refuse what they could play, or fail on what they cannot"
        mend "derive the strings from the sample entries";
    RESOLUTION_MISSING = "hls-resolution-missing", Must, "Apple 9.2",
        "each variant stream with video has RESOLUTION",
        why "players choose by the size of their window"
        mend "write WIDTHxHEIGHT as displayed";
    RESOLUTION = "hls-resolution", Must, "Apple 9.2",
        "RESOLUTION is what the video's display size is",
        why "players choose by it and lay out by it"
        mend "write WIDTHxHEIGHT of the media";
    FRAME_RATE_MISSING = "hls-frame-rate-missing", Must, "Apple 9.15",
        "each variant stream with video has FRAME-RATE",
        why "players that cannot decode 60 frames a second choose others"
        mend "write the frame rate with three decimals";
    FRAME_RATE = "hls-frame-rate", Must, "Apple 9.15, R §4.4.6.2",
        "FRAME-RATE is what the video's is",
        why "players choose by it"
        mend "derive it from the samples: 30000/1001 is 29.970";
    FRAME_RATE_DECIMALS = "hls-frame-rate-decimals", Should, "R §4.4.6.2",
        "FRAME-RATE has three decimals",
        why "29.97 and 30 are told apart by decimals"
        mend "write 29.970, 25.000";
    RANGE_MISSING = "hls-video-range-missing", Must, "Apple 9.16",
        "once a variant has high dynamic range, each says its VIDEO-RANGE",
        why "players on standard screens choose the wrong one"
        mend "write VIDEO-RANGE=SDR, PQ or HLG";
    RANGE = "hls-video-range", Must, "R §4.4.6.2",
        "VIDEO-RANGE is what the video's transfer characteristics are",
        why "the picture is too dark or too flat"
        mend "derive it from colr: 16 is PQ, 18 is HLG, anything else SDR";
    SDR = "hls-sdr", Must, "Apple 1.24",
        "there is a variant with standard dynamic range",
        why "screens without HDR have nothing to play"
        mend "add an SDR ladder";
    ASPECT = "hls-one-aspect", Should, "Apple 1.33",
        "all variants have the same aspect ratio",
        why "the picture jumps at a switch"
        mend "scale all renditions from one picture; even numbers may differ by a pixel";
    FIRST = "hls-first-variant", Should, "Apple 1.32",
        "the first variant is the one nearest to 2000 kb/s",
        why "players start with the first one"
        mend "put that variant first";
    TOP_TWO = "hls-top-two", Should, "Apple 9.10",
        "in high definition there are two variants at the top resolution",
        why "a small dip of the network should not cost resolution"
        mend "add a second rate at the top resolution";
    AVC_EVERYWHERE = "hls-avc-level", Should, "Apple 1.3",
        "some H.264 variants are at level 4.1 or below",
        why "older devices decode no more"
        mend "add smaller variants";
    VARIANT_TWICE = "hls-variant-twice", Should, "R §4.4.6.2",
        "no two variant streams are the same playlist with the same groups",
        why "players count them as two, and switch between them in vain"
        mend "take one away";
    GROUP = "hls-group", Must, "R §4.4.6.2",
        "AUDIO, VIDEO, SUBTITLES and CLOSED-CAPTIONS name groups that exist",
        why "the variant's renditions cannot be found"
        mend "write EXT-X-MEDIA with that GROUP-ID and TYPE";
    GROUP_UNUSED = "hls-group-unused", Should, "R §4.4.6.1",
        "each group is used by a variant stream",
        why "its renditions can never be chosen"
        mend "name the group in EXT-X-STREAM-INF";
    NAME_TWICE = "hls-name-twice", Must, "R §4.4.6.1.1",
        "NAMEs are unique in a group",
        why "people cannot tell the renditions apart, and players drop one"
        mend "give each rendition a NAME of its own";
    DEFAULT_TWICE = "hls-default-twice", Must, "R §4.4.6.1.1",
        "a group has at most one rendition with DEFAULT=YES",
        why "players start with different ones"
        mend "keep one";
    DEFAULT_AUTOSELECT = "hls-default-autoselect", Must, "R §4.4.6.1",
        "DEFAULT=YES does not go with AUTOSELECT=NO",
        why "clients must refuse the combination"
        mend "write AUTOSELECT=YES";
    GROUPS_DIFFER = "hls-groups-differ", Must, "R §4.4.6.1.1",
        "groups of one type have the same renditions",
        why "a rendition that people chose is gone after a switch"
        mend "give each group the same NAMEs and languages";
    LANGUAGE_MISSING = "hls-language-missing", Must, "Apple 8.10",
        "each rendition that is not video has LANGUAGE",
        why "players choose by the language that people set"
        mend "write LANGUAGE; und where it is not known";
    LANGUAGE = "hls-language", Must, "R §4.4.6.1, BCP 47",
        "LANGUAGE is a language tag",
        why "players do not find the language"
        mend "write a tag such as en, pt-BR, zh-Hant";
    CHANNELS_MISSING = "hls-channels-missing", Should, "R §4.4.6.1",
        "each audio rendition has CHANNELS",
        why "players choose between stereo and surround by it"
        mend "write the number of channels";
    CHANNELS = "hls-channels", Must, "R §4.4.6.1",
        "CHANNELS is what the audio has",
        why "players choose what the device cannot play"
        mend "write the number of channels of the media";
    SUBTITLES_URI = "hls-subtitles-uri", Must, "R §4.4.6.1",
        "SUBTITLES renditions have a URI, CLOSED-CAPTIONS have none",
        why "they cannot be loaded"
        mend "add the URI, or take it away";
    INSTREAM = "hls-instream-id", Must, "R §4.4.6.1",
        "CLOSED-CAPTIONS have INSTREAM-ID CC1 to CC4 or SERVICE1 to SERVICE63; others have none",
        why "players do not find the captions in the video"
        mend "write INSTREAM-ID";
    FORCED_KIND = "hls-forced-kind", Must, "R §4.4.6.1",
        "FORCED stands on SUBTITLES alone",
        why "clients may refuse the tag"
        mend "take it away";
    CAPTIONS_NONE = "hls-captions-none", Must, "R §4.4.6.2",
        "CLOSED-CAPTIONS=NONE stands on all variants or on none, and only without caption renditions",
        why "players lose the captions at a switch"
        mend "write it on all, or on none";
    AUDIO_STEREO = "hls-stereo-aac", Must, "Apple 2.3",
        "where there is audio, there is stereo AAC",
        why "every device plays stereo AAC, not every one anything else"
        mend "add a stereo AAC rendition";
    HE_AAC = "hls-he-aac", Should, "Apple 2.4",
        "HE-AAC is at most 64 kb/s",
        why "above that AAC-LC sounds better"
        mend "encode AAC-LC";
    IFRAMES = "hls-iframes", Must, "Apple 6.1",
        "there are I-frame playlists where there is video",
        why "scrubbing shows no pictures, and fast forward stutters"
        mend "write EXT-X-I-FRAME-STREAM-INF for each video rendition";
    IFRAMES_ONLY = "hls-iframes-only", Must, "Apple 6.8, R §4.4.3.6",
        "EXT-X-I-FRAME-STREAM-INF leads to a playlist with EXT-X-I-FRAMES-ONLY, EXT-X-STREAM-INF never does",
        why "players take byte ranges for whole segments, or the other way round"
        mend "write the tag in I-frame playlists alone";
    IFRAME_RANGE = "hls-iframe-range", Must, "Apple 6.10",
        "an I-frame's byte range begins with its moof",
        why "the picture cannot be decoded"
        mend "let the range start at the fragment's moof";
    IFRAME_WHOLE = "hls-iframe-whole", Must, "R §4.4.3.6",
        "an I-frame's byte range holds the whole picture",
        why "the picture is damaged or missing"
        mend "let the range end behind the first sample";
    IFRAME_SYNC = "hls-iframe-sync", Must, "R §4.4.3.6",
        "an I-frame is a sync sample",
        why "a picture that needs others cannot be shown alone"
        mend "name fragments that start with an IDR";
    IFRAME_TIMES = "hls-iframe-times", Must, "R §4.4.3.6, Apple 8.1",
        "EXTINF of an I-frame lasts to the next I-frame, within one frame, and to the title's end",
        why "the thumbnails run ahead of the picture or behind it"
        mend "compute EXTINF from the fragments' times";
    IFRAME_SECOND = "hls-iframe-density", Should, "Apple 6.2",
        "there is an I-frame every second",
        why "fast forward is smoother"
        mend "make a track of its own with one picture a second";
    IFRAME_RATE_ATTRIBUTE = "hls-iframe-frame-rate", Must, "R §4.4.6.3",
        "EXT-X-I-FRAME-STREAM-INF has no FRAME-RATE, AUDIO, SUBTITLES or CLOSED-CAPTIONS",
        why "the attributes are not defined there"
        mend "take them away";
    IFRAME_BANDWIDTH_LOW = "hls-iframe-bandwidth", Must, "Apple 6.9, R §4.4.6.3",
        "BANDWIDTH of an I-frame stream is its measured peak: not below by more than 1 %, not above by more than 10 %",
        why "fast forward stalls, or shows worse pictures than it could"
        mend "measure the peak on the byte ranges";
    IFRAME_CODECS = "hls-iframe-codecs", Must, "Apple 9.3, 9.4, R §4.4.6.3",
        "an I-frame stream's CODECS and RESOLUTION are its video's, without audio",
        why "players choose by them"
        mend "write the video's codec string and resolution";
    LIVE_WINDOW = "live-window", Must, "R §6.2.2",
        "a live playlist lasts at least three target durations",
        why "players start three target durations before the end"
        mend "keep more segments";
}
