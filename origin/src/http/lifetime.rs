//! The time that caches may keep a response, by its object, its status, and the token that opened it.

use http::{HeaderValue, StatusCode};

/// The time that caches may keep a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lifetime {
    /// May be replaced at any time: playlists at a title's root, `title.json`, the API, pages.
    Current,
    /// Never changes under its URL.
    Immutable,
    /// Isn't there now.
    Missing,
    /// Could not be served because too much was asked for.
    Overload,
    /// Anything else that went wrong, and what must never be kept.
    Never,
}

impl Lifetime {
    /// The lifetime of a response with `status`, of an object that itself lives for this.
    #[must_use]
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        match status.as_u16() {
            // RFC 9110 §15.4.5: a 304 carries what the 200 would have.
            200 | 204 | 206 | 304 => self,
            404 | 410 => Self::Missing,
            503 if self == Self::Overload => Self::Overload,
            _ => Self::Never,
        }
    }
}

/// The `Cache-Control` of an answer that a token grants for `left` more seconds, given the one that would be `told`
/// were access free: to keep it no longer than that, and not to use it when it is stale; and where the token is no part
/// of every cache's key, which `shared` caches have, to leave it to its asker's own.
#[must_use]
pub(crate) fn granted(told: &HeaderValue, left: u64, shared: bool) -> HeaderValue {
    let directives = || told.to_str().unwrap_or_default().split(',').map(str::trim_ascii);
    let age = directives().find_map(|directive| directive.strip_prefix("max-age=")?.parse::<u64>().ok());
    match age {
        Some(age) if !directives().any(|directive| directive == "no-store") => {
            let (whose, age) = (if shared { "public" } else { "private" }, age.min(left));
            let text = format!("{whose}, max-age={age}, must-revalidate");
            HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("no-store"))
        }
        _ => HeaderValue::from_static("no-store"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_decides_what_may_be_kept() {
        use Lifetime::{Current, Immutable, Missing, Never, Overload};
        for (object, status, want) in [
            (Current, 200, Current),
            (Current, 206, Current),
            (Current, 304, Current),
            (Immutable, 200, Immutable),
            (Immutable, 206, Immutable),
            (Immutable, 304, Immutable),
            (Immutable, 404, Missing),
            (Current, 404, Missing),
            (Missing, 404, Missing),
            (Immutable, 410, Missing),
            (Overload, 503, Overload),
            (Immutable, 503, Never),
            (Never, 503, Never),
            (Never, 200, Never),
            (Immutable, 400, Never),
            (Immutable, 403, Never),
            (Immutable, 405, Never),
            (Immutable, 412, Never),
            (Immutable, 413, Never),
            (Immutable, 416, Never),
            (Current, 416, Never),
            (Current, 500, Never),
            (Immutable, 500, Never),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(object.with_status(status), want, "{object:?} {status}");
        }
    }

    #[test]
    fn nothing_is_kept_beyond_its_token() {
        for (told, left, shared, want) in [
            ("public, max-age=60, stale-if-error=86400", 1000, true, "public, max-age=60, must-revalidate"),
            ("public, max-age=60, stale-if-error=86400", 1000, false, "private, max-age=60, must-revalidate"),
            ("public, max-age=60, stale-while-revalidate=60", 7, true, "public, max-age=7, must-revalidate"),
            ("public, max-age=31536000, immutable", 86_400, true, "public, max-age=86400, must-revalidate"),
            ("public, max-age=31536000, immutable", 86_400, false, "private, max-age=86400, must-revalidate"),
            ("public, max-age=31536000, immutable", 0, true, "public, max-age=0, must-revalidate"),
            ("public,max-age=10", 1000, true, "public, max-age=10, must-revalidate"),
            ("max-age=60", 1000, true, "public, max-age=60, must-revalidate"),
            ("no-store", 1000, true, "no-store"),
            ("no-store", 1000, false, "no-store"),
            ("no-store, max-age=60", 1000, true, "no-store"),
            ("public", 1000, true, "no-store"),
            ("public, max-age=x", 1000, true, "no-store"),
            ("public, s-maxage=60", 1000, true, "no-store"),
        ] {
            assert_eq!(granted(&HeaderValue::from_static(told), left, shared), want, "{told} {left} {shared}");
        }
    }
}
