//! A collector of a few lines gets the spans.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Instant, UNIX_EPOCH};

use http::Version;

use super::*;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// Takes posts at the address that it gives, and passes their bodies on.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (bodies, got) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
            let length =
                head.to_ascii_lowercase().split("content-length: ").nth(1).unwrap().lines().next().map(str::to_owned);
            let mut body = vec![0; length.unwrap().parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            let _ = bodies.send((head, body));
        }
    });
    (url, got)
}

/// A request with this `traceparent`, if any.
fn asked(parent: Option<&str>) -> Asked<'_> {
    let fields = [("User-Agent", "player/1"), ("Traceparent", parent.unwrap_or_default())];
    let fields = fields.into_iter().map(|(name, value)| (name, value.as_bytes()));
    let client = Some([192, 0, 2, 1].into());
    let asked = Asked::read(("GET", "/vod/a/index.m3u8?CMCD=bs", Version::HTTP_11), fields, client);
    Asked { id: Some(b"id-1"), ..asked }
}

fn answered() -> Answered {
    let (first_byte, now) = (Duration::from_micros(250), UNIX_EPOCH + Duration::from_secs(784_111_777));
    Answered { status: 200, kind: "manifest", hit: Some(false), began: Instant::now(), first_byte, now }
}

fn parent(flags: &str) -> String {
    format!("00-{TRACE}-b7ad6b7169203331-{flags}")
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_collector_gets_a_span_that_goes_on_the_callers_trace() {
    let (url, got) = collector();
    let spans = Spans::start(&Tracing { otlp: url, sample: 1 }).unwrap().unwrap();
    let begin = |flags| spans.begin(&asked(Some(&parent(flags))), &answered());
    begin("01").unwrap().end(1234, Duration::from_millis(1500));
    assert!(begin("00").is_none(), "the caller wants no spans");
    drop(spans);
    let (head, body) = got.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(head.starts_with("POST /v1/traces ") && head.contains("application/x-protobuf"), "{head}");
    let trace: Vec<u8> = (0..16).map(|i| u8::from_str_radix(&TRACE[2 * i..2 * i + 2], 16).unwrap()).collect();
    for part in [
        &trace[..],
        b"GET manifest",
        b"/vod/a/index.m3u8",
        b"CMCD=bs",
        b"192.0.2.1",
        b"player/1",
        b"id-1",
        b"miss",
        b"pack",
    ] {
        assert!(
            contains(&body, part),
            "{} is not in {}",
            String::from_utf8_lossy(part),
            String::from_utf8_lossy(&body)
        );
    }
}

#[test]
fn one_in_so_many_requests_has_a_span() {
    let (url, _got) = collector();
    let spans = Spans::start(&Tracing { otlp: url, sample: 4 }).unwrap().unwrap();
    assert_eq!((0..100).filter(|_| spans.begin(&asked(None), &answered()).is_some()).count(), 25);
}

#[test]
fn a_setting_that_is_no_url_is_an_error() {
    let error = Spans::start(&Tracing { otlp: "no url".into(), sample: 1 }).unwrap_err().to_string();
    assert!(error.contains("origin.tracing.otlp"), "{error}");
    assert!(Spans::start(&Tracing { otlp: String::new(), sample: 1 }).unwrap().is_none());
}
