//! The two formats, word for word and for any bytes.

use std::time::{Instant, UNIX_EPOCH};

use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::access::without_tokens;

fn asked() -> Asked<'static> {
    Asked {
        method: "GET",
        target: "/vod/a/index.m3u8?a=b",
        version: Version::HTTP_11,
        host: Some(b"localhost"),
        referer: None,
        agent: Some(b"player/1 (x)"),
        id: None,
        trace: [None; 2],
        client: Some([192, 0, 2, 1].into()),
    }
}

fn answered() -> Answered {
    let first_byte = Duration::from_micros(250);
    Answered {
        status: 206,
        kind: "manifest",
        hit: Some(true),
        began: Instant::now(),
        first_byte,
        now: UNIX_EPOCH + Duration::from_millis(784_111_777_042) + first_byte,
    }
}

fn line(format: LogFormat, asked: &Asked<'_>, answered: &Answered, bytes: u64) -> String {
    let (text, mut line) = (Text::begin(format, asked, answered), b"before\n".to_vec());
    text.complete(format, &mut line, bytes, Duration::from_millis(1500));
    assert!(line.len() <= b"before\n".len() + text.longest());
    String::from_utf8(line).unwrap().strip_prefix("before\n").unwrap().to_owned()
}

fn json_of(asked: &Asked<'_>, answered: &Answered) -> Value {
    let line = line(LogFormat::Json, asked, answered, 1234);
    assert!(line.ends_with('\n') && line.matches('\n').count() == 1, "{line}");
    serde_json::from_str(&line).unwrap()
}

#[test]
fn combined_lines() {
    let (asked, answered) = (asked(), answered());
    let odd = Asked {
        client: None,
        version: Version::HTTP_2,
        referer: Some(b"https://a.example/\"\n\\?token=secret"),
        agent: Some(b"\xe4\t"),
        ..asked
    };
    let bare = Asked {
        agent: None,
        version: Version::HTTP_10,
        method: "HEAD",
        client: Some([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into()),
        target: "/vod/~secret/a",
        ..asked
    };
    for (asked, status, bytes, want) in [
        (
            asked,
            206,
            1234,
            "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /vod/a/index.m3u8?a=b HTTP/1.1\" 206 1234 \"-\" \"player/1 (x)\"\n",
        ),
        (
            odd,
            206,
            u64::MAX,
            "- - - [06/Nov/1994:08:49:37 +0000] \"GET /vod/a/index.m3u8?a=b HTTP/2.0\" 206 18446744073709551615 \
             \"https://a.example/\\x22\\x0A\\x5C?token=\" \"\\xE4\\x09\"\n",
        ),
        (bare, 404, 0, "2001:db8::1 - - [06/Nov/1994:08:49:37 +0000] \"HEAD /vod/~/a HTTP/1.0\" 404 0 \"-\" \"-\"\n"),
    ] {
        assert_eq!(line(LogFormat::Combined, &asked, &Answered { status, ..answered }, bytes), want);
    }
}

#[test]
fn json_lines() {
    let (asked, answered) = (asked(), answered());
    let want = json!({
        "time": "1994-11-06T08:49:37.042Z", "client": "192.0.2.1", "method": "GET", "host": "localhost",
        "target": "/vod/a/index.m3u8?a=b", "protocol": "HTTP/1.1", "status": 206, "bytes": 1234, "kind": "manifest",
        "cache": "hit", "first_byte": 0.00025, "duration": 1.5, "referer": null, "agent": "player/1 (x)", "id": null
    });
    let miss = Answered { hit: Some(false), ..answered };
    let none = Answered { hit: None, ..answered };
    for (asked, answered, changed) in [
        (asked, answered, json!({})),
        (Asked { id: Some(b"abc"), client: None, ..asked }, none, json!({"id": "abc", "cache": null, "client": null})),
        (
            Asked { target: "/\"\n", host: None, ..asked },
            miss,
            json!({"target": "/\"\n", "host": null, "cache": "miss"}),
        ),
        (
            Asked { referer: Some(b"/vod/~secret/a?token=secret&b"), version: Version::HTTP_3, ..asked },
            answered,
            json!({"referer": "/vod/~/a?token=&b", "protocol": "HTTP/3.0"}),
        ),
    ] {
        let mut want = want.clone();
        for (name, value) in changed.as_object().unwrap() {
            want[name] = value.clone();
        }
        assert_eq!(json_of(&asked, &answered), want);
    }
}

/// Bytes as browsers send them, as nobody should, and any.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[ -~]{0,60}".prop_map(String::into_bytes),
        "[\"\\\\\\PC\0-\u{1f}\u{7f}\u{2028}]{0,30}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..60),
    ]
}

proptest! {
    #[test]
    fn any_bytes_give_one_line_that_reads_back_the_same(
        target in bytes().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        fields in [option::of(bytes()), option::of(bytes()), option::of(bytes()), option::of(bytes())],
    ) {
        let [host, referer, agent, id] = fields.each_ref().map(Option::as_deref);
        let asked = Asked { target: &target, host, referer, agent, id, ..asked() };
        let read = json_of(&asked, &answered());
        prop_assert_eq!(&read["target"], &*without_tokens(&target));
        for (name, sent) in [("host", host), ("id", id)] {
            prop_assert_eq!(&read[name], &json!(sent.map(String::from_utf8_lossy)));
        }
        for (name, sent) in [("referer", referer), ("agent", agent)] {
            let safe = sent.map(|sent| without_tokens(&String::from_utf8_lossy(sent)).into_owned());
            prop_assert_eq!(&read[name], &json!(safe));
        }

        let line = line(LogFormat::Combined, &asked, &answered(), 5);
        prop_assert!(line.bytes().rev().skip(1).all(|b| (b' '..=b'~').contains(&b)), "{line}");
        // Three pairs of quotes, and none within.
        prop_assert!(line.ends_with("\"\n") && line.matches('"').count() == 6, "{line}");
        prop_assert!(line.split('"').nth(2) == Some(" 206 5 "), "{line}");
    }
}
