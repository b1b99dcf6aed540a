//! Playlists of HLS, read strictly and with line numbers. m3u8-rs reads them too; where it hides what a rule is about
//! (quotes, repeated attributes, exact decimals, lines), this reader is the one that tells.

pub(crate) mod attributes;
pub(crate) mod lines;
pub(crate) mod media;
pub(crate) mod multivariant;

use url::Url;

use crate::report::rules::syntax as rules;
use crate::report::{Findings, Place};

/// More lines in one playlist are refused: two days of one-second segments have about 350 000.
pub(crate) const MAX_LINES: usize = 1_000_000;
/// A longer URI is refused: every segment's would hold it. RFC 9110 §4.1 asks for at least 8000 bytes.
const MAX_URI: usize = 8 << 10;

/// The URI reference `uri`, which stands at `place` of what came from `base`.
fn join(base: &Url, uri: &str, place: &Place, findings: &mut Findings) -> Option<Url> {
    let url = crate::fetch::names::locate(base, uri).filter(|_| uri.len() <= MAX_URI);
    if url.is_none() {
        let text = format!("'{}' is no URI of at most {MAX_URI} bytes", attributes::shorten(uri));
        findings.add(&rules::URI, place.clone(), text);
    }
    url
}
