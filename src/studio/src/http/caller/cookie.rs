//! The cookies of sessions and of journeys to other places.

use http::HeaderMap;
use http::HeaderValue;
use http::header::COOKIE;

use super::Client;
use crate::model::Secret;

/// Bound to this host, to TLS and to the whole site (RFC 6265bis §4.1.3.2).
const SECURE: &str = "__Host-session";
/// On the machine itself, where there is no TLS to bind it to.
const PLAIN: &str = "session";
/// Seconds that a browser keeps it: as long as a session can last.
const SECONDS: i64 = super::signed_in::LONGEST;

/// Of a browser on its way to another place and back.
const SECURE_JOURNEY: &str = "__Host-oidc";
/// The same on the machine itself.
const PLAIN_JOURNEY: &str = "oidc";
/// Seconds that a journey may take.
const JOURNEY_SECONDS: i64 = 600;

/// The secret that the request's cookie holds. A cookie without its prefix counts on the machine itself alone.
#[must_use]
pub fn secret(headers: &HeaderMap, client: &Client) -> Option<Secret> {
    find(headers, if client.is_tls { SECURE } else { PLAIN }).map(Secret::shown)
}

/// The sealed journey that the request's cookie holds.
#[must_use]
pub fn journey<'a>(headers: &'a HeaderMap, client: &Client) -> Option<&'a str> {
    find(headers, if client.is_tls { SECURE_JOURNEY } else { PLAIN_JOURNEY })
}

/// The value of `Set-Cookie` that gives a browser the secret of its session.
#[must_use]
pub fn set(secret: &Secret, client: &Client) -> Option<HeaderValue> {
    value([SECURE, PLAIN], secret.reveal(), SECONDS, client)
}

/// The value of `Set-Cookie` that takes it away.
#[must_use]
pub fn clear(client: &Client) -> Option<HeaderValue> {
    value([SECURE, PLAIN], "", 0, client)
}

/// The value of `Set-Cookie` that gives a browser a sealed journey.
#[must_use]
pub fn set_journey(sealed: &str, client: &Client) -> Option<HeaderValue> {
    value([SECURE_JOURNEY, PLAIN_JOURNEY], sealed, JOURNEY_SECONDS, client)
}

/// The value of `Set-Cookie` that takes it away.
#[must_use]
pub fn clear_journey(client: &Client) -> Option<HeaderValue> {
    value([SECURE_JOURNEY, PLAIN_JOURNEY], "", 0, client)
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn value([secure, plain]: [&str; 2], content: &str, seconds: i64, client: &Client) -> Option<HeaderValue> {
    let (name, secure) = if client.is_tls { (secure, "; Secure") } else { (plain, "") };
    let text = format!("{name}={content}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}
