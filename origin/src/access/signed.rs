//! Signed URLs: who holds one may read what lies below a path until an hour.
//!
//! A token is `<key>.<expiry>.<parts>.<mac>`: the name of the key that signed it, the second since 1970 at which it ends,
//! how many parts of the path it covers, and HMAC-SHA-256 (RFC 2104) over the expiry and these parts, in hexadecimal.

use std::path::{Path, PathBuf};

use ring::hmac;

use super::Denied;
use super::keys::{file_name, secret};
use crate::error::Error;

/// Secrets below this are guessed: half of SHA-256's output (RFC 2104 §3).
const SHORTEST: usize = 16;

/// The keys that URLs may be signed with. The first signs; all are accepted, so that keys can be changed without a gap.
#[derive(Debug)]
pub(super) struct Keys(Vec<Key>);

struct Key {
    name: String,
    mac: hmac::Key,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.name)
    }
}

impl Keys {
    /// Reads the keys in `files`: each is named by its file, without the extension, and its secret is the content
    /// without white space at the end. `None` when there are no files.
    pub(super) fn load(files: &[PathBuf]) -> Result<Option<Self>, Error> {
        let keys = files.iter().map(|file| load(file)).collect::<Result<Vec<_>, _>>()?;
        Ok((!keys.is_empty()).then_some(Self(keys)))
    }

    /// A token for what lies at and below `prefix` (a path below the library; empty for all of it) until `expires`.
    pub(super) fn sign(&self, prefix: &str, expires: u64) -> Option<String> {
        let key = self.0.first()?;
        let mac = hmac::sign(&key.mac, text(prefix, expires).as_bytes());
        let hex: String = mac.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = if prefix.is_empty() { 0 } else { prefix.split('/').count() };
        Some(format!("{}.{expires}.{parts}.{hex}", key.name))
    }

    /// The second at which `token` ends, if it covers `below` and was signed by one of the keys.
    pub(super) fn verify(&self, token: &str, below: &str) -> Result<u64, Denied> {
        let mut fields = token.split('.');
        let mut field = || fields.next().ok_or(Denied::Invalid);
        let (name, expires, parts, mac) = (field()?, number(field()?)?, number(field()?)?, bytes(field()?)?);
        if fields.next().is_some() {
            return Err(Denied::Invalid);
        }
        let prefix = first_parts(below, parts).ok_or(Denied::Invalid)?;
        let key = self.0.iter().find(|key| key.name == name).ok_or(Denied::Invalid)?;
        // Compared in constant time: the answer's delay tells nothing of the right one.
        hmac::verify(&key.mac, text(prefix, expires).as_bytes(), &mac).map_err(|_| Denied::Invalid)?;
        Ok(expires)
    }
}

/// What is signed. The number has no line break, so that no two pairs give one text.
fn text(prefix: &str, expires: u64) -> String {
    format!("{expires}\n{prefix}")
}

fn load(file: &Path) -> Result<Key, Error> {
    let name = file_name(file)?;
    let secret = secret(file, SHORTEST)?;
    Ok(Key { name, mac: hmac::Key::new(hmac::HMAC_SHA256, &secret) })
}

fn number(digits: &str) -> Result<u64, Denied> {
    // `parse` would take a sign, and two texts of one number.
    let plain = digits == "0" || (digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0'));
    digits.parse().ok().filter(|_| plain).ok_or(Denied::Invalid)
}

fn bytes(hex: &str) -> Result<Vec<u8>, Denied> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    hex.as_bytes().chunks(2).map(pair).collect::<Option<_>>().ok_or(Denied::Invalid)
}

/// The first `parts` parts of `path`; `None` when it has fewer.
fn first_parts(path: &str, parts: u64) -> Option<&str> {
    let Some(last) = parts.checked_sub(1) else { return Some("") };
    let last = usize::try_from(last).ok()?;
    let (at, part) = path
        .split('/')
        .scan(0, |at, part| {
            let here = *at;
            *at += part.len() + 1;
            Some((here, part))
        })
        .nth(last)?;
    path.get(..at + part.len())
}
