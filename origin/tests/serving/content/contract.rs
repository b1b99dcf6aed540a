//! Headers and statuses as CONTRACT has them, on every kind of path.

use crate::common::{LARGE, PLAYLIST, R, Reply, Running, SEGMENT, noise};

const CURRENT: &str = "public, max-age=60, stale-if-error=86400";
const CURRENT_CDN: &str = "max-age=60, stale-while-revalidate=60, stale-if-error=86400";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const MISSING: &str = "public, max-age=10";

fn assert_always(reply: &Reply, what: &str) {
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{what}");
    assert_eq!(reply.header("timing-allow-origin"), Some("*"), "{what}");
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{what}");
    let exposed = reply.header("access-control-expose-headers").unwrap_or_default();
    for name in ["Content-Length", "Content-Range", "Date", "ETag", "Age", "Cache-Status", "CMSD-Static"] {
        assert!(exposed.contains(name), "{what}: {name}");
    }
    assert!(reply.header("date").is_some(), "{what}");
}

#[test]
fn every_path_and_status_says_how_long_it_may_be_kept() {
    let origin = Running::start();
    let playlist = format!("/vod/shows/ep-1/{R}/video/360p/index.m3u8");
    let poster = format!("/vod/shows/ep-1/{R}/poster.jpg");
    let range = ("Range", "bytes=0-9");
    let beyond = ("Range", "bytes=99999999-");
    for (path, headers, status, control, cdn) in [
        (PLAYLIST, &[][..], 200, CURRENT, CURRENT_CDN),
        (PLAYLIST, &[("If-None-Match", "*")], 304, CURRENT, CURRENT_CDN),
        (PLAYLIST, &[range], 206, CURRENT, CURRENT_CDN),
        (PLAYLIST, &[beyond], 416, "no-store", "no-store"),
        (PLAYLIST, &[("If-Match", "\"x\"")], 412, "no-store", "no-store"),
        ("/vod/shows/ep-1/manifest.mpd", &[], 200, CURRENT, CURRENT_CDN),
        ("/vod/shows/ep-1/title.json", &[], 200, CURRENT, CURRENT_CDN),
        ("/api/titles", &[], 200, CURRENT, CURRENT_CDN),
        ("/api/titles/shows/ep-1", &[], 200, CURRENT, CURRENT_CDN),
        ("/", &[], 200, CURRENT, CURRENT_CDN),
        ("/watch/shows/ep-1", &[], 200, CURRENT, CURRENT_CDN),
        (SEGMENT, &[], 200, IMMUTABLE, IMMUTABLE),
        (SEGMENT, &[("If-None-Match", "*")], 304, IMMUTABLE, IMMUTABLE),
        (SEGMENT, &[range], 206, IMMUTABLE, IMMUTABLE),
        (SEGMENT, &[("Range", "bytes=0-9,500-509")], 206, IMMUTABLE, IMMUTABLE),
        (SEGMENT, &[beyond], 416, "no-store", "no-store"),
        (LARGE, &[], 200, IMMUTABLE, IMMUTABLE),
        (LARGE, &[range], 206, IMMUTABLE, IMMUTABLE),
        (&playlist, &[], 200, IMMUTABLE, IMMUTABLE),
        (&poster, &[], 200, IMMUTABLE, IMMUTABLE),
        ("/vod/shows/ep-1/R0123456789abcdef/video/360p/00009.m4s", &[], 404, MISSING, MISSING),
        ("/vod/none/index.m3u8", &[], 404, MISSING, MISSING),
        ("/api/titles/none", &[], 404, MISSING, MISSING),
        ("/vod/.pack/index.m3u8", &[], 404, MISSING, MISSING),
        ("/vod/../../etc/passwd", &[], 404, MISSING, MISSING),
        ("/metrics", &[], 404, MISSING, MISSING),
        ("/nowhere", &[], 404, MISSING, MISSING),
        ("/healthz", &[], 200, "no-store", "no-store"),
        ("/readyz", &[], 200, "no-store", "no-store"),
    ] {
        for method in ["GET", "HEAD"] {
            // Ranges are for GET alone.
            let status = if method == "HEAD" && headers.iter().any(|h| h.0 == "Range") { 200 } else { status };
            let reply = origin.ask(method, path, headers);
            let what = format!("{method} {path} {headers:?}: {reply:?}");
            assert_eq!(reply.status, status, "{what}");
            assert_always(&reply, &what);
            if method == "GET" {
                assert_eq!(reply.header("cache-control"), Some(control), "{what}");
                assert_eq!(reply.header("cdn-cache-control"), Some(cdn), "{what}");
            } else {
                assert!(reply.body.is_empty(), "{what}");
            }
        }
    }
}

