//! The request's host (RFC 9110 §7.2, RFC 9112 §3.2).

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::HOST;
use http::{HeaderMap, Uri, Version};

/// True if a request names its host as it must: in HTTP/1.1 in `headers` once, from HTTP/2 on there as in its target, if it
/// does in both; and always in a way that can only be read as a host with or without a port, and no user. Two servers that
/// read one field in two ways, or one each of two, are two to be smuggled past.
pub(crate) fn is_sane(target: &Uri, headers: &HeaderMap, version: Version) -> bool {
    let authority = target.authority().map(|authority| authority.as_str().as_bytes());
    if !authority.is_none_or(is_host) {
        return false;
    }
    let mut values = headers.get_all(HOST).iter();
    match (values.next(), values.next()) {
        (None, _) => version != Version::HTTP_11,
        (Some(host), None) => {
            // RFC 9113 §8.3.1, RFC 9114 §4.3.1. In HTTP/1.1 the field yields to an absolute target (RFC 9112 §3.2.2).
            let other = authority.filter(|_| version > Version::HTTP_11);
            is_host(host.as_bytes()) && other.is_none_or(|other| host.as_bytes().eq_ignore_ascii_case(other))
        }
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
        let is_sane = |headers: &HeaderMap, version| is_sane(&Uri::from_static("/"), headers, version);
        assert!(!is_sane(&of(&[]), Version::HTTP_11) && is_sane(&of(&[]), Version::HTTP_10));
        let mut two = of(&["a"]);
        assert!(is_sane(&two, Version::HTTP_11));
        two.append(HOST, http::HeaderValue::from_static("a"));
        assert!(!is_sane(&two, Version::HTTP_11) && !is_sane(&two, Version::HTTP_2));
    }

    #[test]
    fn two_names_of_the_host_are_the_same() {
        for (target, host, version, sane) in [
            ("https://a.example/", None, Version::HTTP_2, true),
            ("https://a.example/", Some("A.example"), Version::HTTP_2, true),
            ("https://a.example/", Some("b.example"), Version::HTTP_2, false),
            ("https://a.example/", Some("a.example:8443"), Version::HTTP_3, false),
            ("https://u@a.example/", None, Version::HTTP_2, false),
            ("https://u:p@a.example/", Some("a.example"), Version::HTTP_11, false),
            ("http://a.example/", Some("b.example"), Version::HTTP_11, true),
        ] {
            let headers: HeaderMap =
                host.into_iter().map(|host| (HOST, http::HeaderValue::from_static(host))).collect();
            assert_eq!(is_sane(&Uri::from_static(target), &headers, version), sane, "{target} {host:?}");
        }
    }
}
