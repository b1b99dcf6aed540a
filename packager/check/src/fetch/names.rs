//! Names of files and URLs in messages.

use std::sync::atomic::{AtomicUsize, Ordering};

use url::Url;

/// A URL in a message: a file's path, decoded; any other URL as it is.
/// Reports make it relative to their target afterwards.
pub(crate) fn show(url: &Url) -> String {
    match url.scheme() {
        "file" => url.to_file_path().map_or_else(|()| url.to_string(), |p| p.display().to_string()),
        _ => url.to_string(),
    }
}

/// `name` relative to the folder `base`, where it lies below it.
pub(crate) fn relative<'a>(name: &'a str, base: &str) -> &'a str {
    name.strip_prefix(base).map_or(name, |rest| rest.trim_start_matches('/'))
}

/// Room for the names of all segments, bytes: those of about 200 000, a day in 6 s segments and 14 renditions.
const ROOM: usize = 64 << 20;

/// Room for what manifests name: a short one can name more than memory holds, by a long base and a repeated entry.
#[derive(Debug)]
pub(crate) struct Room(pub(crate) AtomicUsize);

impl Default for Room {
    fn default() -> Self {
        Self(AtomicUsize::new(ROOM))
    }
}

impl Room {
    /// True if nothing is left.
    pub(crate) fn is_full(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// Takes what a segment at `url` needs; `false` when that much is not left.
    pub(crate) fn take(&self, url: &Url) -> bool {
        /// Of what is kept of a segment beside its name, bytes.
        const OTHER: usize = 200;
        let needed = url.as_str().len() + OTHER;
        // A segment that does not fit uses up the rest, so that those after it do not fit either.
        let before =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(needed)));
        before.is_ok_and(|left| left >= needed)
    }
}

/// Resolves `reference` against `base`. A manifest on a disk may name its parts by the URLs that they are to have, one a
/// pathway (RFC 8216bis §4.4.6.6): they are the files beside it, found by the longest end of the URL's path that exists.
pub(crate) fn locate(base: &Url, reference: &str) -> Option<Url> {
    let url = base.join(reference).ok()?;
    let to_be = base.scheme() == "file" && matches!(url.scheme(), "http" | "https");
    Some(if to_be { beside(base, &url).unwrap_or(url) } else { url })
}

fn beside(base: &Url, url: &Url) -> Option<Url> {
    let path = url.path().trim_start_matches('/');
    let ends = path.match_indices('/').filter_map(|(at, _)| path.get(at + 1..));
    let there = |end: &str| {
        let own = if end.is_empty() { Some(base.clone()) } else { base.join(&format!("./{end}")).ok() };
        own.filter(|own| own.to_file_path().is_ok_and(|path| path.exists()))
    };
    std::iter::once(path).chain(ends).find_map(there)
}
