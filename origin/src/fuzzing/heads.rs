//! The heads that are read in place.

use std::mem::MaybeUninit;

use crate::connection::http1::head::{Head, MOST_FIELDS, Parsed};

/// `data`: what comes over a connection.
///
/// # Panics
/// When a property does not hold.
pub fn heads(data: &[u8]) {
    let mut room = [const { MaybeUninit::uninit() }; MOST_FIELDS];
    let Parsed::Plain(head) = Head::parse(data, &mut room) else { return };
    // RFC 9112 §2.2: a head ends with its first empty line; empty lines before it are passed over.
    let (whole, rest) = data.split_at(head.length);
    let text = String::from_utf8_lossy(whole);
    let lines: Vec<_> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let mut lines = lines.into_iter().skip_while(|line| line.is_empty());
    let first: Vec<_> = lines.next().unwrap_or_default().split(' ').collect();
    assert_eq!(first, [head.method.as_str(), head.target, "HTTP/1.1"], "{text:?}");
    let fields: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    assert!(lines.all(str::is_empty), "{text:?} has more than a head");
    for field in &fields {
        let (name, value) = field.split_once(':').unwrap_or_else(|| panic!("{field:?} is no field"));
        // Whatever says that something follows, even if spaces went before it or after it.
        let plain = name.trim().to_ascii_lowercase();
        assert!(!["content-length", "transfer-encoding", "upgrade", "expect"].contains(&plain.as_str()), "{text:?}");
        if plain == "connection" {
            let ends = value.trim().eq_ignore_ascii_case("close");
            assert_eq!(ends, head.last, "{text:?}");
        }
        // RFC 9110 §13.1, §14.2.
        let conditions = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"];
        assert!(!(head.simple && conditions.contains(&plain.as_str())), "{text:?}");
    }
    if let Some(request) = head.request() {
        assert_eq!(request.headers().len(), fields.len(), "{text:?}");
    }
    // Bytes after the head change nothing of it.
    let mut alone = [const { MaybeUninit::uninit() }; MOST_FIELDS];
    let Parsed::Plain(again) = Head::parse(whole, &mut alone) else { panic!("{text:?} before {rest:?}") };
    let facts = |head: &Head<'_, '_>| (head.length, head.last, head.simple);
    assert_eq!(facts(&again), facts(&head), "{text:?} before {rest:?}");
}
