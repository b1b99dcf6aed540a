//! Content steering: pathways on which the same streams reach players.

crate::report::rule::rules! {
    PATHWAY_ID = "hls-pathway-id", Must, "R §4.4.6.2",
        "a pathway's name is made of letters, digits, '.', '-' and '_'",
        why "clients refuse the name, or do not find it in the steering manifest"
        mend "name the pathway otherwise";
    FIRST_MISSING = "hls-steering-first-missing", Should, "Apple 9.18",
        "EXT-X-CONTENT-STEERING has PATHWAY-ID",
        why "clients start on any pathway, and switch as soon as they have the steering manifest"
        mend "write the pathway that the steering manifest puts first";
    FIRST = "hls-steering-first", Must, "R §4.4.6.6",
        "PATHWAY-ID of EXT-X-CONTENT-STEERING is that of a variant stream",
        why "clients must start on a pathway that leads nowhere"
        mend "write the pathway that the steering manifest puts first";
    STREAMS = "hls-pathways-differ", Should, "R §7",
        "each pathway has the same variant streams and I-frame streams",
        why "quality changes, or nothing can be played, when players are steered away"
        mend "write each stream once a pathway";
    GROUPS = "hls-pathway-group", Should, "R §7",
        "a group of renditions that have URIs belongs to one pathway",
        why "players that steer sound with the picture refuse the group, or leave its sound behind"
        mend "write the group once a pathway, under a GROUP-ID of its own";
    SERVER = "dash-steering-server", Must, "CTS, DASH annex K",
        "ContentSteering holds the URL of the steering server",
        why "players cannot ask it, and take any BaseURL"
        mend "write the URL as the element's text";
    LOCATION = "dash-steering-location", Must, "CTS, DASH annex K",
        "ContentSteering goes with BaseURLs that have serviceLocation, and defaultServiceLocation names of them",
        why "players find nothing to choose from, or start where nothing is"
        mend "write serviceLocation on each BaseURL, and one of them as default";
}
