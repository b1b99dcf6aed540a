//! Signed URLs, where they are asked for.

use origin::access::Keys;

use crate::common::{PLAYLIST, Running, SEGMENT, fill};

#[test]
fn only_what_is_signed_is_served_and_relative_urls_inherit_it() {
    let folder = tempfile::tempdir().unwrap();
    fill(&folder.path().join("library"));
    let key = folder.path().join("k1.key");
    std::fs::write(&key, "0123456789abcdef0123456789abcdef\n").unwrap();
    let keys = Keys::load(std::slice::from_ref(&key)).unwrap().unwrap();
    let origin = Running::over(folder, |settings| settings.signing_keys = vec![key]);
    let token = keys.sign("shows/ep-1", u64::MAX).unwrap();
    let ended = keys.sign("shows/ep-1", 1000).unwrap();
    let below = |path: &str, token: &str| path.replacen("/vod/", &format!("/vod/~{token}/"), 1);
    for (path, status) in [
        (below(PLAYLIST, &token), 200),
        (below(SEGMENT, &token), 200),
        (below(SEGMENT, &token), 200),
        (format!("{SEGMENT}?token={token}"), 200),
        (below("/vod/shows/ep-1/R0123456789abcdef/none.m4s", &token), 404),
        (below("/vod/shows/ep-1/../ep-1/index.m3u8", &token), 404),
        (PLAYLIST.to_owned(), 403),
        (SEGMENT.to_owned(), 403),
        (SEGMENT.replacen("/vod/", "/%76od/", 1), 403),
        (below(PLAYLIST, &ended), 403),
        (below("/vod/other/index.m3u8", &token), 403),
        ("/healthz".to_owned(), 200),
    ] {
        let reply = origin.get(&path, &[]);
        assert_eq!(reply.status, status, "{path}");
        if path.starts_with("/vod/") {
            let control = reply.header("cache-control").unwrap();
            assert_eq!(control, if status == 403 { "no-store" } else { "private, max-age=60" }, "{path}");
            assert_eq!(reply.header("cdn-cache-control"), Some("no-store"), "{path}");
        }
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{path}");
    }
}
