//! Routes: the meaning of each path.

use std::borrow::Cow;

use config::tree::{TitleName, TreePath};

/// Paths above this length are no places of ours: a title's name has at most 800 bytes, and what lies below a
/// revision is short.
const LONGEST_PATH: usize = 1200;

/// The meaning of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// A file of the library: its path below it, and what that is.
    Tree(Cow<'a, str>, TreePath),
    /// `/api/titles`.
    Titles,
    /// `/api/titles/<title>`.
    Title(TitleName),
    /// `/watch/<title>`: the title, and the whole path.
    Watch(TitleName, Cow<'a, str>),
    /// `/`, `/assets/…`: the whole path.
    Page(Cow<'a, str>),
    /// `/steering`.
    Steering,
    /// `/healthz`.
    Health,
    /// `/readyz`.
    Ready,
    /// No place of ours.
    Nowhere,
}

/// Finds what `path` (of a request's target, without its query) means.
#[must_use]
pub(crate) fn route(path: &str) -> Route<'_> {
    match normalise(path) {
        Some(Cow::Borrowed(path)) => place(path),
        Some(Cow::Owned(path)) => owned(place(&path)),
        None => Route::Nowhere,
    }
}

fn place(path: &str) -> Route<'_> {
    match path {
        "/healthz" => return Route::Health,
        "/steering" => return Route::Steering,
        "/readyz" => return Route::Ready,
        "/api/titles" => return Route::Titles,
        "/" => return Route::Page(Cow::Borrowed(path)),
        _ => {}
    }
    if let Some(below) = path.strip_prefix("/vod/") {
        TreePath::parse(below).map_or(Route::Nowhere, |tree| Route::Tree(Cow::Borrowed(below), tree))
    } else if let Some(title) = path.strip_prefix("/api/titles/") {
        TitleName::parse(title).map_or(Route::Nowhere, Route::Title)
    } else if let Some(title) = path.strip_prefix("/watch/") {
        TitleName::parse(title).map_or(Route::Nowhere, |title| Route::Watch(title, Cow::Borrowed(path)))
    } else if path.starts_with("/assets/") {
        Route::Page(Cow::Borrowed(path))
    } else {
        Route::Nowhere
    }
}

fn owned(route: Route<'_>) -> Route<'static> {
    match route {
        Route::Tree(path, tree) => Route::Tree(Cow::Owned(path.into_owned()), tree),
        Route::Page(path) => Route::Page(Cow::Owned(path.into_owned())),
        Route::Watch(title, path) => Route::Watch(title, Cow::Owned(path.into_owned())),
        Route::Title(name) => Route::Title(name),
        Route::Titles => Route::Titles,
        Route::Steering => Route::Steering,
        Route::Health => Route::Health,
        Route::Ready => Route::Ready,
        Route::Nowhere => Route::Nowhere,
    }
}

/// The one normalisation is [`unescaped`], and nothing else may be encoded, because none of our names needs it. What comes
/// out has only unreserved characters and single `/`, and no part of it begins with a dot; so it can spell neither `..`
/// nor `.pack` nor NUL nor a backslash, and there is nothing left in it to decode a second time.
fn normalise(path: &str) -> Option<Cow<'_, str>> {
    if path.len() > LONGEST_PATH {
        return None;
    }
    let path = unescaped(path);
    let below = path.strip_prefix('/')?;
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(unreserved);
    (below.is_empty() || below.split('/').all(part)).then_some(path)
}

/// `text` with each `%XX` of an unreserved character as that character (RFC 3986 §6.2.2.2), and all else as it is.
#[must_use]
pub(crate) fn unescaped(text: &str) -> Cow<'_, str> {
    let (mut decoded, mut done) = (String::new(), 0);
    for (at, _) in text.match_indices('%') {
        let Some(character) = text.get(at + 1..at + 3).and_then(encoded) else { continue };
        decoded.push_str(&text[done..at]);
        decoded.push(character);
        done = at + 3;
    }
    if done == 0 { text.into() } else { Cow::Owned(decoded + &text[done..]) }
}

/// The unreserved character with this code, two hexadecimal digits.
fn encoded(digits: &str) -> Option<char> {
    let hex = Some(digits).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(hex, 16).ok().filter(|byte| unreserved(*byte)).map(char::from)
}