#[test]
fn other_methods_are_refused_and_preflights_allowed_everywhere() {
    let origin = Running::start();
    for path in [PLAYLIST, SEGMENT, "/api/titles", "/nowhere", "/", "/healthz"] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"] {
            let reply = origin.ask(method, path, &[]);
            assert_eq!(reply.status, 405, "{method} {path}");
            assert_eq!(reply.header("allow"), Some("GET, HEAD, OPTIONS"), "{method} {path}");
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{method} {path}");
            assert_always(&reply, path);
        }
        let asking = [("Origin", "https://a.example"), ("Access-Control-Request-Headers", "range")];
        let reply = origin.ask("OPTIONS", path, &asking);
        assert_eq!(reply.status, 204, "{path}");
        assert_eq!(reply.header("access-control-max-age"), Some("86400"));
        assert_eq!(
            reply.header("access-control-allow-headers"),
            Some("Range, If-Range, CMCD-Request, CMCD-Object, CMCD-Status, CMCD-Session")
        );
        assert_always(&reply, path);
    }
}

#[test]
fn content_types() {
    let origin = Running::start();
    let below = format!("/vod/shows/ep-1/{R}");
    for (path, want) in [
        (PLAYLIST.to_owned(), "application/vnd.apple.mpegurl"),
        ("/vod/shows/ep-1/manifest.mpd".to_owned(), "application/dash+xml"),
        ("/vod/shows/ep-1/title.json".to_owned(), "application/json"),
        ("/api/titles".to_owned(), "application/json"),
        (SEGMENT.to_owned(), "video/mp4"),
        (format!("{below}/poster.jpg"), "image/jpeg"),
        (format!("{below}/video/360p/index.m3u8"), "application/vnd.apple.mpegurl"),
    ] {
        assert_eq!(origin.get(&path, &[]).header("content-type"), Some(want), "{path}");
    }
}

#[test]
fn texts_are_compressed_as_the_client_asks_and_vary_and_nothing_else_does() {
    let origin = Running::start();
    let plain = origin.get(PLAYLIST, &[]);
    assert_eq!(plain.header("content-encoding"), None);
    let mut tags = vec![plain.header("etag").unwrap().to_owned()];
    for coding in ["gzip", "br", "zstd"] {
        let reply = origin.get(PLAYLIST, &[("Accept-Encoding", coding)]);
        assert_eq!(reply.header("content-encoding"), Some(coding));
        assert_eq!(reply.header("vary"), Some("Accept-Encoding"));
        assert_eq!(decoded(coding, &reply.body), plain.body, "{coding}");
        let tag = reply.header("etag").unwrap();
        let not_modified = origin.get(PLAYLIST, &[("Accept-Encoding", coding), ("If-None-Match", tag)]);
        assert_eq!((not_modified.status, not_modified.header("vary")), (304, Some("Accept-Encoding")));
        assert_eq!(not_modified.header("etag"), Some(tag));
        let part = origin.get(PLAYLIST, &[("Accept-Encoding", coding), ("Range", "bytes=3-7"), ("If-Range", tag)]);
        assert_eq!(part.status, 206);
        assert_eq!(part.body, reply.body[3..8], "{coding}");
        tags.push(tag.to_owned());
    }
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), 4, "one tag a coding");
    assert_eq!(plain.header("vary"), Some("Accept-Encoding"));
    let segment = origin.get(SEGMENT, &[("Accept-Encoding", "gzip, br")]);
    assert_eq!((segment.header("vary"), segment.header("content-encoding")), (None, None));
    assert_eq!(origin.get("/nowhere", &[("Accept-Encoding", "gzip")]).header("vary"), None);
}

fn decoded(coding: &str, body: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut content = Vec::new();
    match coding {
        "gzip" => flate2::read::GzDecoder::new(body).read_to_end(&mut content).unwrap(),
        "br" => brotli::Decompressor::new(body, 4096).read_to_end(&mut content).unwrap(),
        _ => zstd::stream::copy_decode(body, &mut content).map(|()| 0).unwrap(),
    };
    content
}

#[test]
fn several_ranges_of_memory_and_of_a_file() {
    let origin = Running::start();
    for (path, content) in [(SEGMENT, noise(100_000)), (LARGE, noise(700_000))] {
        let reply = origin.get(path, &[("Range", "bytes=0-9,50000-50001,-3")]);
        assert_eq!(reply.status, 206);
        let kind = reply.header("content-type").unwrap();
        let boundary = kind.strip_prefix("multipart/byteranges; boundary=").unwrap();
        let mut want = Vec::new();
        let len = content.len();
        for (start, end) in [(0, 10), (50_000, 50_002), (len - 3, len)] {
            let head = format!(
                "--{boundary}\r\nContent-Type: video/mp4\r\nContent-Range: bytes {start}-{}/{len}\r\n\r\n",
                end - 1
            );
            want.extend_from_slice(head.as_bytes());
            want.extend_from_slice(&content[start..end]);
            want.extend_from_slice(b"\r\n");
        }
        want.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        assert!(reply.body == want, "{path}");
        assert_eq!(reply.header("content-length"), Some(want.len().to_string().as_str()));
    }
}

#[test]
fn origins_by_setting() {
    let origin = Running::with(|settings| settings.cors_origins = vec!["https://a.example".into()]);
    let allowed = origin.get(SEGMENT, &[("Origin", "https://a.example")]);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(allowed.header("vary"), Some("Origin"));
    let other = origin.get(SEGMENT, &[("Origin", "https://b.example")]);
    assert_eq!((other.header("access-control-allow-origin"), other.header("vary")), (None, Some("Origin")));
}
