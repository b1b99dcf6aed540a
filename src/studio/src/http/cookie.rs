//! The session's cookie.

use http::HeaderMap;
use http::HeaderValue;
use http::header::COOKIE;

use super::caller::Client;
use crate::model::Secret;

/// Bound to this host, to TLS and to the whole site (RFC 6265bis §4.1.3.2).
const SECURE: &str = "__Host-session";
/// On the machine itself, where there is no TLS to bind it to.
const PLAIN: &str = "session";
/// Seconds that a browser keeps it: as long as a session can last.
const SECONDS: i64 = super::signed_in::LONGEST;

/// The secret that the request's cookie holds. A cookie without its prefix counts on the machine itself alone.
#[must_use]
pub fn secret(headers: &HeaderMap, client: &Client) -> Option<Secret> {
    let name = if client.is_tls { SECURE } else { PLAIN };
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| Secret::shown(value)).next()
}

/// The value of `Set-Cookie` that gives a browser the secret of its session.
#[must_use]
pub fn set(secret: &Secret, client: &Client) -> Option<HeaderValue> {
    value(secret.reveal(), SECONDS, client)
}

/// The value of `Set-Cookie` that takes it away.
#[must_use]
pub fn clear(client: &Client) -> Option<HeaderValue> {
    value("", 0, client)
}

fn value(content: &str, seconds: i64, client: &Client) -> Option<HeaderValue> {
    let (name, secure) = if client.is_tls { (SECURE, "; Secure") } else { (PLAIN, "") };
    let text = format!("{name}={content}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}