/// RFC 3986 §2.3.
fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use config::tree::Object;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_places_there_are() {
        for (path, want) in [
            ("/", Route::Page("/".into())),
            ("/watch/shows/ep-1", Route::Watch(TitleName::parse("shows/ep-1").unwrap(), "/watch/shows/ep-1".into())),
            ("/assets/app.js", Route::Page("/assets/app.js".into())),
            ("/api/titles", Route::Titles),
            ("/api/titles/shows/ep-1", TitleName::parse("shows/ep-1").map_or(Route::Nowhere, Route::Title)),
            ("/healthz", Route::Health),
            ("/readyz", Route::Ready),
            ("/steering", Route::Steering),
            ("/%68ealthz", Route::Health),
            ("/api/%74itles", Route::Titles),
        ] {
            assert_eq!(route(path), want, "{path}");
        }
    }

    #[test]
    fn files_of_the_library() {
        for (path, below, object) in [
            ("/vod/a/index.m3u8", "a/index.m3u8", Object::Multivariant),
            ("/vod/a/b/manifest.mpd", "a/b/manifest.mpd", Object::Mpd),
            ("/vod/a/title.json", "a/title.json", Object::TitleJson),
            (
                "/vod/a/R0123456789abcdef/video/x/00001.m4s",
                "a/R0123456789abcdef/video/x/00001.m4s",
                Object::VideoSegment,
            ),
            ("/vod/a/R0123456789abcdef/audio/x/init.mp4", "a/R0123456789abcdef/audio/x/init.mp4", Object::AudioSegment),
            ("/vod/a/R0123456789abcdef/poster.jpg", "a/R0123456789abcdef/poster.jpg", Object::Image),
            ("/vod/a/R0123456789abcdef/text/en/00001.vtt", "a/R0123456789abcdef/text/en/00001.vtt", Object::Text),
            ("/vod/%61/index%2em3u8", "a/index.m3u8", Object::Multivariant),
            ("/vod/a/index%2Em3u8", "a/index.m3u8", Object::Multivariant),
            ("/vod/a%2db/index.m3u8", "a-b/index.m3u8", Object::Multivariant),
        ] {
            let Route::Tree(found, tree) = route(path) else { panic!("{path} is nowhere") };
            assert_eq!((found.as_ref(), tree.object), (below, object), "{path}");
        }
    }

    #[test]
    fn no_place_of_ours() {
        let long = format!("/vod/{}/index.m3u8", "a/".repeat(700));
        for path in [
            "",
            "*",
            "//",
            "/vod",
            "/vod/",
            "/vod//index.m3u8",
            "/vod/index.m3u8",
            "//vod/a/index.m3u8",
            "/vod/a//index.m3u8",
            "/vod/../etc/passwd",
            "/vod/a/../b/index.m3u8",
            "/vod/a/./index.m3u8",
            "/vod/..",
            "/vod/a/..",
            "/..",
            "/vod/%2e%2e/a/index.m3u8",
            "/vod/a/%2e%2e/b/index.m3u8",
            "/vod/%2e/a/index.m3u8",
            "/vod/.%2e/a/index.m3u8",
            "/vod/%252e%252e/a/index.m3u8",
            "/vod/a%2findex.m3u8",
            "/vod/a%2Findex.m3u8",
            "/vod/..%2fa/index.m3u8",
            "/vod/a%5c..%5cindex.m3u8",
            "/vod/a\\index.m3u8",
            "/vod/a/index.m3u8%00",
            "/vod/a%00/index.m3u8",
            "/vod/a/index.m3u8%",
            "/vod/a/index.m3u8%2",
            "/vod/a/index.m3u8%zz",
            "/vod/a/index.m3u8%+1",
            "/vod/%c0%ae%c0%ae/index.m3u8",
            "/vod/a%20b/index.m3u8",
            "/vod/a b/index.m3u8",
            "/vod/A/index.m3u8",
            "/vod/a/INDEX.M3U8",
            "/vod/ä/index.m3u8",
            "/vod/a/%u002e",
            "/vod/.pack/index.m3u8",
            "/vod/.pack/lock",
            "/vod/%2epack/index.m3u8",
            "/vod/a/.pack/index.m3u8",
            "/vod/a/.R0123456789abcdef/video/x/00001.m4s",
            "/vod/a/R0123456789abcdef/.hidden.m4s",
            "/vod/a/R0123456789abcdef",
            "/vod/a/R0123456789abcdef/",
            "/vod/a/R0123456789abcdef/x",
            "/vod/a/R0123456789abcdef/../index.m3u8",
            "/vod/a/R0123/x.m4s",
            "/vod/a/R0123456789ABCDEF/video/x/00001.m4s",
            "/vod/R0123456789abcdef/video/x/00001.m4s",
            "/vod/a/other.txt",
            "/vod/a",
            "/vod/a/index.m3u8/",
            "/vod/a/index.m3u8/x",
            "/VOD/a/index.m3u8",
            "/api",
            "/api/",
            "/api/titles/",
            "/api/titles/..",
            "/api/titles/a/../b",
            "/api/titles/A",
            "/api/titles/%00",
            "/healthz/",
            "/metrics",
            "/watch",
            "/watch/",
            "/watch/..",
            "/watch/../x",
            "/assets/../x",
            "/assets/.env",
            "/assets/a//b",
            "/debug",
            "/index.m3u8",
            "/vod/a/title.json.bak",
            long.as_str(),
        ] {
            assert_eq!(route(path), Route::Nowhere, "{path}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_nothing_leads_out_of_the_library(path in "(/|vod|\\.\\.|\\.|%2e|%2f|%5c|%00|a|R0123456789abcdef|index\\.m3u8|x\\.m4s|\\PC){0,12}") {
            if let Route::Tree(below, _) = route(&path) {
                prop_assert!(below.split('/').all(|part| !part.is_empty() && !part.starts_with('.')));
                prop_assert!(below.bytes().all(|b| unreserved(b) || b == b'/'));
            }
        }
    }
}
