//! Limits on what one client may cost.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use config::origin::{Limits, Origin};

use crate::common::{LARGE, PLAYLIST, Running, SEGMENT, ask, eventually, parse, raw};

fn limited(change: impl FnOnce(&mut Limits)) -> Running {
    Running::with(|settings| {
        settings.cache_bytes = 1 << 20;
        change(&mut settings.limits);
    })
}

fn connect(origin: &Running) -> TcpStream {
    let stream = TcpStream::connect(origin.addresses.public).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Reads until the origin closes the connection.
fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => bytes,
        Err(error) => panic!("not closed: {error}"),
    }
}

#[test]
fn who_takes_too_long_is_cut_off() {
    let hasty = limited(|limits| limits.header_seconds = 1);
    let silent = connect(&hasty);
    let mut dripping = connect(&hasty);
    dripping.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX: ").unwrap();
    // Of another origin, which leaves it the time to ask.
    let restless = limited(|limits| limits.idle_seconds = 1);
    let mut idle = connect(&restless);
    write!(idle, "GET {SEGMENT} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(rest(silent).is_empty());
    assert!(rest(dripping).is_empty());
    assert_eq!(parse(&rest(idle)).unwrap().body.len(), 100_000);
}

#[test]
fn who_takes_nothing_is_cut_off() {
    let origin = limited(|limits| limits.stall_seconds = 1);
    let path = origin.library().join("shows/ep-1/R0123456789abcdef/video/360p/00002.m4s");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(60 << 20).unwrap();
    let mut stuck = connect(&origin);
    write!(stuck, "GET {LARGE} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let metrics = || String::from_utf8(ask(origin.addresses.admin, "GET", "/metrics", &[]).body).unwrap();
    eventually("the stalled connection is closed", || metrics().contains("pack_http_timeouts_total 1\n"));
    assert!(rest(stuck).len() < 60 << 20);
}

#[test]
fn who_takes_an_answer_byte_by_byte_is_cut_off_in_time() {
    let origin = limited(|limits| {
        limits.stall_seconds = 2;
        limits.request_seconds = 2;
    });
    // HTTP/2 with windows of 1, so that what is in memory is all in its hands before the client takes anything.
    let mut stream = connect(&origin);
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\x01").unwrap();
    let ask = |stream: &mut TcpStream, id: u8| {
        let mut block = vec![0x82, 0x86, 4, u8::try_from(PLAYLIST.len()).unwrap()];
        block.extend(PLAYLIST.bytes().chain([1, 1, b'a']));
        let length = u8::try_from(block.len()).unwrap();
        stream.write_all(&[&[0, 0, length, 1, 5, 0, 0, 0, id], &block[..]].concat())
    };
    ask(&mut stream, 1).unwrap();
    let mut reading = stream.try_clone().unwrap();
    let answers = std::thread::spawn(move || std::io::copy(&mut reading, &mut std::io::sink()));
    // One byte now and then, and a new request, too: neither is more time for the first.
    let taken = (1..40_u8).take_while(|turn| {
        std::thread::sleep(Duration::from_millis(250));
        let more = stream.write_all(b"\0\0\x04\x08\0\0\0\0\x01\0\0\0\x01");
        more.and_then(|()| if turn % 4 == 0 { ask(&mut stream, 1 + turn / 2) } else { Ok(()) }).is_ok()
    });
    assert!(taken.count() < 39, "it is still served after ten seconds");
    let _ = answers.join().unwrap();
    assert_eq!(origin.metric("pack_http_timeouts_total"), "1");
}

#[test]
fn too_many_connections_are_told_to_come_back() {
    let origin = limited(|limits| limits.connections_per_address = 2);
    let _held = [(); 2].map(|()| {
        let mut held = connect(&origin);
        write!(held, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        // Whoever is answered has been counted.
        held.read_exact(&mut [0]).unwrap();
        held
    });
    let reply = parse(&rest(connect(&origin))).unwrap();
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("5")));
    assert_eq!(reply.header("cache-control"), Some("public, max-age=5"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn heads_are_bounded() {
    let origin = limited(|limits| limits.headers = 20);
    let many = format!("GET {SEGMENT} HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(30));
    assert_eq!(raw(origin.addresses.public, many.as_bytes()).unwrap().status, 431);
    let long = format!("GET {SEGMENT} HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(40_000));
    assert_eq!(raw(origin.addresses.public, long.as_bytes()).unwrap().status, 431);
    let target = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "y".repeat(70_000));
    assert!(matches!(raw(origin.addresses.public, target.as_bytes()).unwrap().status, 414 | 431));
}

#[test]
fn a_connection_ends_in_good_order_after_its_share_of_requests() {
    let origin = limited(|limits| {
        limits.requests_per_connection = 1;
        limits.stall_seconds = 1;
    });
    let mut stream = connect(&origin);
    write!(stream, "GET {SEGMENT} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    // Closed by the origin, though the client would keep it.
    assert_eq!(parse(&rest(stream)).unwrap().body.len(), 100_000);
}

#[test]
fn without_a_place_to_wait_what_is_in_the_cache_is_served_and_nothing_else() {
    let mut settings = Origin::default();
    let origin = Running::with(|origin| settings = origin.clone());
    let memory = [SEGMENT, PLAYLIST, "/api/titles/shows/ep-1", "/watch/shows/ep-1"];
    for path in memory {
        // A file that may be replaced is in memory for good once its last change is two seconds old.
        eventually("it is in memory", || {
            matches!(origin.get(path, &[]).header("cache-status"), Some("pack; hit") | None)
        });
    }
    settings.limits.waiting = 0;
    origin.control.reload(settings);
    eventually("no request may wait", || origin.get("/vod/none/index.m3u8", &[]).status == 503);
    assert_eq!(origin.get(LARGE, &[]).status, 503);
    assert_eq!(origin.get(LARGE, &[]).header("retry-after"), Some("5"));
    for path in memory {
        assert_eq!(origin.get(path, &[]).status, 200, "{path}");
    }
}

#[test]
fn excess_inbound_bytes_close_the_connection() {
    let origin = Running::start();
    // HTTP/2 without a request: settings, then a ping again and again.
    let mut stream = connect(&origin);
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let ping = b"\0\0\x08\x06\0\0\0\0\0pingpong";
    let mut reading = stream.try_clone().unwrap();
    let answers = std::thread::spawn(move || std::io::copy(&mut reading, &mut std::io::sink()));
    let pings = ping.repeat(1000);
    let said = (0..600).take_while(|_| stream.write_all(&pings).is_ok()).count();
    assert!(said < 600, "10 MB of pings were heard");
    // Reset or closed, it is over.
    let _ = answers.join().unwrap();
    assert_eq!(origin.get(SEGMENT, &[]).status, 200);
}
