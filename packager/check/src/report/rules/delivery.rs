//! Delivery over HTTP.

crate::report::rule::rules! {
    CONTENT_TYPE = "http-content-type", Should, "Apple 10.4, R §4",
        "playlists, MPDs and media have their content types",
        why "players refuse playlists, and browsers refuse media, of another type"
        mend "send application/vnd.apple.mpegurl, application/dash+xml, video/mp4, audio/mp4, video/mp2t, text/vtt";
    RANGE = "http-range", Must, "RFC 9110 §14.2",
        "a request for a range of bytes is answered with 206 and that range",
        why "players that ask for an I-frame get the whole file"
        mend "support single ranges";
    REDIRECT = "http-redirect", Must, "Apple 8.18",
        "nothing is redirected",
        why "each redirect costs a round trip, and some players resolve URIs against the old address"
        mend "name the last address";
    GZIP = "http-compressed", Must, "Apple 10.1",
        "playlists are compressed where the client takes it",
        why "they are text, loaded before anything plays"
        mend "send Content-Encoding: gzip";
    CORS = "http-cors", Should, "Fetch §3.2",
        "responses allow any origin",
        why "a player on another site's page cannot load them"
        mend "send Access-Control-Allow-Origin: *";
    CACHE = "http-cache", Should, "RFC 9111 §5.2",
        "responses say how long they may be cached",
        why "caches guess, and hold a live playlist too long or a segment not at all"
        mend "send Cache-Control: max-age";
}
