//! Restricted titles: no request tells a stranger that there is one, and a token opens all of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use config::access::{Change, Visibility, change};
use config::origin::Origin;
use config::tree::TitleName;
use origin::access::Signer;

use crate::common::{PLAYLIST, R, Reply, Running, SEGMENT, eventually, fill, title_json};

const TITLE: &str = "shows/ep-1";
/// A title that does not exist.
const NOTHING: &str = "shows/ep-9";

/// An origin with two restricted titles, one unlisted and one public, and what signs for it.
struct Scene {
    origin: Running,
    signer: Signer,
}

impl Scene {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Origin)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("library");
        fill(&library);
        linked(&library.join(TITLE));
        for title in ["other", "unlisted", "public"] {
            copy(&library.join(TITLE), &library.join(title));
            std::fs::write(library.join(title).join("title.json"), title_json(title)).unwrap();
        }
        let secret = folder.path().join("k2.key");
        std::fs::write(&secret, "0123456789abcdef0123456789abcdef\n").unwrap();
        let mut settings = Origin::default();
        settings.jwt.keys = vec![secret];
        settings.jwt.audience = "us".into();
        let signer = Signer::open(&settings, &library).unwrap();
        let restricted = [(TITLE, Visibility::Restricted), ("other", Visibility::Restricted)];
        for (title, visibility) in restricted.into_iter().chain([("unlisted", Visibility::Unlisted)]) {
            decide(&library, title, Some(visibility), false);
        }
        let origin = Running::over(folder, |of_origin| {
            of_origin.jwt = settings.jwt;
            change(of_origin);
        });
        eventually("the titles are found", || !listed(&origin).is_empty());
        Self { origin, signer }
    }

    fn sign(&self, title: &str, epoch: u64, expires: u64) -> String {
        self.signer.sign(&name(title), epoch, expires).unwrap()
    }

    fn jwt(&self, title: &str, epoch: u64, expires: u64, audience: Option<&str>) -> String {
        self.signer.sign_jwt(&name(title), epoch, expires, audience).unwrap()
    }

    /// Every way in which a request shows that it may not see [`TITLE`].
    fn bad_tokens(&self) -> Vec<String> {
        let good = self.sign(TITLE, 0, hour());
        let (head, mac) = good.rsplit_once('.').unwrap();
        vec![
            self.sign("other", 0, hour()),
            self.sign("shows/ep-10", 0, hour()),
            self.sign("shows", 0, hour()),
            self.sign(TITLE, 0, 1000),
            self.sign(TITLE, 1, hour()),
            self.jwt("other", 0, hour(), None),
            self.jwt(TITLE, 0, 1000, None),
            self.jwt(TITLE, 1, hour(), None),
            self.jwt(TITLE, 0, hour(), Some("them")),
            String::new(),
            "x".into(),
            "a.b.c".into(),
            head.into(),
            format!("{head}.{}", mac.chars().rev().collect::<String>()),
            good.replacen("key.", "k2.", 1),
            good.to_uppercase(),
        ]
    }
}

fn name(title: &str) -> TitleName {
    TitleName::parse(title).unwrap()
}

fn decide(library: &Path, title: &str, visibility: Option<Visibility>, revoke: bool) {
    change(library, &name(title), Visibility::Public, Change { visibility, revoke }, 0).unwrap();
}

/// Playlists and an MPD that lead to all files.
fn linked(title: &Path) {
    let multivariant = format!("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{R}/video/360p/index.m3u8\n");
    std::fs::write(title.join("index.m3u8"), multivariant).unwrap();
    let media = "#EXTM3U\n#EXTINF:6,\n00001.m4s\n#EXTINF:6,\n00002.m4s\n#EXT-X-ENDLIST\n";
    std::fs::write(title.join(R).join("video/360p/index.m3u8"), media).unwrap();
    let segments = ["1", "2"].map(|n| format!("<SegmentURL media=\"{R}/video/360p/0000{n}.m4s\"/>")).concat();
    std::fs::write(title.join("manifest.mpd"), format!("<MPD>{segments}</MPD>")).unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Every path of [`TITLE`] that is served, and some that would be.
fn paths(library: &Path) -> Vec<String> {
    let mut found = Vec::new();
    files(&library.join(TITLE), &mut found);
    let below = found.iter().map(|file| file.strip_prefix(library).unwrap().to_str().unwrap());
    let mut paths: Vec<String> = below.map(|below| format!("/vod/{below}")).collect();
    paths.extend(["/watch/", "/api/titles/"].map(|place| format!("{place}{TITLE}")));
    paths.extend(["none.m4s", "", "..", "title.json/", "index%2em3u8"].map(|rest| format!("/vod/{TITLE}/{rest}")));
    paths.push(format!("/vod/{TITLE}/{R}/video/360p/%30%30001.m4s"));
    paths
}

fn hour() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 3600
}

