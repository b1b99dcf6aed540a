//! Signed tokens: `<key>.<expiry>.<epoch>.<mac>`.
//!
//! They are the name of the key that signed, the time at which the token ends (seconds since the Unix epoch), the
//! title's epoch, and HMAC-SHA-256 (RFC 2104) over these two and the title's name, in hexadecimal.

use std::path::{Path, PathBuf};

use ring::hmac;

use super::error::{Denied, SetupError};
use super::keys::{file_name, secret};

/// Secrets below this are guessed: half of SHA-256's output (RFC 2104 §3).
const SHORTEST_SECRET: usize = 16;
/// Begins each signed text, so that no signature of another kind under the same key is one of a token.
const DOMAIN: &str = "pack title token";

/// The keys that tokens may be signed with. The first signs; all are accepted, so that keys can be changed without a gap.
#[derive(Debug, Default)]
pub(super) struct SigningKeys(Vec<SigningKey>);

struct SigningKey {
    name: String,
    mac: hmac::Key,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.name)
    }
}

impl SigningKeys {
    /// Reads the keys in `files`: each is named by its file, without the extension, and its secret is the content
    /// without white space at the end. `None` when there are no files.
    pub(super) fn load(files: &[PathBuf]) -> Result<Option<Self>, SetupError> {
        let keys = files.iter().map(|file| load(file)).collect::<Result<Vec<_>, _>>()?;
        Ok((!keys.is_empty()).then_some(Self(keys)))
    }

    /// The library's own key. It has the name and the secret that its file would have in the settings: an operator who
    /// names the file there invalidates nothing.
    pub(super) fn of_library(secret: &str) -> Self {
        Self(vec![SigningKey::new(config::access::KEY.to_owned(), secret.as_bytes())])
    }

    /// A token for `title` at `epoch` until `expires`. `None` without keys.
    pub(super) fn sign(&self, title: &str, epoch: u64, expires: u64) -> Option<String> {
        let key = self.0.first()?;
        let mac = hmac::sign(&key.mac, text(title, epoch, expires).as_bytes());
        let hex: String = mac.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Some(format!("{}.{expires}.{epoch}.{hex}", key.name))
    }

    /// The second at which `token` ends, if it is good for `title` at `epoch` and `now`.
    pub(super) fn check(&self, token: &str, title: &str, epoch: u64, now: u64) -> Result<u64, Denied> {
        let mut fields = token.split('.');
        let mut field = || fields.next().ok_or(Denied::Invalid);
        let (name, expires, signed_epoch, mac) = (field()?, number(field()?)?, number(field()?)?, bytes(field()?)?);
        if fields.next().is_some() {
            return Err(Denied::Invalid);
        }
        let key = self.0.iter().find(|key| key.name == name).ok_or(Denied::Invalid)?;
        // Compared in constant time: the answer's delay tells nothing of the right one.
        hmac::verify(&key.mac, text(title, signed_epoch, expires).as_bytes(), &mac).map_err(|_| Denied::Invalid)?;
        match () {
            () if signed_epoch != epoch => Err(Denied::Revoked),
            () if now >= expires => Err(Denied::Expired),
            () => Ok(expires),
        }
    }
}

impl SigningKey {
    fn new(name: String, secret: &[u8]) -> Self {
        Self { name, mac: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }
}

/// The signed text. The title stands last and the numbers have no line breaks, so that no two tokens have one text.
fn text(title: &str, epoch: u64, expires: u64) -> String {
    format!("{DOMAIN}\n{expires}\n{epoch}\n{title}")
}

fn load(file: &Path) -> Result<SigningKey, SetupError> {
    let refuse = |why| SetupError::Key { setting: "origin.signing_keys", file: file.to_owned(), why };
    let name = file_name(file).map_err(refuse)?;
    Ok(SigningKey::new(name, &secret(file, SHORTEST_SECRET).map_err(refuse)?))
}

fn number(digits: &str) -> Result<u64, Denied> {
    // `parse` would take a sign, and two texts of one number.
    let canonical = digits == "0" || (digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0'));
    digits.parse().ok().filter(|_| canonical).ok_or(Denied::Invalid)
}

fn bytes(hex: &str) -> Result<Vec<u8>, Denied> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    hex.as_bytes().chunks(2).map(pair).collect::<Option<_>>().ok_or(Denied::Invalid)
}
