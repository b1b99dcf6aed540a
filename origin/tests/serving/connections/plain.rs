//! Requests that are read in place, beside the same ones as hyper reads them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::common::{LARGE, PLAYLIST, R, Reply, Running, SEGMENT, ask, eventually, noise, parse, raw};

/// Announces what no request here has: hyper reads those heads, and answers them the same.
const BY_HYPER: (&str, &str) = ("TE", "trailers");

/// An answer but for what depends on when it was given.
fn told(mut reply: Reply) -> (u16, Vec<(String, String)>, Vec<u8>) {
    assert!(reply.headers.remove("date").is_some_and(|date| httpdate::parse_http_date(&date).is_ok()));
    reply.headers.remove("server-timing");
    let mut headers: Vec<_> = reply.headers.into_iter().collect();
    headers.sort();
    (reply.status, headers, reply.body)
}

#[test]
fn what_is_read_in_place_is_answered_as_by_hyper() {
    for names_origins in [false, true] {
        let origin = Running::with(|settings| {
            if names_origins {
                settings.cors_origins = vec!["https://a.example".into()];
                settings.request_ids = true;
            }
        });
        let (media, poster) =
            (format!("/vod/shows/ep-1/{R}/video/360p/index.m3u8"), format!("/vod/shows/ep-1/{R}/poster.jpg"));
        // From some moment on the playlist's date is told, and from another on it is kept: not between two answers that are
        // compared.
        let is_kept = || origin.get(PLAYLIST, &[]).header("cache-status") == Some("pack; hit");
        eventually("the playlist is kept", is_kept);
        let etag = origin.get(SEGMENT, &[]).header("etag").unwrap().to_owned();
        let paths =
            [SEGMENT, LARGE, PLAYLIST, &media, &poster, "/", "/healthz", "/api/titles", "/none", "/a?b#c", "/%2e"];
        let fields: [&[(&str, &str)]; 11] = [
            &[],
            &[("Accept-Encoding", "gzip, br;q=0.5")],
            &[("Accept-Encoding", "zstd")],
            &[("Range", "bytes=10-19")],
            &[("Range", "bytes=0-1,5-6")],
            &[("Range", "bytes=9000000-")],
            &[("If-None-Match", &etag)],
            &[("If-Match", "\"other\"")],
            &[("Origin", "https://a.example"), ("X-Request-Id", "1")],
            &[("CMCD-Status", "bs"), ("Cookie", "a=b")],
            &[("Authorization", "Bearer none")],
        ];
        for path in paths {
            for method in ["GET", "HEAD", "OPTIONS"] {
                // Compressed forms are made, and what is cold is read, before the two are compared.
                for round in 0..2 {
                    for fields in fields {
                        let asked = [&[("X-Request-Id", "same")], fields].concat();
                        let in_place = told(ask(origin.addresses.public, method, path, &asked));
                        let by_hyper =
                            told(ask(origin.addresses.public, method, path, &[&asked, &[BY_HYPER][..]].concat()));
                        if round > 0 {
                            assert!(in_place == by_hyper, "{method} {path} {fields:?}: {in_place:?} {by_hyper:?}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_not_in_memory_is_told_in_place_as_by_hyper() {
    let origins = [(); 2].map(|()| Running::start());
    let encoded = SEGMENT.replace("video", "%76ideo");
    let missing = SEGMENT.replace("00001", "00009");
    assert!(encoded != SEGMENT && missing != SEGMENT);
    let poster = format!("/vod/shows/ep-1/{R}/poster.jpg");
    for (path, status) in [(LARGE, 200), (&encoded, 200), (&poster, 200), (&missing, 404)] {
        let told = [&[][..], &[BY_HYPER]].into_iter().zip(&origins).map(|(fields, origin)| {
            let mut reply = ask(origin.addresses.public, "GET", path, fields);
            assert_eq!(reply.status, status, "{path}");
            if status == 200 {
                assert_eq!(reply.header("cache-status"), Some("pack; fwd=miss"), "{path}");
                assert!(reply.header("server-timing").is_some_and(|timing| timing.starts_with("cache;desc=miss;dur=")));
                // The two libraries were not made in the same second.
                assert!(reply.headers.remove("last-modified").is_some());
            }
            told(reply)
        });
        let [in_place, by_hyper] = &told.collect::<Vec<_>>()[..] else { panic!("two answers") };
        assert!(in_place == by_hyper, "{path}: {in_place:?} {by_hyper:?}");
    }
}

/// Reads one answer, of which all but the body is told by `Content-Length`.
fn next(stream: &mut TcpStream) -> Reply {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
    }
    let mut reply = parse(&read).unwrap();
    let length = reply.header("content-length").map_or(0, |length| length.parse().unwrap());
    reply.body = vec![0; length];
    stream.read_exact(&mut reply.body).unwrap();
    reply
}

fn connect(origin: &Running) -> TcpStream {
    let stream = TcpStream::connect(origin.addresses.public).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn get(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n")
}

#[test]
fn requests_that_come_at_once_are_answered_in_order() {
    let origin = Running::start();
    for odd in ["TE: trailers\r\n", "", "Connection: keep-alive\r\n"] {
        let mut stream = connect(&origin);
        let requests = [get(SEGMENT, ""), get(PLAYLIST, ""), get("/none", ""), get(LARGE, odd), get(SEGMENT, "")];
        stream.write_all(requests.concat().as_bytes()).unwrap();
        let lengths = requests.each_ref().map(|_| {
            let reply = next(&mut stream);
            (reply.status, reply.body.len())
        });
        assert_eq!(lengths, [(200, 100_000), (200, 800), (404, 9), (200, 700_000), (200, 100_000)], "{odd}");
    }
}

#[test]
fn heads_may_come_in_pieces_at_any_time() {
    let origin = Running::start();
    let request = get(SEGMENT, "Accept: */*\r\n");
    for cut in [1, 3, 4, 40, request.len() - 3, request.len() - 1] {
        let mut stream = connect(&origin);
        stream.set_nodelay(true).unwrap();
        // The first whole, then one and a half, then the other half.
        for part in [request.clone(), format!("{request}{}", &request[..cut]), request[cut..].to_owned()] {
            stream.write_all(part.as_bytes()).unwrap();
            assert!(next(&mut stream).body == noise(100_000), "cut at {cut}");
        }
    }
}

#[test]
fn the_last_answer_says_so_and_is_the_last() {
    let origin = Running::start();
    for path in [SEGMENT, LARGE, PLAYLIST, "/none"] {
        // What follows must not be answered.
        let asked = format!("{}{}", get(path, "Connection: close\r\n"), get("/healthz", ""));
        let reply = raw(origin.addresses.public, asked.as_bytes()).unwrap();
        assert_eq!(reply.header("connection"), Some("close"), "{path}");
        let length: usize = reply.header("content-length").unwrap().parse().unwrap();
        assert_eq!(reply.body.len(), length, "{path}");
    }
    let limited = Running::with(|settings| settings.limits.requests_per_connection = 3);
    let mut stream = connect(&limited);
    stream.write_all(get(SEGMENT, "").repeat(5).as_bytes()).unwrap();
    let closes: Vec<_> = (0..3).map(|_| next(&mut stream).header("connection").map(str::to_owned)).collect();
    assert_eq!(closes, [None, None, Some("close".to_owned())]);
    let mut rest = Vec::new();
    // A reset, since two requests were never read, or an end.
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty());
}

#[test]
fn who_began_with_http_1_goes_on_with_it() {
    let origin = Running::start();
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0";
    let reply = raw(origin.addresses.public, format!("{}{preface}", get("/healthz", "")).as_bytes()).unwrap();
    assert_eq!(reply.status, 200);
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(text == "ok\n" || text.starts_with("ok\nHTTP/1.1 400"), "{text:?}");
}