fn below(path: &str, token: &str) -> String {
    path.replacen("/vod/", &format!("/vod/~{token}/"), 1)
}

fn listed(origin: &Running) -> BTreeSet<String> {
    let listing: serde_json::Value = serde_json::from_slice(&origin.get("/api/titles", &[]).body).unwrap();
    let titles = listing["titles"].as_array().unwrap();
    titles.iter().map(|title| title["title"].as_str().unwrap().to_owned()).collect()
}

/// The three ways in which a request carries `token`.
fn carried(path: &str, token: &str) -> [(String, Option<String>); 3] {
    [
        (below(path, token), None),
        (format!("{path}?token={token}"), None),
        (path.into(), Some(format!("Bearer {token}"))),
    ]
}

fn send(origin: &Running, method: &str, path: &str, authorization: Option<&str>) -> Reply {
    let headers: Vec<_> = authorization.map(|value| ("Authorization", value)).into_iter().collect();
    origin.ask(method, path, &headers)
}

/// All of an answer but what differs by the time.
fn told(reply: &Reply) -> (u16, Vec<(String, String)>, &[u8]) {
    let mut headers: Vec<_> = reply.headers.clone().into_iter().filter(|(name, _)| name != "date").collect();
    headers.sort();
    (reply.status, headers, &reply.body)
}

#[test]
fn a_crawl_without_a_good_token_finds_nothing() {
    let scene = Scene::new();
    let (paths, tokens) = (paths(&scene.origin.library()), scene.bad_tokens());
    for path in &paths {
        // A path of the same kind of a title that does not exist: the two must be answered alike.
        let absent = path.replace(TITLE, NOTHING);
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
            let nothing = scene.origin.ask(method, &absent, &[]);
            let status = if method == "OPTIONS" { 204 } else { 404 };
            assert_eq!(nothing.status, status, "{method} {absent}");
            let bare = scene.origin.ask(method, path, &[]);
            assert_eq!(told(&bare), told(&nothing), "{method} {path}");
            for token in &tokens {
                for (path, authorization) in carried(path, token) {
                    let reply = send(&scene.origin, method, &path, authorization.as_deref());
                    assert_eq!(told(&reply), told(&bare), "{method} {path} {authorization:?}");
                }
            }
        }
        let ranged = scene.origin.get(path, &[("Range", "bytes=0-0"), ("If-None-Match", "*"), ("If-Match", "\"x\"")]);
        assert_eq!(ranged.status, 404, "{path}");
    }
    assert_eq!(listed(&scene.origin), BTreeSet::from(["public".to_owned()]));
}

/// A title that can't be looked up gets another answer than one that is not there, so restricted ones are looked up
/// too.
#[test]
fn an_origin_that_can_not_read_tells_no_more() {
    let away = Scene::new();
    let paths = paths(&away.origin.library());
    std::fs::rename(away.origin.library(), away.origin.folder.path().join("away")).unwrap();
    eventually("the library is away", || away.origin.get("/readyz", &[]).status == 503);
    let overloaded = Scene::with(|of_origin| of_origin.limits.waiting = 0);
    for (Scene { origin, .. }, why) in [(away, "the library can't be read\n"), (overloaded, "overloaded\n")] {
        for path in &paths {
            for method in ["GET", "HEAD", "POST"] {
                let (nothing, bare) =
                    (origin.ask(method, &path.replace(TITLE, NOTHING), &[]), origin.ask(method, path, &[]));
                assert_eq!(told(&bare), told(&nothing), "{method} {path}");
            }
        }
        assert_eq!(origin.get(SEGMENT, &[]).body, why.as_bytes());
    }
}

