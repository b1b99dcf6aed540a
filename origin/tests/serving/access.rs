//! Controlled access: what tokens open, what caches are told of it, and that relative URLs inherit them.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use config::origin::Origin;
use origin::Access;

use crate::common::{PLAYLIST, R, Reply, Running, SEGMENT, fill};

/// An origin with a signing key and a secret for JSON Web Tokens, and what signs with both.
fn guarded() -> (Running, Access) {
    let folder = tempfile::tempdir().unwrap();
    fill(&folder.path().join("library"));
    let title = folder.path().join("library/shows/ep-1");
    std::fs::write(
        title.join("index.m3u8"),
        format!("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{R}/video/360p/index.m3u8\n"),
    )
    .unwrap();
    let media = "#EXTM3U\n#EXTINF:6,\n00001.m4s\n#EXTINF:6,\n00002.m4s\n#EXT-X-ENDLIST\n";
    std::fs::write(title.join(R).join("video/360p/index.m3u8"), media).unwrap();
    let key = |name: &str| {
        let file: PathBuf = folder.path().join(name);
        std::fs::write(&file, "0123456789abcdef0123456789abcdef\n").unwrap();
        file
    };
    let mut settings = Origin { signing_keys: vec![key("k1.key")], ..Origin::default() };
    settings.jwt.keys = vec![key("k2.key")];
    settings.jwt.audience = "us".into();
    let access = Access::load(&settings).unwrap().unwrap();
    let origin = Running::over(folder, |of_origin| {
        of_origin.signing_keys = settings.signing_keys;
        of_origin.jwt = settings.jwt;
    });
    (origin, access)
}

fn hour() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 3600
}

fn below(path: &str, token: &str) -> String {
    path.replacen("/vod/", &format!("/vod/~{token}/"), 1)
}

/// The seconds of `max-age`, and all but them.
fn kept(reply: &Reply) -> (u64, String) {
    let control = reply.header("cache-control").unwrap();
    let (before, rest) = control.split_once("max-age=").unwrap_or((control, ""));
    let (age, after) = rest.split_once(',').unwrap_or((rest, ""));
    (age.parse().unwrap_or(0), format!("{before}{}", after.trim()))
}

#[test]
fn only_what_a_token_covers_is_served() {
    let (origin, access) = guarded();
    let signed = access.sign("shows/ep-1", hour()).unwrap();
    let ended = access.sign("shows/ep-1", 1000).unwrap();
    let jwt = access.sign_jwt("shows/ep-1", hour(), None).unwrap();
    for (path, status) in [
        (below(PLAYLIST, &signed), 200),
        (below(SEGMENT, &signed), 200),
        (below(SEGMENT, &signed), 200),
        (format!("{SEGMENT}?token={signed}"), 200),
        (below("/vod/shows/ep-1/R0123456789abcdef/none.m4s", &signed), 404),
        (below("/vod/shows/ep-1/../ep-1/index.m3u8", &signed), 404),
        (below("/vod/shows/ep-1/%2e%2e/%2e%2e/.pack/index.m3u8", &signed), 404),
        (PLAYLIST.to_owned(), 401),
        (SEGMENT.to_owned(), 401),
        (SEGMENT.replacen("/vod/", "/%76od/", 1), 403),
        (below(PLAYLIST, &ended), 403),
        (below("/vod/other/index.m3u8", &signed), 403),
        (below(PLAYLIST, &jwt), 200),
        (below(SEGMENT, &jwt), 200),
        (format!("{PLAYLIST}?CMCD=bs&token={jwt}"), 200),
        (below("/vod/other/index.m3u8", &jwt), 403),
        (below(PLAYLIST, &access.sign_jwt("shows/ep-1", 1000, None).unwrap()), 403),
        (below(PLAYLIST, &access.sign_jwt("shows/ep-2", hour(), None).unwrap()), 403),
        (below(PLAYLIST, &access.sign_jwt("shows/ep-1", hour(), Some("them")).unwrap()), 403),
        (below(PLAYLIST, &jwt[..jwt.len() - 1]), 403),
        ("/healthz".to_owned(), 200),
        ("/".to_owned(), 200),
        ("/watch/shows/ep-1".to_owned(), 200),
        ("/api/titles".to_owned(), 401),
        ("/api/titles/shows/ep-1".to_owned(), 401),
        (format!("/api/titles/shows/ep-1?token={jwt}"), 200),
        (format!("/api/titles/shows/ep-1?token={signed}"), 200),
        (format!("/api/titles/shows/ep-2?token={jwt}"), 403),
        (format!("/api/titles?token={jwt}"), 403),
        (format!("/api/titles?token={}", access.sign_jwt("", hour(), None).unwrap()), 200),
        (format!("/api/titles?token={}", access.sign("", hour()).unwrap()), 200),
        (format!("/api/%74itles?token={signed}"), 403),
    ] {
        let reply = origin.get(&path, &[]);
        assert_eq!(reply.status, status, "{path}");
        let challenge = (status == 401).then_some("Bearer");
        assert_eq!(reply.header("www-authenticate"), challenge, "{path}");
        if matches!(status, 401 | 403) {
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
            assert_eq!(reply.header("cdn-cache-control"), Some("no-store"), "{path}");
            assert!(!String::from_utf8_lossy(&reply.body).contains("ep-1"), "{path}");
        }
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{path}");
    }
}

