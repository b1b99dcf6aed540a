//! HLS and DASH of one presentation, and what belongs to a title.

crate::report::rule::rules! {
    SEGMENTS = "both-segments", Must, "CMAF §6, R §3",
        "HLS and DASH name the same segments",
        why "caches keep two copies, and one of the two is tested by nobody"
        mend "write both manifests from one model";
    TRACKS = "both-tracks", Must, "CMAF §6",
        "HLS and DASH have the same tracks",
        why "what people can choose depends on their player"
        mend "write both manifests from one model";
    DURATION = "both-duration", Must, "CMAF §6",
        "HLS and DASH last the same, within half a second",
        why "one of the two is wrong"
        mend "write both manifests from one model";
    CODECS = "both-codecs", Must, "RFC 6381",
        "HLS and DASH give a track the same codec string",
        why "a device plays one and refuses the other"
        mend "write both manifests from one model";
    LANGUAGES = "both-languages", Must, "BCP 47",
        "HLS and DASH give an audio track the same language",
        why "what people hear depends on their player"
        mend "write both manifests from one model";
    TEXT = "both-text", Must, "CMAF §6",
        "HLS and DASH show the same cues in each language",
        why "what people read depends on their player"
        mend "write both from the same cues";
    MANIFESTS = "title-manifests", Must, "pack's contract",
        "a title's folder has index.m3u8 and manifest.mpd",
        why "half of the players find nothing"
        mend "publish both";
    REVISION = "title-one-revision", Must, "pack's contract",
        "a title's manifests refer to one revision",
        why "a viewer gets the old picture with the new sound"
        mend "publish the title again";
    TITLE_JSON = "title-json", Should, "pack's contract",
        "a title's folder has a title.json that can be read",
        why "nobody can tell what the title was made from, and nothing can be compared with it"
        mend "publish the title again";
    ORPHAN = "title-orphan", Should, "pack's contract",
        "each media file of the revision is named by a manifest",
        why "it costs storage and is played by nobody"
        mend "remove it, or name it";
}
