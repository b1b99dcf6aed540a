//! The access log, ids of requests, and where the time went.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;

use config::origin::{LogFormat, Origin};
use serde_json::{Value, json};

use crate::common::{PLAYLIST, Running, SEGMENT, ask, eventually, fill, raw};

fn lines(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// An origin that logs to `log` beside its library, and the settings that it was started with.
fn logging(change: impl FnOnce(&mut Origin)) -> (Running, Origin) {
    let folder = tempfile::tempdir().unwrap();
    fill(&folder.path().join("library"));
    let mut used = Origin::default();
    let to = folder.path().join("log").display().to_string();
    let origin = Running::over(folder, |settings| {
        settings.access_log.to = to;
        change(settings);
        used = settings.clone();
    });
    (origin, used)
}

#[test]
fn every_answer_has_its_line() {
    let (origin, _) = logging(|settings| settings.request_ids = true);
    let log = origin.folder.path().join("log");
    origin.get(PLAYLIST, &[("User-Agent", "player/1"), ("X-Request-Id", "abc")]);
    origin.get(PLAYLIST, &[("Range", "bytes=0-9"), ("Referer", "https://a.example/?token=secret")]);
    origin.ask("HEAD", SEGMENT, &[]);
    origin.get(&format!("{SEGMENT}?CMCD=bs&token=secret"), &[]);
    origin.get("/vod/~se.cr.et/none/index.m3u8", &[]);
    origin.ask("POST", "/api/titles", &[]);
    eventually("all lines are written", || lines(&log).len() == 6);
    let read: Vec<Value> = lines(&log).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let long = 100_000;
    for (line, want) in read.iter().zip([
        json!({"method": "GET", "target": PLAYLIST, "status": 200, "bytes": 800, "kind": "manifest", "cache": "miss",
            "agent": "player/1", "id": "abc", "client": "127.0.0.1", "host": "localhost", "protocol": "HTTP/1.1"}),
        json!({"status": 206, "bytes": 10, "referer": "https://a.example/?token=", "agent": null}),
        json!({"method": "HEAD", "target": SEGMENT, "status": 200, "bytes": 0, "kind": "video"}),
        json!({"target": format!("{SEGMENT}?CMCD=bs&token="), "bytes": long, "cache": "hit"}),
        json!({"target": "/vod/~/none/index.m3u8", "status": 404, "kind": "other", "cache": null}),
        json!({"method": "POST", "status": 405, "kind": "other"}),
    ]) {
        for (name, value) in want.as_object().unwrap() {
            assert_eq!(&line[name], value, "{name} of {line}");
        }
        let (first, all) = (line["first_byte"].as_f64().unwrap(), line["duration"].as_f64().unwrap());
        assert!(first > 0.0 && all >= first, "{line}");
    }
    assert!(!lines(&log).concat().contains("secret") && !lines(&log).concat().contains("se.cr.et"));
}

#[test]
fn an_answer_to_what_is_no_request_has_its_line_and_is_counted() {
    let (origin, _) = logging(|_| {});
    let log = origin.folder.path().join("log");
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "a".repeat(100_000));
    for (sent, status) in [("GET\r\n\r\n", 400), ("GET / HTTP/1.1\r\nno field\r\n\r\n", 400), (&long, 431)] {
        assert_eq!(raw(origin.addresses.public, sent.as_bytes()).unwrap().status, status, "{sent:.20}");
    }
    // A client that leaves in the middle has got no answer.
    TcpStream::connect(origin.addresses.public).unwrap().write_all(b"GET / HTTP/1.1\r\nHos").unwrap();
    eventually("all lines are written", || lines(&log).len() == 3);
    for (line, status) in lines(&log).iter().zip([400, 400, 431]) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["method"], &line["target"], &line["status"]), (&json!("-"), &json!("-"), &json!(status)));
        assert_eq!(line["client"], "127.0.0.1");
    }
    let counted = r#"pack_http_requests_total{kind="other",status="400"} 2"#;
    eventually(counted, || origin.metrics().contains(counted));
}