#[test]
fn a_good_token_opens_all_of_its_title() {
    let scene = Scene::new();
    let there = paths(&scene.origin.library()).into_iter().take_while(|path| !path.ends_with("none.m4s"));
    for path in there.chain([format!("/vod/{TITLE}/index%2em3u8")]) {
        for token in [scene.sign(TITLE, 0, hour()), scene.jwt(TITLE, 0, hour(), None)] {
            // Only media have a place before their path.
            let skipped = usize::from(!path.starts_with("/vod/"));
            for (asked, authorization) in carried(&path, &token).into_iter().skip(skipped) {
                for (method, status) in [("GET", 200), ("HEAD", 200), ("POST", 405), ("OPTIONS", 204)] {
                    let reply = send(&scene.origin, method, &asked, authorization.as_deref());
                    assert_eq!(reply.status, status, "{method} {asked} {authorization:?}");
                }
            }
        }
    }
    let none = below(&format!("/vod/{TITLE}/{R}/none.m4s"), &scene.sign(TITLE, 0, hour()));
    assert_eq!(scene.origin.get(&none, &[]).status, 404);
}

#[test]
fn a_token_is_read_as_the_rest_of_its_url_is() {
    let scene = Scene::new();
    let token = scene.sign(TITLE, 0, hour());
    // RFC 3986 §6.2.2.2: an unreserved character that is encoded is that character.
    let encoded: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for (path, status) in [
        (below(SEGMENT, &token).replace('~', "%7E"), 200),
        (below(SEGMENT, &encoded).replace("/vod/~", "/%76od/%7e"), 200),
        (format!("{SEGMENT}?x=%20&%74oken={token}"), 200),
        (format!("{SEGMENT}?token={encoded}"), 200),
        // Nothing is decoded twice.
        (below(SEGMENT, &token).replace('~', "%257E"), 404),
        (below(SEGMENT, &token).replace('~', "%%37E"), 404),
        (below(SEGMENT, &token).replace("shows", "%%373hows"), 404),
        (format!("{SEGMENT}?%2574oken={token}"), 404),
    ] {
        assert_eq!(scene.origin.get(&path, &[]).status, status, "{path}");
    }
    // Shields that check tokens know them by `/vod/~`: what has none must not stay with them.
    let hidden = scene.origin.get(&below(SEGMENT, &token).replace('~', "%7E"), &[]);
    assert_eq!(hidden.header("cdn-cache-control"), Some("no-store"));
    assert!(hidden.header("cache-control").unwrap().starts_with("private, "));
}

#[test]
fn the_log_has_no_token_wherever_it_was_put() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let scene = Scene::with(|of_origin| of_origin.access_log.to = log.display().to_string());
    let lines = || std::fs::read_to_string(&log).unwrap_or_default();
    for token in [scene.sign(TITLE, 0, hour()), scene.jwt(TITLE, 0, hour(), None)] {
        let mistyped = [
            format!("{PLAYLIST}?Token={token}"),
            format!("{PLAYLIST};token={token}"),
            format!("{PLAYLIST}?a=b?token={token}"),
            format!("/watch/~{token}/{TITLE}"),
            below(PLAYLIST, &format!("x/~{token}")),
        ];
        for path in &mistyped {
            scene.origin.get(path, &[("Referer", path), ("User-Agent", &token)]);
        }
        // The last line is written after all others.
        scene.origin.get(&format!("/last/{}", token.len()), &[]);
        eventually("all lines are written", || lines().contains(&format!("/last/{}", token.len())));
        let signature = token.rsplit_once('.').unwrap().1;
        assert!(!lines().contains(signature), "{}", lines());
    }
}

#[test]
fn relative_urls_inherit_the_token_down_to_the_segments() {
    let scene = Scene::new();
    for token in [scene.sign(TITLE, 0, hour()), scene.jwt(TITLE, 0, hour(), None)] {
        let mut fetched = BTreeSet::new();
        let mut open = vec![below(PLAYLIST, &token), below(&format!("/vod/{TITLE}/manifest.mpd"), &token)];
        while let Some(url) = open.pop() {
            let reply = scene.origin.get(&url, &[]);
            assert_eq!(reply.status, 200, "{url}");
            let folder = url.rsplit_once('/').unwrap().0;
            let text = String::from_utf8_lossy(&reply.body);
            if url.ends_with(".m3u8") {
                open.extend(text.lines().filter(|line| !line.starts_with('#')).map(|uri| format!("{folder}/{uri}")));
            } else if url.ends_with(".mpd") {
                open.extend(text.split('"').filter(|uri| uri.contains(R)).map(|uri| format!("{folder}/{uri}")));
            }
            fetched.insert(url);
        }
        assert_eq!(fetched.len(), 5, "{fetched:?}");
        assert!(fetched.iter().all(|url| url.contains(&token)));
    }
}

