//! JSON Web Tokens (RFC 7519) that name titles: HS256, RS256 and ES256.
//!
//! Tokens are treated as RFC 8725 says: the key says which algorithm it is for, and a token that names another, or
//! none, is none of its. Only what a signature covers is read, but for the header that says whose it might be.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quick_cache::sync::Cache;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Number, json};

use super::error::{Denied, SetupError};
use super::keys::{self, JwtKey};

/// No token of ours is longer, and what checks one should not have to read more of a stranger's.
const LONGEST_TOKEN: usize = 4096;
/// Tokens whose signatures need not be checked again: a player sends its own with every segment, and a check of ES256
/// costs more than the answer.
const KNOWN: usize = 1024;
/// Seconds that this clock may lag behind the issuer's (RFC 7519 §4.1.5).
const LAG: u64 = 60;

/// The keys that tokens may be signed with, and for whom they must be.
#[derive(Debug)]
pub(super) struct JwtKeys {
    keys: Vec<JwtKey>,
    audience: String,
    known: Cache<Box<str>, Arc<TokenClaims>>,
}

#[derive(Deserialize)]
struct JoseHeader {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood (RFC 7515 §4.1.11); we understand none.
    crit: Option<IgnoredAny>,
}

/// The claims of a token that one of the keys has signed and that is for us.
#[derive(Debug)]
struct TokenClaims {
    expires: u64,
    not_before: u64,
    titles: Vec<String>,
    epoch: u64,
}

#[derive(Deserialize)]
struct Payload {
    exp: Number,
    nbf: Option<Number>,
    aud: Option<OneOrMore>,
    path: OneOrMore,
    #[serde(default)]
    epoch: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts,
        }
    }
}

impl JwtKeys {
    /// Reads the keys in `files`; `None` when there are no files. Tokens must be for `audience`; where that is empty, for
    /// nobody in particular.
    pub(super) fn load(files: &[PathBuf], audience: &str) -> Result<Option<Self>, SetupError> {
        let mut keys = Vec::new();
        for file in files {
            let refuse = |why| SetupError::Key { setting: "origin.jwt.keys", file: file.clone(), why };
            keys.extend(keys::load(file).map_err(refuse)?);
        }
        Ok((!keys.is_empty()).then(|| Self { keys, audience: audience.to_owned(), known: Cache::new(KNOWN) }))
    }

    /// A token for `title` at `epoch` until `expires`, signed with the first key that can.
    pub(super) fn sign(&self, title: &str, epoch: u64, expires: u64, audience: Option<&str>) -> Option<String> {
        let audience = audience.unwrap_or(&self.audience);
        let mut payload = json!({ "exp": expires, "path": format!("/vod/{title}"), "epoch": epoch });
        if !audience.is_empty() {
            payload["aud"] = audience.into();
        }
        self.keys.iter().find_map(|key| {
            let mut header = json!({ "alg": key.material.algorithm(), "typ": "JWT" });
            if let Some(id) = &key.id {
                header["kid"] = id.as_str().into();
            }
            let part = |json: &serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
            let message = format!("{}.{}", part(&header), part(&payload));
            let signature = key.material.sign(message.as_bytes())?;
            Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
        })
    }

    /// The second at which `token` ends, if it is good for `title` at `epoch` and `now`.
    pub(super) fn check(&self, token: &str, title: &str, epoch: u64, now: u64) -> Result<u64, Denied> {
        let claims = match self.known.get(token) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.verify(token)?);
                self.known.insert(token.into(), claims.clone());
                claims
            }
        };
        if now >= claims.expires {
            return Err(Denied::Expired);
        }
        if now.saturating_add(LAG) < claims.not_before {
            return Err(Denied::Early);
        }
        if !claims.titles.iter().any(|named| named == title) {
            return Err(Denied::Elsewhere);
        }
        if claims.epoch != epoch {
            return Err(Denied::Revoked);
        }
        Ok(claims.expires)
    }

    fn verify(&self, token: &str) -> Result<TokenClaims, Denied> {
        if token.len() > LONGEST_TOKEN {
            return Err(Denied::Invalid);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Denied::Invalid)?;
        let (header, payload) = message.split_once('.').ok_or(Denied::Invalid)?;
        let header: JoseHeader = read(header)?;
        let signature = decode(signature)?;
        if header.crit.is_some() {
            return Err(Denied::Invalid);
        }
        let may_have_signed = |key: &&JwtKey| {
            key.material.algorithm() == header.alg && header.kid.as_ref().is_none_or(|id| key.id.as_ref() == Some(id))
        };
        let mut candidates = self.keys.iter().filter(may_have_signed);
        if !candidates.any(|key| key.material.verifies(message.as_bytes(), &signature)) {
            return Err(Denied::Invalid);
        }
        self.accept(&read(payload)?)
    }

    /// Accepts a payload that is in force and for us.
    fn accept(&self, payload: &Payload) -> Result<TokenClaims, Denied> {
        let audiences = payload.aud.as_ref().map(OneOrMore::as_slice);
        // RFC 7519 §4.1.3: who is not among those that a token is for must refuse it.
        let for_us = match audiences {
            Some(audiences) => audiences.contains(&self.audience),
            None => self.audience.is_empty(),
        };
        if !for_us {
            return Err(Denied::Audience);
        }
        let expires = seconds(&payload.exp).ok_or(Denied::Invalid)?;
        let not_before = payload.nbf.as_ref().map_or(Some(0), seconds).ok_or(Denied::Invalid)?;
        let titles = payload.path.as_slice().iter().filter_map(|path| title(path)).map(str::to_owned).collect();
        Ok(TokenClaims { expires, not_before, titles, epoch: payload.epoch })
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Denied> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Denied::Invalid)
}

fn read<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, Denied> {
    serde_json::from_slice(&decode(part)?).map_err(|_| Denied::Invalid)
}

/// Whole seconds since the Unix epoch; a NumericDate may have a fraction (RFC 7519 §2), with which nothing here counts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and what is negative is refused"
)]
fn seconds(date: &Number) -> Option<u64> {
    date.as_u64().or_else(|| date.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| seconds as u64))
}

/// The title that a `path` claim names: `/vod/shows/ep-1` or `shows/ep-1`, with or without a slash at the end. `None` for
/// a path outside the library.
fn title(path: &str) -> Option<&str> {
    let below = if path.starts_with('/') { path.strip_prefix("/vod/")? } else { path };
    Some(below.strip_suffix('/').unwrap_or(below))
}
