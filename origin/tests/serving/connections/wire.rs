//! Answers as they come over the wire, whatever is sent.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use proptest::prelude::*;

use crate::common::{LARGE, PLAYLIST, Running, SEGMENT, chill, eventually, noise, parse, raw, seal};

fn check_range(origin: &Running, path: &str, content: &[u8], start: usize, end: usize) -> Result<(), TestCaseError> {
    let reply = origin.get(path, &[("Range", &format!("bytes={start}-{end}"))]);
    let last = end.min(content.len() - 1);
    prop_assert_eq!(reply.status, 206);
    let want = format!("bytes {start}-{last}/{}", content.len());
    prop_assert_eq!(reply.header("content-range"), Some(want.as_str()));
    prop_assert!(reply.body == content[start..=last], "{} {}-{}", path, start, end);
    Ok(())
}

#[test]
fn any_range_of_any_file_is_the_slice() {
    let origin = Running::start();
    let (small, large) = (noise(100_000), noise(700_000));
    let ranges = (0usize..100_000, 0usize..120_000, 0usize..700_000, 0usize..800_000);
    proptest!(ProptestConfig::with_cases(100), |((a, b, c, d) in ranges)| {
        check_range(&origin, SEGMENT, &small, a, a + b)?;
        check_range(&origin, LARGE, &large, c, c + d)?;
    });
}

#[test]
fn whatever_is_sent_the_origin_goes_on_and_shows_nothing_private() {
    let origin = Running::start();
    let secret = origin.folder.path().join("secret.m3u8");
    std::fs::write(&secret, "TOP SECRET").unwrap();
    std::os::unix::fs::symlink(&secret, origin.library().join("shows/ep-1/R0123456789abcdef/link.m3u8")).unwrap();
    let paths =
        "(/|vod|shows|ep-1|\\.\\.|%2e%2e|%2f|\\.pack|index\\.m3u8|secret|link\\.m3u8|R0123456789abcdef|[ -~]){0,10}";
    let values = "([ -~]|bytes=|W/|\"|,|;q=|\t){0,40}";
    proptest!(ProptestConfig::with_cases(300), |(path in paths, name in "(Range|If-Range|If-Match|If-None-Match|If-Modified-Since|Accept-Encoding|Host|[a-zA-Z-]{1,9})", value in values, junk in prop::collection::vec(any::<u8>(), 0..60))| {
        let request = format!("GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{name}: {value}\r\n\r\n");
        let reply = raw(origin.addresses.public, request.as_bytes());
        if let Some(reply) = reply {
            prop_assert!(!reply.body.windows(10).any(|w| w == b"TOP SECRET"));
            prop_assert!(!reply.body.windows(7).any(|w| w == b"private"));
            prop_assert!(reply.status < 500, "{} {}", request, reply.status);
        }
        let mut stream = TcpStream::connect(origin.addresses.public).unwrap();
        stream.write_all(&junk).unwrap();
    });
    assert_eq!(origin.get(PLAYLIST, &[]).status, 200);
}

