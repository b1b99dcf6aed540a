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

/// Removes tokens from what a client sent, for logs: their readers must not get the right to play. Where a token
/// belongs nothing is told, whatever stands there; elsewhere, as where a URL was mistyped, what looks like one is left out.
#[must_use]
pub fn without_tokens(sent: &str) -> Cow<'_, str> {
    let decoded = unescaped(sent);
    let placed = without_places(&decoded);
    let shaped = without_shapes(placed.as_deref().unwrap_or(&decoded));
    shaped.or(placed).map_or(sent.into(), Cow::Owned)
}

/// `url` with nothing where tokens belong; `None` where nothing stands there.
fn without_places(url: &str) -> Option<String> {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let marked = path.split_once("/vod/~");
    if marked.is_none() && query.is_none_or(|query| argument(query).is_none()) {
        return None;
    }
    let mut text = match marked {
        Some((before, marked)) => format!("{before}/vod/~/{}", marked.split_once('/').map_or("", |(_, below)| below)),
        None => path.to_owned(),
    };
    for (i, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        text.push(if i == 0 { '?' } else { '&' });
        text.push_str(if pair.starts_with("token=") { "token=" } else { pair });
    }
    Some(text)
}

/// Characters of the shortest signature: 32 bytes in base64url; in hexadecimal they are 64.
const SHORTEST_SIGNATURE: usize = 43;

/// `text` without what looks like a token; `None` where nothing does.
fn without_shapes(text: &str) -> Option<String> {
    if !has_run(text, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return None;
    }
    let is_between = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    // Each piece is a word and the character after it.
    let kept: String = text
        .split_inclusive(is_between)
        .map(|piece| {
            let word = piece.trim_end_matches(is_between);
            if is_like_token(word) { &piece[word.len()..] } else { piece }
        })
        .collect();
    (kept.len() < text.len()).then_some(kept)
}

/// True if `word` has a signature behind two dots or more, as both kinds of tokens have. Titles may be as long and have
/// dots, but no capitals, of which a signature in base64url has some.
fn is_like_token(word: &str) -> bool {
    let is_signature = |part: &str| {
        has_run(part, |b| b.is_ascii_hexdigit())
            || part.len() >= SHORTEST_SIGNATURE && part.bytes().any(|b| b.is_ascii_uppercase())
    };
    word.split('.').skip(2).any(is_signature)
}

/// True if [`SHORTEST_SIGNATURE`] bytes in a row are all `wanted`. Each step looks from the end of so many back to one
/// that is not: most texts have none, and most of their bytes are never looked at.
fn has_run(text: &str, wanted: impl Fn(u8) -> bool) -> bool {
    let mut start = 0;
    while let Some(next) = text.as_bytes().get(start..start + SHORTEST_SIGNATURE) {
        match next.iter().rposition(|b| !wanted(*b)) {
            Some(at) => start += at + 1,
            None => return true,
        }
    }
    false
}
