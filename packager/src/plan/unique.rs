//! Names and labels: for people, and of which none is given twice.

use std::collections::BTreeSet;

/// Texts of which none is given twice.
#[derive(Default)]
pub(super) struct Unique {
    taken: BTreeSet<String>,
}

impl Unique {
    /// `text`, or with the first free number from 2.
    pub(super) fn take(&mut self, text: &str, joint: &str) -> String {
        let numbered = (2u32..).map(|number| format!("{text}{joint}{number}"));
        let free = std::iter::once(text.to_owned()).chain(numbered).find(|name| !self.taken.contains(name));
        let free = free.unwrap_or_default();
        self.taken.insert(free.clone());
        free
    }
}

/// A track's title as a label; `None` where it says nothing.
pub(super) fn title(title: Option<&str>) -> Option<String> {
    // HLS writes it as a quoted-string, which holds neither quotes nor line ends (RFC 8216bis §4.2).
    let title = title?.replace(|c: char| c.is_control() || c == '"', " ");
    Some(title.trim().to_owned()).filter(|title| !title.is_empty())
}
