//! Changes on disk, and what is seen of them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::common::{LARGE, PLAYLIST, R, Running, SEGMENT, eventually, fill, parse, title_json};

#[test]
fn a_replaced_playlist_is_seen_at_once_however_alike() {
    let origin = Running::start();
    let path = origin.library().join("shows/ep-1/index.m3u8");
    let mut tag = origin.get(PLAYLIST, &[]).header("etag").unwrap().to_owned();
    let mut told_young = 0;
    for version in 0..300 {
        let began = Instant::now();
        let text = format!("#EXTM3U\n#{version:05}\n");
        let new = origin.library().join(".pack/new");
        std::fs::write(&new, &text).unwrap();
        std::fs::rename(&new, &path).unwrap();
        let reply = origin.get(PLAYLIST, &[("If-None-Match", &tag)]);
        assert_eq!(reply.status, 200, "version {version}");
        assert_eq!(reply.body, text.as_bytes());
        // It may be told a second after the change at the soonest, which a busy machine may let go by.
        if began.elapsed() < Duration::from_millis(900) {
            assert_eq!(reply.header("last-modified"), None, "too young to be told by a date");
            told_young += 1;
        }
        tag = reply.header("etag").unwrap().to_owned();
        assert_eq!(origin.get(PLAYLIST, &[("If-None-Match", &tag)]).status, 304);
    }
    assert!(told_young > 0);
}

#[test]
fn a_date_is_told_when_it_can_be_trusted_and_means_that_version_alone() {
    let origin = Running::start();
    eventually("the playlist has a date", || origin.get(PLAYLIST, &[]).header("last-modified").is_some());
    let reply = origin.get(PLAYLIST, &[]);
    let date = reply.header("last-modified").unwrap();
    assert_eq!(origin.get(PLAYLIST, &[("If-Modified-Since", date)]).status, 304);
    // Restored from a backup: an older date than the copy's, and yet another version.
    let new = origin.library().join(".pack/new");
    std::fs::write(&new, "#EXTM3U\n").unwrap();
    let old = std::fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
    std::fs::File::options().write(true).open(&new).unwrap().set_times(old).unwrap();
    std::fs::rename(&new, origin.library().join("shows/ep-1/index.m3u8")).unwrap();
    assert_eq!(origin.get(PLAYLIST, &[("If-Modified-Since", date)]).status, 200);
}

#[test]
fn titles_are_listed_as_they_come_and_go_and_what_is_removed_is_gone_from_memory() {
    let origin = Running::start();
    let listed = |name: &str| {
        let body = origin.get("/api/titles", &[]).body;
        String::from_utf8(body).unwrap().contains(&format!("\"title\":\"{name}\""))
    };
    eventually("the title is listed", || listed("shows/ep-1"));
    let folder = origin.library().join("new");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("title.json"), title_json("new")).unwrap();
    eventually("a new title is listed", || listed("new"));
    assert_eq!(origin.get("/api/titles/new", &[]).body, title_json("new").as_bytes());
    assert_eq!(origin.get(SEGMENT, &[]).status, 200);
    assert_eq!(origin.get(SEGMENT, &[]).header("cache-status"), Some("pack; hit"));
    std::fs::remove_dir_all(origin.library().join("shows")).unwrap();
    eventually("the segment is gone", || origin.get(SEGMENT, &[]).status == 404);
    assert_eq!(origin.get(PLAYLIST, &[]).status, 404);
    eventually("the title is not listed", || !listed("shows/ep-1"));
}

#[test]
fn a_library_may_come_later() {
    let origin = Running::over(tempfile::tempdir().unwrap(), |_| {});
    assert_eq!((origin.get("/readyz", &[]).status, origin.get("/healthz", &[]).status), (503, 200));
    // Not there yet is not the same as not there: caches go on with what they have.
    assert_eq!(origin.get(SEGMENT, &[]).status, 503);
    fill(&origin.library());
    eventually("ready", || origin.get("/readyz", &[]).status == 200);
    assert_eq!(origin.get(SEGMENT, &[]).status, 200);
}

#[test]
fn a_file_cut_short_under_a_download_ends_that_download_alone() {
    let origin = Running::with(|settings| settings.cache_bytes = 1 << 20);
    let path = origin.library().join(format!("shows/ep-1/{R}/video/360p/00002.m4s"));
    // More than sockets hold between the two, so that most of it is still to be read.
    std::fs::File::options().write(true).open(&path).unwrap().set_len(40 << 20).unwrap();
    let mut stream = TcpStream::connect(origin.addresses.public).unwrap();
    write!(stream, "GET {LARGE} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut answer = vec![0; 1000];
    stream.read_exact(&mut answer).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
    let _ = stream.read_to_end(&mut answer);
    let reply = parse(&answer).unwrap();
    assert_eq!(reply.header("content-length"), Some("41943040"));
    assert!(reply.body.len() < 40 << 20);
    assert_eq!(origin.get(LARGE, &[]).header("content-length"), Some("1000"));
}

#[test]
fn a_file_unlinked_under_a_download_is_sent_whole() {
    let origin = Running::with(|settings| settings.cache_bytes = 1 << 20);
    let path = origin.library().join(format!("shows/ep-1/{R}/video/360p/00002.m4s"));
    std::fs::File::options().write(true).open(&path).unwrap().set_len(20 << 20).unwrap();
    let mut stream = TcpStream::connect(origin.addresses.public).unwrap();
    write!(stream, "GET {LARGE} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = vec![0; 1000];
    stream.read_exact(&mut answer).unwrap();
    std::fs::write(path.with_file_name("other"), vec![7; 20 << 20]).unwrap();
    std::fs::rename(path.with_file_name("other"), &path).unwrap();
    stream.read_to_end(&mut answer).unwrap();
    let body = parse(&answer).unwrap().body;
    assert_eq!(body.len(), 20 << 20);
    assert!(body[700_000..].iter().all(|byte| *byte == 0));
}
