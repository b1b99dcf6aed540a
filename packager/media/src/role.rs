//! The purpose of an audio or text track.

use config::title::TextKind;
use serde::{Deserialize, Serialize};

/// The purpose of an audio track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudioRole {
    /// The title's own sound.
    #[default]
    Main,
    /// Remarks on the title, as a director's.
    Commentary,
    /// The sound with a description of what is seen, for people who don't see it.
    Description,
    /// The sound with speech that is easy to tell from the rest, for people who hear badly.
    ClearSpeech,
}

/// Words that titles of commentaries hold, in lower case.
const COMMENTARY: [&str; 6] = ["comment", "kommentar", "comentar", "kommentti", "комментар", "解説音声"];
/// Words that titles of descriptions hold, in lower case.
const DESCRIPTION: [&str; 12] = [
    "audio description",
    "audio-description",
    "audiodescri",
    "audio descri",
    "descriptive",
    "described",
    "visually impaired",
    "visual impaired",
    "hörfilm",
    "bildbeschreibung",
    "syntolk",
    "тифлокоммент",
];

impl AudioRole {
    /// The role that a track's title tells of, for containers and recorders that do not mark it otherwise.
    #[must_use]
    pub fn of_title(title: &str) -> Self {
        let title = title.to_lowercase();
        let holds = |words: &[&str]| words.iter().any(|word| title.contains(word));
        let mut words = title.split(|c: char| !c.is_alphanumeric());
        if holds(&DESCRIPTION) || words.any(|word| word == "ad") {
            Self::Description
        } else if holds(&COMMENTARY) {
            Self::Commentary
        } else {
            Self::Main
        }
    }
}

/// The purpose of a text that a track's title tells of, for containers that do not mark it otherwise.
#[must_use]
pub fn text_kind_of_title(title: &str) -> TextKind {
    let title = title.to_lowercase();
    let mut words = title.split(|c: char| !c.is_alphanumeric());
    words
        .find_map(|word| match word {
            "forced" => Some(TextKind::Forced),
            "sdh" | "cc" | "captions" => Some(TextKind::Captions),
            _ => None,
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_tell_of_the_purpose_of_texts() {
        for (title, kind) in [
            ("English (Forced)", TextKind::Forced),
            ("English [SDH]", TextKind::Captions),
            ("English", TextKind::Subtitles),
            ("Reinforced", TextKind::Subtitles),
        ] {
            assert_eq!(text_kind_of_title(title), kind, "{title}");
        }
    }

    #[test]
    fn titles_tell_of_descriptions_and_commentaries() {
        for (title, role) in [
            ("Director's Commentary", AudioRole::Commentary),
            ("Audiokommentar", AudioRole::Commentary),
            ("Comentario del director", AudioRole::Commentary),
            ("Commentaire audio", AudioRole::Commentary),
            ("English AD", AudioRole::Description),
            ("Audiodescription", AudioRole::Description),
            ("English (Descriptive Audio)", AudioRole::Description),
            ("Hörfilmfassung", AudioRole::Description),
            ("Adagio", AudioRole::Main),
            ("English", AudioRole::Main),
            ("", AudioRole::Main),
        ] {
            assert_eq!(AudioRole::of_title(title), role, "{title}");
        }
    }
}