#[test]
fn what_may_be_kept_depends_on_where_the_token_stood() {
    let (origin, access) = guarded();
    let (jwt, short) = (access.sign_jwt("shows", hour(), None).unwrap(), access.sign("shows", hour() - 3500).unwrap());
    let bearer = format!("Bearer {jwt}");
    let shared = "public, must-revalidate";
    for (path, authorization, at_most, whose) in [
        (below(SEGMENT, &jwt), None, 3600, shared),
        (below(PLAYLIST, &jwt), None, 60, shared),
        (below("/vod/shows/ep-1/none.json", &jwt), None, 10, shared),
        (below(SEGMENT, &short), None, 100, shared),
        (format!("{SEGMENT}?token={jwt}"), None, 3600, "private, must-revalidate"),
        (format!("/api/titles/shows/ep-1?token={jwt}"), None, 60, "private, must-revalidate"),
        (SEGMENT.to_owned(), Some(bearer.as_str()), 3600, "private, must-revalidate"),
        (PLAYLIST.to_owned(), Some(&bearer), 60, "private, must-revalidate"),
    ] {
        let headers: Vec<_> = authorization.map(|value| ("Authorization", value)).into_iter().collect();
        let reply = origin.get(&path, &headers);
        let (age, rest) = kept(&reply);
        assert_eq!(rest, whose, "{path}");
        assert!(age > 0 && age <= at_most, "{path}: {age}");
        let cdn = reply.header("cdn-cache-control").unwrap();
        let same = reply.header("cache-control").unwrap();
        assert_eq!(cdn, if whose == shared { same } else { "no-store" }, "{path}");
        let varies = reply.header("vary").unwrap_or_default().contains("Authorization");
        assert_eq!(varies, authorization.is_some(), "{path}");
    }
}

#[test]
fn a_bad_bearer_is_told_why_and_a_preflight_allows_one() {
    let (origin, access) = guarded();
    let other = access.sign_jwt("shows/ep-2", hour(), None).unwrap();
    for (value, status, challenge) in [
        ("Bearer a.b.c", 401, "Bearer error=\"invalid_token\""),
        (&format!("Bearer {other}"), 403, "Bearer error=\"insufficient_scope\""),
        ("Basic dTpw", 401, "Bearer"),
    ] {
        let reply = origin.get(PLAYLIST, &[("Authorization", value)]);
        assert_eq!((reply.status, reply.header("www-authenticate")), (status, Some(challenge)), "{value}");
    }
    let preflight = origin.ask("OPTIONS", PLAYLIST, &[("Origin", "https://a.example")]);
    assert_eq!(preflight.status, 204);
    assert!(preflight.header("access-control-allow-headers").unwrap().ends_with(", Authorization"));
}

#[test]
fn relative_urls_inherit_the_token_down_to_the_segments() {
    let (origin, access) = guarded();
    for token in [access.sign("shows/ep-1", hour()).unwrap(), access.sign_jwt("shows/ep-1", hour(), None).unwrap()] {
        let mut fetched = Vec::new();
        let mut open = vec![below(PLAYLIST, &token)];
        while let Some(url) = open.pop() {
            let reply = origin.get(&url, &[]);
            assert_eq!(reply.status, 200, "{url}");
            if url.ends_with(".m3u8") {
                let text = String::from_utf8(reply.body).unwrap();
                let folder = url.rsplit_once('/').unwrap().0;
                open.extend(text.lines().filter(|line| !line.starts_with('#')).map(|uri| format!("{folder}/{uri}")));
            }
            fetched.push(url);
        }
        assert_eq!(fetched.len(), 4, "{fetched:?}");
        assert!(fetched.iter().all(|url| url.contains(&token)));
    }
}
