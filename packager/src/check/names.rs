//! How files and URLs are called in messages.

use url::Url;

/// A URL in a message: a file's path, decoded; any other URL as it is.
/// Reports make it relative to their target afterwards.
pub(super) fn show(url: &Url) -> String {
    match url.scheme() {
        "file" => url.to_file_path().map_or_else(|()| url.to_string(), |p| p.display().to_string()),
        _ => url.to_string(),
    }
}

/// `name` relative to the folder `base`, where it lies below it.
pub(super) fn relative<'a>(name: &'a str, base: &str) -> &'a str {
    name.strip_prefix(base).map_or(name, |rest| rest.trim_start_matches('/'))
}
