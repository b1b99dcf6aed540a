//! The file of a title, as its page shows it.

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::pages::frame::{Frame, format};
use crate::pages::own::upload::Limits;
use crate::store::titles::Title;
use crate::titles::STUDIO;

/// Digits of a digest that are shown.
const DIGEST: usize = 16;

/// The file that a title was made from.
#[derive(Debug)]
pub(in crate::pages) struct Original {
    /// Names and values, for people.
    pub(in crate::pages) figures: Vec<(String, String)>,
    /// True if it is here, to be downloaded.
    pub(in crate::pages) is_here: bool,
    /// True if it is the studio's: one in a folder of the operator's is changed there.
    pub(in crate::pages) is_own: bool,
    /// Bounds of the file that takes its place; none for who may not replace it.
    pub(in crate::pages) replace: Option<Limits>,
}

impl Original {
    /// That of `title`, for who may change it.
    pub(super) fn of(app: &App, signed_in: &SignedIn, title: &Title, page: &Frame) -> Self {
        let is_own = title.source.is_empty() || title.source.starts_with(STUDIO);
        let is_owner = title.owner.as_ref() == Some(&signed_in.account.id);
        let digest =
            title.source_hash.get(..DIGEST).map(|digest| (page.t_of("file", "content"), format!("BLAKE3 {digest}…")));
        let bytes = u64::try_from(title.bytes).unwrap_or(0);
        let size = (bytes > 0).then(|| (page.t_of("file", "size"), format::size(bytes, page.texts)));
        Self {
            figures: size.into_iter().chain(digest).collect(),
            is_here: !title.source.is_empty(),
            is_own,
            replace: (is_own && is_owner).then(|| Limits::of(app, &signed_in.account, page)),
        }
    }
}
