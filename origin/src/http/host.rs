//! The request's host (RFC 9110 §7.2, RFC 9112 §3.2).

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::HOST;
use http::{HeaderMap, Version};

/// True if `headers` name a host as they must: in HTTP/1.1 once, and always in a way that can only be read as a host with
/// or without a port. Two servers that read one field in two ways are two to be smuggled past.
pub(crate) fn is_sane(headers: &HeaderMap, version: Version) -> bool {
    let mut values = headers.get_all(HOST).iter();
    match (values.next(), values.next()) {
        (None, _) => version != Version::HTTP_11,
        (Some(host), None) => is_host(host.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}

/// True if `value` is `uri-host [ ":" port ]` of RFC 3986 §3.2.2; empty where the target has no authority (RFC 9112 §3.2).
pub(crate) fn is_host(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    if let Some(literal) = text.strip_prefix('[') {
        let Some((address, rest)) = literal.split_once(']') else { return false };
        return address.parse::<Ipv6Addr>().is_ok() && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
    }
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    is_port(port) && (is_registered_name(host) || host.parse::<Ipv4Addr>().is_ok())
}

/// Digits, or none: `example.com:` is the default port (RFC 3986 §3.2.3).
fn is_port(text: &str) -> bool {
    text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_registered_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'%' => [bytes.next(), bytes.next()].iter().all(|b| b.is_some_and(|b| b.is_ascii_hexdigit())),
            // RFC 3986 §2.2, §2.3: unreserved characters and sub-delims.
            other => other.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&other),
        };
        if !fits {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_from_other_texts() {
        for host in [
            "",
            "a",
            "example.com",
            "example.com:",
            "example.com:8080",
            "192.0.2.1:80",
            "[::1]",
            "[2001:db8::1]:443",
            "a_b-c.example",
            "xn--bcher-kva.example",
            "a%20b",
        ] {
            assert!(is_host(host.as_bytes()), "{host:?}");
        }
        for other in [
            "a b", "a/b", "a@b", "\"x\"", "a:b", "a:80:80", "[::1", "::1", "[x]", "[::1]x", "a\\b", "a?b", "a#b",
            "a%2", "a:123456", "é",
        ] {
            assert!(!is_host(other.as_bytes()), "{other:?}");
        }
    }

    #[test]
    fn one_is_needed_in_http_1_1_and_two_are_never_taken() {
        let of = |hosts: &[&'static str]| {
            hosts.iter().map(|host| (HOST, http::HeaderValue::from_static(host))).collect::<HeaderMap>()
        };
        assert!(!is_sane(&of(&[]), Version::HTTP_11) && is_sane(&of(&[]), Version::HTTP_10));
        let mut two = of(&["a"]);
        assert!(is_sane(&two, Version::HTTP_11));
        two.append(HOST, http::HeaderValue::from_static("a"));
        assert!(!is_sane(&two, Version::HTTP_11) && !is_sane(&two, Version::HTTP_2));
    }
}
