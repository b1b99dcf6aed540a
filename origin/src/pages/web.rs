//! The pages for people: the library at `/`, the player at `/watch/<title>`, and what these load, all embedded in the
//! program by `build.rs`.

use config::tree::TitleName;

// PAGES and ASSETS: (name or URL path, entity tag, content).
include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// The policy on what a page may load: from this origin alone. Players feed the video element by `blob:` URLs and may
/// start workers from them. `data:` is for the pictures of the browser's own video controls.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'self'";

/// A page, or something that a page loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// The content.
    pub body: &'static [u8],
    /// Media type.
    pub content_type: &'static str,
    /// Strong entity tag, with its quotes.
    pub etag: &'static str,
    /// True if its URL never gets another content.
    pub immutable: bool,
    /// `Content-Security-Policy`, for pages.
    pub security_policy: Option<&'static str>,
}

/// Finds what a request's path (decoded, without a query) shows; `None` when there is nothing. Whether a title of
/// `/watch/<title>` exists is for its page to find out.
#[must_use]
pub(crate) fn respond(path: &str) -> Option<Page> {
    if path == "/" {
        page("index.html")
    } else if let Some(title) = path.strip_prefix("/watch/") {
        TitleName::parse(title).ok()?;
        page("watch.html")
    } else {
        let (_, etag, body) = find(ASSETS, path)?;
        Some(Page { body, content_type: content_type(path), etag, immutable: true, security_policy: None })
    }
}

fn page(name: &str) -> Option<Page> {
    let (_, etag, body) = find(PAGES, name)?;
    let content_type = content_type(name);
    Some(Page { body, content_type, etag, immutable: false, security_policy: Some(CONTENT_SECURITY_POLICY) })
}

type Asset = (&'static str, &'static str, &'static [u8]);

fn find(table: &'static [Asset], name: &str) -> Option<Asset> {
    table.iter().find(|entry| entry.0 == name).copied()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All URLs of this origin's assets in a page's text.
    fn assets_in(page: &Page) -> Vec<&'static str> {
        let text = std::str::from_utf8(page.body).unwrap();
        text.split('"').filter(|part| part.starts_with("/assets/")).collect()
    }

    #[test]
    fn every_page_finds_what_it_loads() {
        for path in ["/", "/watch/clip", "/watch/shows/ep-1"] {
            let page = respond(path).unwrap();
            assert_eq!(page.content_type, "text/html; charset=utf-8");
            assert!(!page.immutable && page.security_policy.is_some());
            let assets = assets_in(&page);
            assert!(assets.len() >= 3, "{path} loads {assets:?}");
            for asset in assets {
                let asset = respond(asset).unwrap_or_else(|| panic!("{path} loads {asset}, which there is not"));
                assert!(asset.immutable && !asset.body.is_empty());
            }
            assert!(!std::str::from_utf8(page.body).unwrap().contains("{{"), "{path} has a place left unfilled");
        }
    }

    #[test]
    fn modules_find_the_modules_that_they_import() {
        let folder = ASSETS.iter().find_map(|(url, ..)| url.strip_suffix("/watch.js")).unwrap();
        for (url, _, body) in ASSETS.iter().filter(|(url, ..)| url.starts_with(folder) && url.ends_with(".js")) {
            let text = std::str::from_utf8(body).unwrap();
            for name in text.split('\'').filter_map(|part| part.strip_prefix("./")) {
                assert!(respond(&format!("{folder}/{name}")).is_some(), "{url} imports {name}, which there is not");
            }
        }
    }

    #[test]
    fn other_paths_show_nothing() {
        for path in ["", "/index.html", "/watch", "/watch/", "/watch/..", "/watch/A", "/assets/", "/assets/x/style.css"]
        {
            assert_eq!(respond(path), None, "{path}");
        }
    }
}
