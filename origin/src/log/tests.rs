//! Lines, and where they go.

use std::time::UNIX_EPOCH;

use http::{HeaderValue, Method, Version};

use super::*;

fn record() -> Record {
    Record {
        began: UNIX_EPOCH + Duration::from_millis(784_111_777_042),
        client: Some([192, 0, 2, 1].into()),
        method: Method::GET,
        target: "/vod/a/index.m3u8?a=b".into(),
        version: Version::HTTP_11,
        referer: None,
        agent: Some(HeaderValue::from_static("player/1 (x)")),
        host: Some(HeaderValue::from_static("localhost")),
        id: None,
        status: 206,
        kind: "manifest",
        hit: Some(true),
        first_byte: Duration::from_micros(250),
        duration: Duration::from_millis(1500),
        bytes: 1234,
    }
}

#[test]
fn combined_lines() {
    let plain = record();
    let odd = Record {
        client: None,
        version: Version::HTTP_2,
        referer: Some("https://a.example/\"\n\\".into()),
        agent: Some(HeaderValue::from_bytes(b"\xe4\t").unwrap()),
        ..record()
    };
    let none =
        Record { agent: None, version: Version::HTTP_10, method: Method::HEAD, status: 404, bytes: 0, ..record() };
    for (record, line) in [
        (
            plain,
            "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /vod/a/index.m3u8?a=b HTTP/1.1\" 206 1234 \"-\" \"player/1 (x)\"\n",
        ),
        (
            odd,
            "- - - [06/Nov/1994:08:49:37 +0000] \"GET /vod/a/index.m3u8?a=b HTTP/2.0\" 206 1234 \
             \"https://a.example/\\x22\\x0A\\x5C\" \"\\xE4\\x09\"\n",
        ),
        (
            none,
            "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"HEAD /vod/a/index.m3u8?a=b HTTP/1.0\" 404 0 \"-\" \"-\"\n",
        ),
    ] {
        assert_eq!(record.combined(), line);
    }
}

#[test]
fn a_json_line_is_one_object() {
    let id = Some(HeaderValue::from_static("abc"));
    for (record, changed) in [
        (record(), serde_json::json!({})),
        (
            Record { id, hit: None, client: None, ..record() },
            serde_json::json!({"id": "abc", "cache": null, "client": null}),
        ),
        (Record { target: "/\"\n".into(), ..record() }, serde_json::json!({"target": "/\"\n"})),
    ] {
        let line = record.json();
        assert_eq!(line.matches('\n').count(), 1);
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        let mut want = serde_json::json!({
            "time": "1994-11-06T08:49:37.042Z", "client": "192.0.2.1", "method": "GET", "host": "localhost",
            "target": "/vod/a/index.m3u8?a=b", "protocol": "HTTP/1.1", "status": 206, "bytes": 1234, "kind": "manifest",
            "cache": "hit", "first_byte": 0.00025, "duration": 1.5, "referer": null, "agent": "player/1 (x)", "id": null
        });
        for (name, value) in changed.as_object().unwrap() {
            want[name] = value.clone();
        }
        assert_eq!(read, want);
    }
}

fn lost() -> IntCounter {
    IntCounter::new("lost", "lost").unwrap()
}

fn settings(to: &Path, sample: u32) -> AccessLog {
    AccessLog { to: to.display().to_string(), format: LogFormat::Combined, sample }
}

#[test]
fn one_in_so_many_is_logged_and_every_error_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::start(&settings(&folder.path().join("log"), 10), lost()).unwrap().unwrap();
    let wanted = (0..100).filter(|_| log.wants(200)).count();
    assert_eq!(wanted, 10);
    assert!((0..100).all(|_| log.wants(503)));
}

#[test]
fn all_that_was_put_is_written_by_the_end_and_a_moved_file_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (file, moved) = (folder.path().join("log"), folder.path().join("log.1"));
    let (lost, lines) = (lost(), |file: &Path| std::fs::read_to_string(file).unwrap().lines().count());
    let log = Log::start(&settings(&file, 1), lost.clone()).unwrap().unwrap();
    (0..1000).for_each(|_| log.put(Box::new(record())));
    log.finish();
    assert_eq!(lines(&file), 1000);
    std::fs::rename(&file, &moved).unwrap();
    log.reopen();
    log.put(Box::new(record()));
    log.finish();
    assert_eq!((lines(&moved), lines(&file), lost.get()), (1000, 1, 0));
}

#[test]
fn what_finds_no_place_is_counted_and_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Opened for reading too, so that opening it to write does not wait; nobody reads it, and a pipe holds 64 KiB.
    let _reader = OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let lost = lost();
    let log = Log::start(&settings(&pipe, 1), lost.clone()).unwrap().unwrap();
    let put = 2 * WAITING as u64;
    (0..put).for_each(|_| log.put(Box::new(record())));
    assert!(lost.get() > 0 && lost.get() < put, "{}", lost.get());
    log.finish();
}

#[test]
fn a_file_that_cannot_be_opened_is_told_by_name() {
    let error = Log::start(&settings(Path::new("/nowhere/at/all"), 1), lost()).unwrap_err().to_string();
    assert!(error.contains("/nowhere/at/all") && error.contains("origin.access_log.to"), "{error}");
    let off = AccessLog { to: String::new(), ..settings(Path::new("x"), 1) };
    assert!(Log::start(&off, lost()).unwrap().is_none());
}
