use super::*;

fn read<R>(text: &str, look: impl FnOnce(Parsed<'_, '_>) -> R) -> R {
    look(Head::parse(text.as_bytes(), &mut [const { MaybeUninit::uninit() }; 8]))
}

fn plain<R>(text: &str, look: impl FnOnce(Head<'_, '_>) -> R) -> Option<R> {
    read(text, |parsed| match parsed {
        Parsed::Plain(head) => Some(look(head)),
        Parsed::Partial | Parsed::Other => None,
    })
}

#[test]
fn requests_of_players_are_read() {
    for (text, last, simple) in [
        ("GET /vod/a HTTP/1.1\r\nHost: a\r\n\r\n", false, true),
        ("HEAD /vod/a HTTP/1.1\r\nHost: a\r\n\r\n", false, true),
        ("\r\nGET /vod/a HTTP/1.1\r\nHost: a\r\n\r\n", false, true),
        ("GET /vod/a HTTP/1.1\r\nhost: a\r\nconnection: Keep-Alive\r\n\r\n", false, true),
        ("GET /vod/a HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", true, true),
        ("GET /vod/a HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nCookie: x\r\n\r\n", false, true),
        ("GET /vod/a?b HTTP/1.1\r\nHost: a\r\n\r\n", false, true),
        ("GET /vod/a HTTP/1.1\r\n\r\n", false, false),
        ("GET /vod/a HTTP/1.1\r\nHost: a/b\r\n\r\n", false, false),
        ("GET /vod/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", false, false),
        ("GET /vod/a HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n", false, false),
        ("GET /vod/a HTTP/1.1\r\nHost: a\r\nIF-None-Match: *\r\n\r\n", false, false),
        ("GET /vod/a HTTP/1.1\r\nHost: a\r\nif-Range: *\r\n\r\n", false, false),
        ("GET /vod/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n", false, false),
        ("GET /vod/a HTTP/1.1\r\nHost: a\r\ncmcd-Status: bs\r\n\r\n", false, false),
    ] {
        let read = plain(text, |head| (head.length, head.last, head.simple));
        assert_eq!(read, Some((text.len(), last, simple)), "{text}");
    }
}

#[test]
fn heads_that_could_be_read_in_two_ways_are_left_to_hyper() {
    let many = format!("GET /vod/ HTTP/1.1\r\nHost: a\r\n{}\r\n", "a: b\r\n".repeat(8));
    for text in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /vod HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS /vod/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /vod/ HTTP/1.0\r\nHost: a\r\n\r\n",
        "GET /vod/ HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET /vod/\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST /vod/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "get /vod/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a/vod/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\ntransfer-ENCODING: identity\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\n Transfer-Encoding: chunked\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\nConnection: close, te\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n",
        "GET /vod/ HTTP/1.1\r\nHost: a\0b\r\n\r\n",
        many.as_str(),
    ] {
        assert!(read(text, |parsed| matches!(parsed, Parsed::Other)), "{text}");
    }
}

#[test]
fn a_head_may_come_in_pieces() {
    let whole = "GET /vod/a HTTP/1.1\r\nHost: a\r\n\r\n";
    for length in 0..whole.len() {
        assert!(read(&whole[..length], |parsed| matches!(parsed, Parsed::Partial)), "{length} bytes");
    }
}

#[test]
fn a_request_has_what_its_head_says() {
    let text = "GET /vod/a?b HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: \t2 \r\nAccept-Encoding: br\r\n\r\nGET /next";
    let looked = plain(text, |head| {
        assert_eq!(head.length, text.len() - "GET /next".len());
        let fast = head.plain();
        assert_eq!((fast.path, fast.query, fast.target), ("/vod/a", Some("b"), "/vod/a?b"));
        let request = head.request().unwrap();
        assert_eq!((request.uri().path(), request.uri().query()), ("/vod/a", Some("b")));
        assert!(request.headers().get_all("x").iter().eq(["1", "2"]));
        assert_eq!(request.headers().len(), 4);
    });
    assert!(looked.is_some());
}
