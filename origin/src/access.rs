//! Signed URLs: who holds one may read what lies below a path until an hour.
//!
//! A token is `<key>.<expiry>.<parts>.<mac>`: the name of the key that signed it, the second since 1970 at which it ends,
//! how many parts of the path it covers, and HMAC-SHA-256 (RFC 2104) over the expiry and these parts, in hexadecimal. It
//! stands before the path it covers, `/vod/~<token>/<title>/…`, so that the relative URLs of playlists and MPDs inherit it
//! (RFC 3986 §5.2), or in the query, `?token=<token>`, for one file.

use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::Error;

/// What marks the part of a path that holds a token. No title's name has it.
const MARK: char = '~';
/// Secrets below this are guessed: half of SHA-256's output (RFC 2104 §3).
const SHORTEST: usize = 16;

/// The keys that URLs may be signed with. The first signs; all are accepted, so that keys can be changed without a gap.
#[derive(Debug)]
pub struct Keys(Vec<Key>);

struct Key {
    name: String,
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.name)
    }
}

/// A path that may be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Granted {
    /// The path without its token, below the library.
    pub below: String,
    /// Until when, seconds since 1970.
    pub expires: u64,
}

/// Why a path may not be read. Clients are told no more than 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// There is no token, or it is none of ours.
    #[error("no valid token")]
    Invalid,
    /// It ended.
    #[error("the token has expired")]
    Expired,
}

impl Keys {
    /// Reads the keys in `files`: each is named by its file, without the extension, and its secret is the content
    /// without white space at the end. `None` when there are no files: access is free.
    ///
    /// # Errors
    /// When a file can't be read, its name can't stand in a URL, or its secret is too short.
    pub fn load(files: &[PathBuf]) -> Result<Option<Self>, Error> {
        let keys = files.iter().map(|file| load(file)).collect::<Result<Vec<_>, _>>()?;
        Ok((!keys.is_empty()).then_some(Self(keys)))
    }

    /// A token for what lies at and below `prefix` (a path below the library, such as a title's name) until `expires`
    /// (seconds since 1970).
    #[must_use]
    pub fn sign(&self, prefix: &str, expires: u64) -> Option<String> {
        let key = self.0.first()?;
        let mac = key.covering(prefix, expires).finalize().into_bytes();
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(format!("{}.{expires}.{}.{hex}", key.name, prefix.split('/').count()))
    }

    /// Decides on `path`, what follows `/vod/`, with its `query`, at `now` (seconds since 1970).
    ///
    /// # Errors
    /// When nothing grants it.
    pub fn check(&self, path: &str, query: Option<&str>, now: u64) -> Result<Granted, Denied> {
        let (token, below) = match path.strip_prefix(MARK) {
            Some(marked) => marked.split_once('/').ok_or(Denied::Invalid)?,
            None => (query.and_then(argument).ok_or(Denied::Invalid)?, path),
        };
        let expires = self.verify(token, below)?;
        if now >= expires {
            return Err(Denied::Expired);
        }
        Ok(Granted { below: below.to_owned(), expires })
    }

    fn verify(&self, token: &str, below: &str) -> Result<u64, Denied> {
        let mut fields = token.split('.');
        let mut field = || fields.next().ok_or(Denied::Invalid);
        let (name, expires, parts, mac) = (field()?, number(field()?)?, number(field()?)?, bytes(field()?)?);
        if fields.next().is_some() {
            return Err(Denied::Invalid);
        }
        let prefix = first_parts(below, parts).ok_or(Denied::Invalid)?;
        let key = self.0.iter().find(|key| key.name == name).ok_or(Denied::Invalid)?;
        // Compared in constant time: the answer's delay tells nothing of the right one.
        key.covering(prefix, expires).verify_slice(&mac).map_err(|_| Denied::Invalid)?;
        Ok(expires)
    }
}

impl Key {
    fn covering(&self, prefix: &str, expires: u64) -> Hmac<Sha256> {
        // The number has no line break, so that no two pairs give one text.
        self.mac.clone().chain_update(format!("{expires}\n{prefix}"))
    }
}

fn load(file: &Path) -> Result<Key, Error> {
    let refuse = |why: String| Error::Key { file: file.to_owned(), why };
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return Err(refuse("its name must be of letters, digits, - and _, as it stands in URLs".into()));
    }
    let content = std::fs::read(file).map_err(|error| refuse(error.to_string()))?;
    let secret = content.trim_ascii_end();
    if secret.len() < SHORTEST {
        return Err(refuse(format!("a secret has at least {SHORTEST} bytes; `openssl rand -hex 32` makes one")));
    }
    let mac = Hmac::new_from_slice(secret).map_err(|error| refuse(error.to_string()))?;
    Ok(Key { name: name.to_owned(), mac })
}