#[test]
fn a_moved_log_is_opened_anew_when_the_settings_are_read_again_and_may_change_its_format() {
    let (origin, mut settings) = logging(|_| {});
    let (log, moved) = (origin.folder.path().join("log"), origin.folder.path().join("log.1"));
    origin.get(PLAYLIST, &[]);
    eventually("its line is written", || lines(&log).len() == 1);
    std::fs::rename(&log, &moved).unwrap();
    origin.control.reload(settings.clone());
    eventually("a line is in the new file", || {
        origin.get(PLAYLIST, &[]);
        !lines(&log).is_empty()
    });
    assert!(!lines(&moved).is_empty() && lines(&log).iter().all(|line| line.starts_with('{')));
    settings.access_log.format = LogFormat::Combined;
    origin.control.reload(settings);
    eventually("a line has the new format", || {
        origin.get(PLAYLIST, &[]);
        lines(&log).last().is_some_and(|line| line.starts_with("127.0.0.1 - - ["))
    });
}

#[test]
fn the_last_lines_are_written_before_the_end() {
    let (origin, _) = logging(|settings| settings.access_log.sample = 2);
    let log = origin.folder.path().join("log");
    let kept = tempfile::tempdir().unwrap();
    let link = kept.path().join("log");
    (0..40).for_each(|_| drop(origin.get(PLAYLIST, &[])));
    std::fs::hard_link(&log, &link).unwrap();
    origin.control.stop();
    origin.join().unwrap();
    assert_eq!(lines(&link).len(), 20, "every second answer has a line");
}

#[test]
fn ids_are_taken_over_or_made_where_they_are_wanted() {
    let (with, without) = (Running::with(|settings| settings.request_ids = true), Running::start());
    for path in [PLAYLIST, SEGMENT, "/", "/nothing", "/healthz"] {
        let id = |origin: &Running, headers: &[(&str, &str)]| {
            origin.get(path, headers).header("x-request-id").map(str::to_owned)
        };
        assert_eq!(id(&with, &[("X-Request-Id", "here-1")]).as_deref(), Some("here-1"), "{path}");
        let (first, second) = (id(&with, &[]).unwrap(), id(&with, &[("X-Request-Id", "a b")]).unwrap());
        assert!(first.len() == 32 && second.len() == 32 && first != second, "{first} {second}");
        assert_eq!(id(&without, &[("X-Request-Id", "here-1")]), None, "{path}");
    }
    let exposed = with.get(PLAYLIST, &[]).header("access-control-expose-headers").unwrap().to_owned();
    assert!(exposed.ends_with(", X-Request-Id"), "{exposed}");
}

#[test]
fn a_client_that_is_turned_away_is_told_the_time() {
    let origin = Running::with(|settings| settings.limits.connections = 1);
    let _held = TcpStream::connect(origin.addresses.public).unwrap();
    // Who connects first need not be accepted first: each thread has a queue of its own.
    let metrics = || String::from_utf8(ask(origin.addresses.admin, "GET", "/metrics", &[]).body).unwrap();
    eventually("the one place is taken", || metrics().contains("pack_http_connections 1\n"));
    let reply = raw(origin.addresses.public, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(reply.status, 503);
    assert!(reply.header("date").is_some(), "{:?}", reply.headers);
}

#[test]
fn the_time_that_a_file_took_is_told() {
    let origin = Running::start();
    let miss = origin.get(SEGMENT, &[]);
    let timing = miss.header("server-timing").unwrap();
    let took = timing.strip_prefix("cache;desc=miss;dur=").unwrap_or_else(|| panic!("{timing}"));
    assert!(took.parse::<f64>().is_ok_and(|milliseconds| milliseconds >= 0.0), "{timing}");
    assert_eq!(origin.get(SEGMENT, &[]).header("server-timing"), Some("cache;desc=hit"));
    assert_eq!(origin.get("/nothing", &[]).header("server-timing"), None);
}