#[test]
fn a_change_is_seen_within_a_second() {
    let scene = Scene::new();
    let (library, token) = (scene.origin.library(), scene.sign(TITLE, 0, hour()));
    let signed = below(SEGMENT, &token);
    // In memory, so that no cache of the origin's own may hand it on.
    for _ in 0..3 {
        assert_eq!(scene.origin.get(&signed, &[]).status, 200);
    }
    let within_a_second = |what: &str, path: &str, status: u16| {
        let began = Instant::now();
        while scene.origin.get(path, &[]).status != status {
            assert!(began.elapsed() < Duration::from_secs(1), "{what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    decide(&library, TITLE, None, true);
    within_a_second("a revoked token is dead", &signed, 404);
    assert_eq!(scene.origin.get(&below(SEGMENT, &scene.sign(TITLE, 1, hour())), &[]).status, 200);
    decide(&library, TITLE, Some(Visibility::Public), false);
    within_a_second("it is open", SEGMENT, 200);
    eventually("it is listed", || listed(&scene.origin).contains(TITLE));
    assert_eq!(scene.origin.get(&signed, &[]).status, 200, "a token that is not needed is not looked at");
    decide(&library, TITLE, Some(Visibility::Restricted), false);
    within_a_second("it is closed", SEGMENT, 404);
    eventually("it is not listed", || !listed(&scene.origin).contains(TITLE));
}

#[test]
fn records_that_come_later_and_can_not_be_read_open_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fill(&disk);
    // Nobody can read a folder that is a file, root included.
    std::fs::write(disk.join(".pack/access"), "").unwrap();
    let origin = Running::over(folder, |_| {});
    std::fs::rename(&disk, origin.library()).unwrap();
    eventually("the library is there", || origin.get("/readyz", &[]).status == 200);
    let found = "pack_origin_titles{state=\"served\"} 1\n";
    eventually("the title is found", || origin.metrics().contains(found));
    for path in [SEGMENT, PLAYLIST, "/watch/shows/ep-1", "/api/titles/shows/ep-1"] {
        assert_eq!(origin.get(path, &[]).status, 404, "{path}");
    }
    assert!(listed(&origin).is_empty());
    std::fs::remove_file(origin.library().join(".pack/access")).unwrap();
    eventually("it is open: there are no records", || origin.get(SEGMENT, &[]).status == 200);
    eventually("it is listed", || !listed(&origin).is_empty());
}

#[test]
fn a_disk_that_comes_over_an_empty_folder_lists_nothing_before_its_records_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fill(&disk);
    decide(&disk, TITLE, Some(Visibility::Restricted), false);
    std::fs::create_dir(folder.path().join("library")).unwrap();
    let origin = Running::over(folder, |_| {});
    std::fs::rename(&disk, origin.library()).unwrap();
    let found = "pack_origin_titles{state=\"served\"} 1\n";
    eventually("the title is found", || origin.metrics().contains(found));
    assert!(listed(&origin).is_empty());
    assert_eq!(origin.get(SEGMENT, &[]).status, 404);
}

#[test]
fn an_unlisted_title_is_in_no_list_and_open_to_whoever_has_its_address() {
    let scene = Scene::new();
    for path in ["/vod/unlisted/index.m3u8", "/api/titles/unlisted", "/watch/unlisted", "/vod/~x/unlisted/index.m3u8"] {
        assert_eq!(scene.origin.get(path, &[]).status, 200, "{path}");
    }
    let page = scene.origin.get("/", &[]).body;
    assert!(!String::from_utf8_lossy(&page).contains("unlisted"));
    assert!(!listed(&scene.origin).contains("unlisted"));
}

#[test]
fn titles_that_nobody_decided_on_stand_as_the_setting_says() {
    for (visibility, status, names) in
        [(Visibility::Public, 200, 1), (Visibility::Unlisted, 200, 0), (Visibility::Restricted, 404, 0)]
    {
        let origin = Running::with(|of_origin| of_origin.visibility = visibility);
        let found = "pack_origin_titles{state=\"served\"} 1\n";
        eventually("the titles are found", || listed(&origin).len() == names && origin.metrics().contains(found));
        assert_eq!(origin.get(SEGMENT, &[]).status, status, "{visibility}");
    }
}

#[test]
fn a_shared_cache_gives_a_strangers_404_to_nobody_with_a_token() {
    let scene = Scene::new();
    let (signed, bearer) = (scene.sign("other", 0, hour()), format!("Bearer {}", scene.jwt(TITLE, 0, hour(), None)));
    let mut asked = paths(&scene.origin.library());
    asked.extend([below(SEGMENT, "x"), below(SEGMENT, &signed), format!("{SEGMENT}?token={signed}")]);
    for path in asked {
        for path in [path.replace(TITLE, NOTHING), path.replace(TITLE, "public/none"), path] {
            let reply = scene.origin.get(&path, &[]);
            assert_eq!((reply.status, reply.header("vary")), (404, Some("Authorization")), "{path}");
        }
    }
    let none = format!("/vod/{TITLE}/{R}/none.m4s");
    let reply = send(&scene.origin, "GET", &none, Some(&bearer));
    assert_eq!((reply.status, reply.header("vary")), (404, Some("Authorization")));
    assert_eq!(scene.origin.get("/nowhere", &[]).header("vary"), None);
    // Nor does the field tell that there is a restricted title.
    assert_eq!(Running::start().get("/vod/none/index.m3u8", &[]).header("vary"), Some("Authorization"));
}

/// The seconds of `max-age`, and all but them.
fn kept(reply: &Reply) -> (u64, String) {
    let control = reply.header("cache-control").unwrap();
    let (before, rest) = control.split_once("max-age=").unwrap_or((control, ""));
    let (age, after) = rest.split_once(',').unwrap_or((rest, ""));
    (age.parse().unwrap_or(0), format!("{before}{}", after.trim()))
}

#[test]
fn what_may_be_kept_depends_on_where_the_token_stood() {
    let scene = Scene::new();
    let (jwt, short) = (scene.jwt(TITLE, 0, hour(), None), scene.sign(TITLE, 0, hour() - 3500));
    let bearer = format!("Bearer {jwt}");
    let shared = "public, must-revalidate";
    for (path, authorization, at_most, whose) in [
        (below(SEGMENT, &jwt), None, 3600, shared),
        (below(PLAYLIST, &jwt), None, 60, shared),
        (below("/vod/shows/ep-1/R0123456789abcdef/none.m4s", &jwt), None, 10, shared),
        (below(SEGMENT, &short), None, 100, shared),
        (format!("{SEGMENT}?token={jwt}"), None, 3600, "private, must-revalidate"),
        (format!("/api/titles/{TITLE}?token={jwt}"), None, 60, "private, must-revalidate"),
        (SEGMENT.to_owned(), Some(bearer.as_str()), 3600, "private, must-revalidate"),
        (PLAYLIST.to_owned(), Some(&bearer), 60, "private, must-revalidate"),
    ] {
        let reply = send(&scene.origin, "GET", &path, authorization);
        let (age, rest) = kept(&reply);
        assert_eq!(rest, whose, "{path}");
        assert!(age > 0 && age <= at_most, "{path}: {age}");
        let cdn = reply.header("cdn-cache-control").unwrap();
        let same = reply.header("cache-control").unwrap();
        assert_eq!(cdn, if whose == shared { same } else { "no-store" }, "{path}");
        let varies = reply.header("vary").unwrap_or_default().contains("Authorization");
        assert_eq!(varies, authorization.is_some() || reply.status == 404, "{path}");
    }
    let open = scene.origin.get("/vod/~x/public/index.m3u8", &[]);
    assert_eq!(open.header("cache-control"), scene.origin.get("/vod/public/index.m3u8", &[]).header("cache-control"));
    let preflight = scene.origin.ask("OPTIONS", PLAYLIST, &[("Origin", "https://a.example")]);
    assert!(preflight.header("access-control-allow-headers").unwrap().ends_with(", Authorization"));
}