fn argument(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("token="))
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
    let last = usize::try_from(parts.checked_sub(1)?).ok()?;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "shows/ep-1/index.m3u8";

    fn keys(names: &[&str]) -> Keys {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &&str| {
            let file = folder.path().join(name).with_extension("key");
            std::fs::write(&file, format!("{name}, a secret of many bytes\n")).unwrap();
            file
        };
        Keys::load(&names.iter().map(file).collect::<Vec<_>>()).unwrap().unwrap()
    }

    #[test]
    fn what_is_signed_may_be_read_until_it_ends() {
        let keys = keys(&["k1"]);
        for prefix in ["shows", "shows/ep-1", FILE] {
            let token = keys.sign(prefix, 1000).unwrap();
            let granted = Granted { below: FILE.into(), expires: 1000 };
            let path = format!("~{token}/{FILE}");
            let query = format!("a=b&token={token}");
            assert_eq!(keys.check(&path, None, 999).as_ref(), Ok(&granted), "{prefix}");
            assert_eq!(keys.check(FILE, Some(&query), 999), Ok(granted), "{prefix}");
            assert_eq!(keys.check(&path, None, 1000), Err(Denied::Expired));
            assert_eq!(keys.check(&path, None, u64::MAX), Err(Denied::Expired));
        }
    }

    #[test]
    fn nothing_else_may() {
        let keys = keys(&["k1"]);
        let token = keys.sign("shows/ep-1", 1000).unwrap();
        let mac = token.rsplit('.').next().unwrap();
        for token in [
            "",
            "k1",
            "k1.1000.2",
            "k1.1000.2.",
            "k1.1000.2.00",
            &format!("k1.1001.2.{mac}"),
            &format!("k1.1000.1.{mac}"),
            &format!("k1.1000.3.{mac}"),
            &format!("k1.1000.0.{mac}"),
            &format!("k1.1000.99.{mac}"),
            &format!("k1.+1000.2.{mac}"),
            &format!("k1.01000.2.{mac}"),
            &format!("k2.1000.2.{mac}"),
            &format!(".1000.2.{mac}"),
            &format!("k1.1000.2.{mac}00"),
            &format!("k1.1000.2.{mac}0"),
            &format!("k1.1000.2.{mac}.x"),
            &format!("k1.1000.2.{}", &mac[2..]),
            &format!("k1.1000.2.x{}", &mac[1..]),
        ] {
            assert_eq!(keys.check(&format!("~{token}/{FILE}"), None, 1), Err(Denied::Invalid), "{token}");
            assert_eq!(keys.check(FILE, Some(&format!("token={token}")), 1), Err(Denied::Invalid), "{token}");
        }
        for below in ["shows/ep-2/index.m3u8", "shows/ep-10/index.m3u8", "shows", "other/shows/ep-1/x", ""] {
            assert_eq!(keys.check(&format!("~{token}/{below}"), None, 1), Err(Denied::Invalid), "{below}");
        }
        assert_eq!(keys.check(FILE, None, 1), Err(Denied::Invalid));
        assert_eq!(keys.check(&format!("~{token}"), None, 1), Err(Denied::Invalid));
    }

    #[test]
    fn keys_can_be_changed_without_a_gap() {
        let (old, both) = (keys(&["old"]), keys(&["new", "old"]));
        let path = |token: String| format!("~{token}/{FILE}");
        let before = path(old.sign("shows", 9).unwrap());
        let after = path(both.sign("shows", 9).unwrap());
        assert!(both.check(&before, None, 1).is_ok() && both.check(&after, None, 1).is_ok());
        assert!(after.starts_with("~new.") && old.check(&after, None, 1).is_err());
    }

    #[test]
    fn bad_keys_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let short = folder.path().join("short.key");
        std::fs::write(&short, "0123456789abcde\n\n").unwrap();
        let odd = folder.path().join("a b.key");
        std::fs::write(&odd, "0123456789abcdef").unwrap();
        for file in [short, odd, folder.path().join("none.key")] {
            let error = Keys::load(std::slice::from_ref(&file)).unwrap_err().to_string();
            assert!(error.contains(&file.display().to_string()), "{error}");
        }
        assert!(Keys::load(&[]).unwrap().is_none());
    }

    proptest! {
        #[test]
        fn no_text_is_granted_by_chance(token in "[k1.0-9a-f]{0,90}|\\PC{0,40}", below in "[a-z/~.]{0,20}") {
            let keys = keys(&["k1"]);
            let path = format!("~{token}/{below}");
            prop_assert!(keys.check(&path, Some(&token), 1).is_err());
        }
    }
}