#[test]
fn ambiguous_and_unwanted_requests_are_refused() {
    let origin = Running::start();
    for (request, status) in [
        ("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET /healthz HTTP/1.0\r\n\r\n", 200),
        ("GET http://a/healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", 413),
        (
            "GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            413,
        ),
        ("POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405),
        ("POST /vod/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 404),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        ("GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        ("GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 204),
    ] {
        let reply = raw(origin.addresses.public, request.as_bytes());
        assert_eq!(reply.map(|reply| reply.status), Some(status), "{request}");
    }
}

fn curl(arguments: &[&str]) -> Vec<u8> {
    let output =
        Command::new("curl").args(["-sS", "--max-time", "20", "--http2-prior-knowledge"]).args(arguments).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn http_2_has_the_bound_on_header_fields_too() {
    let origin = Running::start();
    let url = format!("http://{}{SEGMENT}", origin.addresses.public);
    let status_of = |fields: usize| {
        let fields = (0..fields).map(|number| format!("-HX{number}: y"));
        let asked: Vec<String> = fields.chain(["-o/dev/null".into(), "-w%{http_code}".into(), url.clone()]).collect();
        String::from_utf8(curl(&asked.iter().map(String::as_str).collect::<Vec<_>>())).unwrap()
    };
    assert_eq!((status_of(50), status_of(101)), ("200".to_owned(), "431".to_owned()));
}

#[test]
fn http_2_without_tls_gives_the_same() {
    let origin = Running::start();
    let url = format!("http://{}{LARGE}", origin.addresses.public);
    assert!(curl(&[&url]) == noise(700_000));
    assert!(curl(&["-r", "1000-300000", &url]) == noise(700_000)[1000..=300_000]);
    let head = String::from_utf8(curl(&["-I", &url])).unwrap();
    assert!(head.starts_with("HTTP/2 200"), "{head}");
    for line in ["content-length: 700000", "access-control-allow-origin: *", "accept-ranges: bytes"] {
        assert!(head.contains(line), "{line} in {head}");
    }
}

/// RFC 9113 §3.4: a client's preface may come in any pieces.
#[test]
fn http_2_begins_with_a_preface_in_pieces() {
    let origin = Running::start();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for first in 1..preface.len() {
        let mut stream = TcpStream::connect(origin.addresses.public).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&preface[..first]).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        stream.write_all(&preface[first..]).unwrap();
        let mut header = [0; 9];
        stream.read_exact(&mut header).unwrap();
        assert_eq!(header[3], 4, "no settings, but {header:?} after a piece of {first} bytes");
    }
}

#[test]
fn what_the_kernel_sends_is_what_was_read() {
    let origin = Running::with(|settings| settings.cache_bytes = 64 << 20);
    let content = noise(700_000);
    for turn in 0..3 {
        assert!(origin.get(LARGE, &[]).body == content, "{turn}");
        for (start, end) in [(0, 699_999), (1, 300_000), (699_000, 699_999), (123_456, 654_321)] {
            check_range(&origin, LARGE, &content, start, end).unwrap();
        }
        let several = origin.get(LARGE, &[("Range", "bytes=5-200004,300000-600000")]).body;
        assert!(several.windows(200_000).any(|window| window == &content[5..200_005]));
        // Three answers to requests sent at once come one after the other.
        let request = format!("GET {LARGE} HTTP/1.1\r\nHost: a\r\n");
        let last = format!("{request}Range: bytes=7-7\r\nConnection: close\r\n\r\n");
        let mut stream = TcpStream::connect(origin.addresses.public).unwrap();
        write!(stream, "{request}\r\n{request}\r\n{last}").unwrap();
        let mut answers = Vec::new();
        stream.read_to_end(&mut answers).unwrap();
        let first = parse(&answers).unwrap().body;
        assert!(first.starts_with(&content));
        let second = parse(&first[content.len()..]).unwrap().body;
        assert!(second.starts_with(&content));
        assert_eq!(parse(&second[content.len()..]).unwrap().body, content[7..8]);
    }
    // Written to where it lies, against all rules: no answer mixes the two.
    let path = origin.library().join(LARGE.trim_start_matches("/vod/"));
    std::fs::write(&path, vec![0; 700_000]).unwrap();
    assert!(origin.get(LARGE, &[]).body == vec![0; 700_000]);
    std::fs::File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
    assert!(origin.get(LARGE, &[]).body == [0; 10]);
}

/// Objects asked for twice come from memory wherever the kernel does not send them: over HTTP/2 in plain text too, and
/// where hyper has HTTP/1.1.
#[test]
fn what_hyper_sends_often_is_in_memory() {
    for how in [&["--http2-prior-knowledge"][..], &["--header", "Content-Length: 0"]] {
        let origin = Running::with(|settings| settings.cache_bytes = 64 << 20);
        let url = format!("http://{}{LARGE}", origin.addresses.public);
        eventually(how[0], || {
            let curl = Command::new("curl").args(["-sS", "--max-time", "20"]).args(how).arg(&url).output().unwrap();
            assert!(curl.stdout == noise(700_000), "{}", String::from_utf8_lossy(&curl.stderr));
            origin.metric("pack_cache_content_bytes").parse::<u64>().unwrap() >= 700_000
        });
    }
}

#[test]
fn what_is_sent_of_a_file_at_the_first_request_is_what_it_holds() {
    for size in SIZES {
        first_requests(size, |_| {});
    }
}

/// As after a long time: the kernel has none of it in its cache.
#[test]
fn what_is_sent_of_a_file_that_no_cache_has_is_what_it_holds() {
    for size in SIZES {
        first_requests(size, chill);
    }
}

/// Below and above a window that the kernel sends at a time.
const SIZES: [usize; 3] = [100_000, 900_000, 5_000_000];

/// Each of `size` bytes is asked for once, in another way: it comes from its file, of which nothing was read before.
/// `prepare` has every file before that.
fn first_requests(size: usize, prepare: fn(&Path)) {
    let origin = Running::with(|settings| settings.cache_bytes = 256 << 20);
    let content = noise(size);
    let digest = blake3::hash(&content);
    let folder = LARGE.rsplit_once('/').unwrap().0;
    let fresh = |number: u32| {
        let url = format!("{folder}/1{number:04}.m4s");
        let path = origin.library().join(url.trim_start_matches("/vod/"));
        std::fs::write(&path, &content).unwrap();
        let sealed = seal(&path, digest);
        prepare(&path);
        sealed.then_some(url)
    };
    let Some(url) = fresh(0) else { return };
    let whole = origin.get(&url, &[]);
    assert_eq!(whole.header("cache-status"), Some("pack; fwd=miss"));
    assert!(whole.body == content);
    let tag = whole.header("etag").unwrap();
    let last = size - 1;
    let ends =
        [(0, 0), (0, last), (1, 1 << 20), (1 << 20, 1 << 21), (2_097_151, 2_097_152), (3 << 20, last), (last, last)];
    for ((start, end), number) in ends.into_iter().zip(1..) {
        check_range(&origin, &fresh(number).unwrap(), &content, start.min(last), end.min(last)).unwrap();
    }
    let (first, from, to) = (size / 5, size / 3, size / 2);
    let several = origin.get(&fresh(20).unwrap(), &[("Range", &*format!("bytes=5-{first},{from}-{to}"))]).body;
    for part in [&content[5..=first], &content[from..=to]] {
        assert!(several.windows(part.len()).any(|window| window == part));
    }
    let head = origin.ask("HEAD", &fresh(21).unwrap(), &[]);
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some(&*size.to_string()), 0));
    let known = origin.get(&fresh(22).unwrap(), &[("If-None-Match", tag)]);
    assert_eq!((known.status, known.header("etag"), known.body.len()), (304, Some(tag), 0));
    let url = fresh(23).unwrap();
    for status in ["pack; fwd=miss", "pack; hit", "pack; hit"] {
        let reply = origin.get(&url, &[]);
        assert_eq!(reply.header("cache-status"), Some(status));
        assert!(reply.body == content);
    }
    let url = format!("http://{}{}", origin.addresses.public, fresh(24).unwrap());
    let curl =
        Command::new("curl").args(["-sS", "--max-time", "20", "--http2-prior-knowledge", &url]).output().unwrap();
    assert!(curl.stdout == content, "{}", String::from_utf8_lossy(&curl.stderr));
}
