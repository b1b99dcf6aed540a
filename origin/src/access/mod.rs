//! Who may read what, where access is controlled: by signed URLs ([`signed`]), JSON Web Tokens ([`jwt`]), or either.
//!
//! A token stands before the path that it covers, `/vod/~<token>/<title>/…`, so that the relative URLs of playlists and
//! MPDs inherit it (RFC 3986 §5.2); in the query, `?token=<token>`, for one URL; or, a JSON Web Token, in
//! `Authorization: Bearer` (RFC 6750).

mod jwt;
mod keys;
mod signed;

use std::borrow::Cow;

use config::origin::Origin;
use http::StatusCode;

use crate::error::Error;

/// What marks the part of a path that holds a token. No title's name has it.
const MARK: char = '~';

/// What tokens are checked with.
#[derive(Debug)]
pub struct Access {
    signed: Option<signed::Keys>,
    jwt: Option<jwt::Keys>,
}

/// Where a token stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Before the path: part of every cache's key.
    Path,
    /// In the query, which a cache's key may leave out.
    Query,
    /// In `Authorization`, which no cache's key has.
    Header,
}

/// A path that may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted<'a> {
    /// The path without its token, below the library.
    pub below: &'a str,
    /// Until when, seconds since 1970.
    pub expires: u64,
    /// Where the token stood.
    pub carrier: Carrier,
}

/// Why a token grants nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// It is none of ours, or for another path.
    #[error("it is no valid token for this")]
    Invalid,
    /// It ended.
    #[error("the token has expired")]
    Expired,
    /// It has not begun.
    #[error("the token holds only later")]
    Early,
    /// It is for others.
    #[error("the token is for another audience")]
    Audience,
    /// It is for other paths.
    #[error("the token is for other paths")]
    Elsewhere,
}

/// Why a path may not be read. Clients are told the status and [`Refusal::challenge`] alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no token; `bearer` when one could be sent in `Authorization`.
    #[error("there is no token")]
    Missing {
        /// Whether `Authorization` is read.
        bearer: bool,
    },
    /// There is one, but it won't do.
    #[error("{why}")]
    Denied {
        /// What is wrong with it.
        why: Denied,
        /// Where it stood.
        carrier: Carrier,
    },
}

impl Refusal {
    /// The answer's status, and its `WWW-Authenticate` (RFC 6750 §3), which a 401 must have.
    #[must_use]
    pub const fn challenge(self) -> (StatusCode, Option<&'static str>) {
        match self {
            Self::Missing { bearer: true } => (StatusCode::UNAUTHORIZED, Some("Bearer")),
            Self::Denied { why: Denied::Elsewhere, carrier: Carrier::Header } => {
                (StatusCode::FORBIDDEN, Some("Bearer error=\"insufficient_scope\""))
            }
            Self::Denied { carrier: Carrier::Header, .. } => {
                (StatusCode::UNAUTHORIZED, Some("Bearer error=\"invalid_token\""))
            }
            Self::Missing { bearer: false } | Self::Denied { .. } => (StatusCode::FORBIDDEN, None),
        }
    }
}

impl Access {
    /// Reads the keys that `settings` name; `None` when there are none: access is free.
    ///
    /// # Errors
    /// When a file can't be read or holds no key, or its name can't stand in a token.
    pub fn load(settings: &Origin) -> Result<Option<Self>, Error> {
        let signed = signed::Keys::load(&settings.signing_keys)?;
        let jwt = jwt::Keys::load(&settings.jwt.keys, &settings.jwt.audience)?;
        Ok((signed.is_some() || jwt.is_some()).then_some(Self { signed, jwt }))
    }

    /// A signed URL's token for what lies at and below `prefix` (a path below the library, such as a title's name; empty
    /// for all of it) until `expires` (seconds since 1970). `None` without signing keys.
    #[must_use]
    pub fn sign(&self, prefix: &str, expires: u64) -> Option<String> {
        self.signed.as_ref()?.sign(prefix, expires)
    }

    /// The same as a JSON Web Token, for `audience` where it is not that of the settings. `None` without a secret or a
    /// private key to sign with.
    #[must_use]
    pub fn sign_jwt(&self, prefix: &str, expires: u64, audience: Option<&str>) -> Option<String> {
        self.jwt.as_ref()?.sign(prefix, expires, audience)
    }

    /// Decides on `path`, what follows `/vod/`, with the request's `query` and `Authorization`, at `now` (seconds since
    /// 1970). An empty path is the library as a whole.
    ///
    /// # Errors
    /// When nothing grants it.
    pub fn check<'a>(
        &self,
        path: &'a str,
        query: Option<&str>,
        authorization: Option<&str>,
        now: u64,
    ) -> Result<Granted<'a>, Refusal> {
        let (token, below, carrier) = self.find(path, query, authorization)?;
        match self.expiry(token, below, now) {
            Ok(expires) => Ok(Granted { below, expires, carrier }),
            Err(why) => Err(Refusal::Denied { why, carrier }),
        }
    }

    /// The request's token, the path that is asked for, and where the token stood.
    fn find<'token, 'path: 'token>(
        &self,
        path: &'path str,
        query: Option<&'token str>,
        authorization: Option<&'token str>,
    ) -> Result<(&'token str, &'path str, Carrier), Refusal> {
        let bearer = self.jwt.is_some();
        if let Some(marked) = path.strip_prefix(MARK) {
            let carrier = Carrier::Path;
            let (token, below) = marked.split_once('/').ok_or(Refusal::Denied { why: Denied::Invalid, carrier })?;
            return Ok((token, below, carrier));
        }
        let header =
            authorization.filter(|_| bearer).and_then(bearer_token).map(|token| (token, path, Carrier::Header));
        let in_query = || query.and_then(argument).map(|token| (token, path, Carrier::Query));
        header.or_else(in_query).ok_or(Refusal::Missing { bearer })
    }

    /// When `token` ends, if it grants `below` at `now`. The two kinds are told apart by their dots.
    fn expiry(&self, token: &str, below: &str, now: u64) -> Result<u64, Denied> {
        match token.bytes().filter(|b| *b == b'.').count() {
            2 => self.jwt.as_ref().ok_or(Denied::Invalid)?.check(token, below, now),
            _ => {
                let expires = self.signed.as_ref().ok_or(Denied::Invalid)?.verify(token, below)?;
                if now < expires { Ok(expires) } else { Err(Denied::Expired) }
            }
        }
    }
}

fn argument(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("token="))
}

/// The token of `Bearer <token>`; the scheme's letters may be large or small (RFC 9110 §11.1).
fn bearer_token(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim_ascii())
}

/// A URL, or a request's target, without the tokens in it, for logs: who reads them must not get the right to play.
#[must_use]
pub(crate) fn without_tokens(url: &str) -> Cow<'_, str> {
    // Most URLs have neither mark. All of each is looked at, so that it takes many bytes at once.
    if !url.bytes().fold(false, |found, b| found | (b == b'~') | (b == b'?')) {
        return url.into();
    }
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let marked = if path.contains(MARK) { path.split_once("/vod/~") } else { None };
    if marked.is_none() && query.is_none_or(|query| argument(query).is_none()) {
        return url.into();
    }
    let mut text = match marked {
        Some((before, marked)) => format!("{before}/vod/~/{}", marked.split_once('/').map_or("", |(_, below)| below)),
        None => path.to_owned(),
    };
    for (i, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        text.push(if i == 0 { '?' } else { '&' });
        text.push_str(if pair.starts_with("token=") { "token=" } else { pair });
    }
    text.into()
}

#[cfg(test)]
mod tests;
