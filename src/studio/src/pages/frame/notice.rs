//! A message above a page.

use super::texts::Texts;

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
const KNOWN: [&str; 14] = [
    "data.deleted",
    "edit.retrying",
    "edit.saved",
    "forgotten.sent",
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
        let did = query.split('&').find_map(|pair| pair.strip_prefix("did="))?;
        let known = KNOWN.into_iter().find(|known| *known == did)?;
        let text = texts.get(known).to_owned();
        Some(if known.ends_with("stale") { Self { kind: "warn", ..Self::good(text) } } else { Self::good(text) })
    }

    pub(crate) fn icon(&self) -> &'static str {
        if self.kind == "good" { "done" } else { "alert" }
    }
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
    }
}
