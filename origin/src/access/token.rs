//! Places of a token in a request.

use std::borrow::Cow;

use crate::http::route::unescaped;

/// Marks the part of a path that holds a token. No title's name has it.
const MARK: char = '~';

/// The place of a token in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Before the path: part of every cache's key.
    Path,
    /// In the query, which a cache's key may leave out.
    Query,
    /// In `Authorization`, which no cache's key has.
    Header,
}

/// All places of a request that may hold a token.
#[derive(Debug, Clone, Copy, Default)]
pub struct Credentials<'a> {
    /// The token before its path, see [`split_token`].
    pub path: Option<&'a str>,
    /// Its query, in which no unreserved character is encoded.
    pub query: Option<&'a str>,
    /// Its `Authorization`.
    pub authorization: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    /// The tokens, the one first that shared caches know of. Any of them will do.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (Carrier, &'a str)> + use<'a> {
        let path = self.path.map(|token| (Carrier::Path, token));
        let query = self.query.and_then(argument).map(|token| (Carrier::Query, token));
        let header = self.authorization.and_then(bearer).map(|token| (Carrier::Header, token));
        path.into_iter().chain(query).chain(header)
    }
}

/// Takes the token off a path, in which no unreserved character is encoded: `path` is relative to `/vod/`, and
/// `~<token>/<title>/…` is `<token>` and `<title>/…`.
#[must_use]
pub fn split_token(path: &str) -> (Option<&str>, &str) {
    match path.strip_prefix(MARK) {
        Some(marked) => {
            let (token, below) = marked.split_once('/').unwrap_or((marked, ""));
            (Some(token), below)
        }
        None => (None, path),
    }
}

fn argument(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("token="))
}

/// The token of `Bearer <token>`; the scheme is case-insensitive (RFC 9110 §11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim_ascii())
}

/// A URL, or a request's target, without the tokens in it, for logs: their readers must not get the right to play.
#[must_use]
pub fn without_tokens(url: &str) -> Cow<'_, str> {
    let plain = unescaped(url);
    let (path, query) = plain.split_once('?').map_or((&*plain, None), |(path, query)| (path, Some(query)));
    let marked = path.split_once("/vod/~");
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
