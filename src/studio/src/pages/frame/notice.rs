//! A message above a page.

use super::texts::Texts;
use crate::model::Id;

/// What came of the form that was sent before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// `good`, `warn` or `bad`.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    /// Path of the form that takes it back.
    pub(crate) undo: Option<String>,
}

/// The messages that a redirect may name in `did=`. Whoever else makes such a link can't say anything else.
const KNOWN: [&str; 25] = [
    "confirm.done",
    "links.ended",
    "data.deleted",
    "settings.mailed",
    "edit.retrying",
    "poster.set",
    "poster.cleared",
    "tracks.added",
    "tracks.removed",
    "groups.deleted",
    "groups.made",
    "groups.saved",
    "edit.saved",
    "forgotten.sent",
    "playlist.added",
    "playlist.stale",
    "playlists.deleted",
    "playlists.made",
    "reset.done",
    "sessions.ended",
    "settings.saved",
    "sign_up.made",
    "sign_up.waiting",
    "titles.restored",
    "tokens.ended",
];

impl Notice {
    pub(crate) const fn good(text: String) -> Self {
        Self { kind: "good", text, undo: None }
    }

    /// The message that the page's query names.
    pub(super) fn after(query: &str, texts: &Texts) -> Option<Self> {
        if query.split('&').any(|pair| pair == "did=titles.deleted") {
            return deleted(query, texts);
        }
        let did = query.split('&').find_map(|pair| pair.strip_prefix("did="))?;
        let known = KNOWN.into_iter().find(|known| *known == did)?;
        let text = texts.get(known).to_owned();
        Some(if known.ends_with("stale") { Self { kind: "warn", ..Self::good(text) } } else { Self::good(text) })
    }

    pub(crate) fn icon(&self) -> &'static str {
        if self.kind == "good" { "done" } else { "alert" }
    }
}

/// Titles were deleted: how many, and the form that brings them back.
fn deleted(query: &str, texts: &Texts) -> Option<Notice> {
    let ids = query.split('&').find_map(|pair| pair.strip_prefix("ids="))?;
    if !ids.split(',').all(|id| id.parse::<Id>().is_ok()) {
        return None;
    }
    let text = texts.count("titles.deleted", ids.split(',').count() as u64);
    Some(Notice { undo: Some(format!("/titles/restore?ids={ids}")), ..Notice::good(text) })
}

#[cfg(test)]
mod tests {
    use super::super::texts::choose;
    use super::*;

    #[test]
    fn all_messages_have_a_text_and_links_say_nothing_else() {
        let texts = choose(None, None);
        for known in KNOWN {
            assert_ne!(texts.get(known), known);
        }
        assert_eq!(Notice::after("a=b&did=edit.saved", texts), Some(Notice::good("Saved.".into())));
        assert_eq!(Notice::after("did=You%20won", texts), None);
        let (one, bad) = ("did=titles.deleted&ids=0123456789abcdef,0123456789abcdeg", "did=titles.deleted&ids=/evil");
        let notice = Notice::after(one, texts).expect("a notice");
        assert_eq!(notice.text, "2 titles were deleted.");
        assert_eq!(notice.undo.as_deref(), Some("/titles/restore?ids=0123456789abcdef,0123456789abcdeg"));
        assert_eq!(Notice::after(bad, texts), None);
    }
}
