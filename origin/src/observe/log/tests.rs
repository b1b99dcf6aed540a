//! Lines from their beginning to the file.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::SystemTime;

use http::header::{HOST, REFERER, USER_AGENT};
use http::{Request, Version};

use super::*;

const HEAD: (&str, &str, Version) = ("GET", "/vod/a/index.m3u8?a=b", Version::HTTP_11);

fn answered() -> Answered {
    let (began, first_byte, now) = (Instant::now(), Duration::from_micros(250), SystemTime::now());
    Answered { status: 200, kind: "manifest", hit: None, began, first_byte, now }
}

fn begin(log: &Arc<Log>) -> Option<Line> {
    Line::begin(Some(log), None, 200, || (Asked::read(HEAD, [("User-Agent", &b"player/1"[..])], None), answered()))
}

fn put(log: &Arc<Log>) {
    drop(begin(log).unwrap());
}

fn lost() -> IntCounter {
    IntCounter::new("lost", "lost").unwrap()
}

fn settings(to: &Path, sample: u32) -> AccessLog {
    AccessLog { to: to.display().to_string(), format: LogFormat::Combined, sample }
}

fn start(settings: &AccessLog, lost: &IntCounter) -> Arc<Log> {
    Arc::new(Log::start(settings, lost.clone()).unwrap().unwrap())
}

fn text(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn both_forms_of_a_request_say_the_same() {
    let fields =
        [("hOST", "a.example"), ("user-agent", "player/1"), ("Referer", "/b"), ("USER-AGENT", "other"), ("Range", "x")];
    let request = Request::get(HEAD.1)
        .header(HOST, "a.example")
        .header(USER_AGENT, "player/1")
        .header(REFERER, "/b")
        .header(USER_AGENT, "other")
        .body(())
        .unwrap();
    let client = Some([192, 0, 2, 1].into());
    let read = Asked::read(HEAD, fields.map(|(name, value)| (name, value.as_bytes())), client);
    for asked in [Asked::of(&request, client), read] {
        assert_eq!((asked.method, asked.target, asked.version, asked.client), (HEAD.0, HEAD.1, HEAD.2, client));
        let fields = (asked.host, asked.agent, asked.referer, asked.id);
        assert_eq!(fields, (Some(&b"a.example"[..]), Some(&b"player/1"[..]), Some(&b"/b"[..]), None));
    }
    let request = Request::get("https://b.example/c?d").version(Version::HTTP_2).body(()).unwrap();
    let asked = Asked::of(&request, None);
    assert_eq!((asked.host, asked.target), (Some(&b"b.example"[..]), "/c?d"));
}

#[test]
fn one_in_so_many_is_logged_and_every_error_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let log = start(&settings(&folder.path().join("log"), 10), &lost());
    let wanted = (0..100).filter(|_| log.wants(200)).count();
    assert_eq!(wanted, 10);
    assert!((0..100).all(|_| log.wants(503)));
}

#[test]
fn nothing_is_asked_of_a_request_that_has_neither_line_nor_span() {
    let folder = tempfile::tempdir().unwrap();
    let log = start(&settings(&folder.path().join("log"), 2), &lost());
    assert!(Line::begin(None, None, 200, || unreachable!()).is_none());
    assert!(begin(&log).is_some());
    assert!(Line::begin(Some(&log), None, 200, || unreachable!()).is_none());
}

#[test]
fn a_line_has_the_bytes_and_the_time_of_its_whole_answer() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let log = start(&AccessLog { format: LogFormat::Json, ..settings(&file, 1) }, &lost());
    let pause = Duration::from_millis(20);
    let mut line = begin(&log).unwrap();
    (0..3).for_each(|_| line.sent(1000));
    std::thread::sleep(pause);
    log.finish();
    assert_eq!(text(&file), "", "an answer that has not ended has no line");
    drop(line);
    log.finish();
    let line: serde_json::Value = serde_json::from_str(&text(&file)).unwrap();
    assert_eq!(line["bytes"], 3000);
    assert!(line["duration"].as_f64().is_some_and(|duration| duration >= pause.as_secs_f64()), "{line}");
}

#[test]
fn all_that_was_put_is_written_by_the_end_and_a_moved_file_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (file, moved) = (folder.path().join("log"), folder.path().join("log.1"));
    let (lost, lines) = (lost(), |file: &Path| text(file).lines().count());
    let log = start(&settings(&file, 1), &lost);
    (0..1000).for_each(|_| put(&log));
    log.finish();
    assert_eq!(lines(&file), 1000);
    std::fs::rename(&file, &moved).unwrap();
    log.reopen();
    put(&log);
    log.finish();
    assert_eq!((lines(&moved), lines(&file), lost.get()), (1000, 1, 0));
    // Without being told to finish, too.
    put(&log);
    drop(log);
    let until = Instant::now() + Duration::from_secs(20);
    while lines(&file) < 2 && Instant::now() < until {
        std::thread::yield_now();
    }
    assert_eq!(lines(&file), 2);
}

#[test]
fn lines_of_many_threads_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let (lost, threads, each) = (lost(), 8, 2000);
    let log = start(&settings(&file, 1), &lost);
    std::thread::scope(|scope| {
        (0..threads).for_each(|_| drop(scope.spawn(|| (0..each).for_each(|_| put(&log)))));
    });
    log.finish();
    let text = text(&file);
    assert_eq!((text.lines().count() as u64) + lost.get(), threads * each);
    assert!(text.lines().all(|line| line.starts_with("- - - [") && line.ends_with("\"player/1\"")));
}

#[test]
fn what_finds_no_place_is_counted_and_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Opened for reading too, so that opening it to write does not wait; nobody reads it, and a pipe holds 64 KiB.
    let _reader = OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let lost = lost();
    let log = start(&settings(&pipe, 1), &lost);
    // Twice the room for lines, which are longer than half a hundred bytes.
    let count = (16 << 20) / 50;
    (0..count).for_each(|_| put(&log));
    assert!(lost.get() > 0 && lost.get() < count, "{}", lost.get());
    log.finish();
}

#[test]
fn what_cannot_be_written_is_counted() {
    let lost = lost();
    let log = start(&settings(Path::new("/dev/full"), 1), &lost);
    (0..10).for_each(|_| put(&log));
    log.finish();
    assert_eq!(lost.get(), 10);
}

#[test]
fn a_file_that_cannot_be_opened_is_told_by_name() {
    let error = Log::start(&settings(Path::new("/nowhere/at/all"), 1), lost()).unwrap_err().to_string();
    assert!(error.contains("/nowhere/at/all") && error.contains("origin.access_log.to"), "{error}");
    let off = AccessLog { to: String::new(), ..settings(Path::new("x"), 1) };
    assert!(Log::start(&off, lost()).unwrap().is_none());
}
