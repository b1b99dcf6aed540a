//! The text renditions that are made of a source's texts.

use config::title::TextKind;

use super::unique::{Unique, title};
use crate::source::TextSource;
use media::language;
use media::track::{TextInput, TextPlan};

/// A rendition of each text. Players show one at a time, so that all but the forced ones of a language have the cues of the
/// forced ones as well (HLS Authoring Specification, 5.8).
pub(super) fn plans(texts: &[TextSource]) -> Vec<TextPlan> {
    let (mut names, mut labels) = (Unique::default(), Unique::default());
    let plan = |text: &TextSource| TextPlan {
        name: names.take(&name(text), "-"),
        input: text.input.clone(),
        forced: if text.kind == TextKind::Forced { Vec::new() } else { forced(texts, &text.language) },
        language: text.language.clone(),
        label: labels.take(&label(text), " "),
        kind: text.kind,
    };
    texts.iter().map(plan).collect()
}

fn forced(texts: &[TextSource], language: &str) -> Vec<TextInput> {
    let forced = texts.iter().filter(|text| text.kind == TextKind::Forced && text.language == language);
    forced.map(|text| text.input.clone()).collect()
}

fn name(text: &TextSource) -> String {
    let kind = match text.kind {
        TextKind::Subtitles => "",
        TextKind::Forced => "-forced",
        TextKind::Captions => "-sdh",
    };
    text.language.to_ascii_lowercase() + kind
}

/// The label that people choose by: the container's title, else the language, with the kind of text.
fn label(text: &TextSource) -> String {
    title(text.title.as_deref()).unwrap_or_else(|| {
        let kind = match text.kind {
            TextKind::Subtitles => "",
            TextKind::Forced => " (forced)",
            TextKind::Captions => " (SDH)",
        };
        format!("{}{kind}", language::name(&text.language).unwrap_or("Subtitles"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_unique_and_forced_cues_stand_in_all_of_a_language() {
        let text = |track, language: &str, kind, title: Option<&str>| TextSource {
            input: TextInput::Track(track),
            language: language.into(),
            title: title.map(Into::into),
            kind,
        };
        let plans = plans(&[
            text(2, "pt-BR", TextKind::Subtitles, None),
            text(3, "en", TextKind::Captions, None),
            text(4, "en", TextKind::Forced, Some("Signs \"and\" songs")),
            text(5, "en", TextKind::Subtitles, None),
            text(6, "en", TextKind::Subtitles, None),
            text(7, "und", TextKind::Subtitles, None),
        ]);
        let named: Vec<_> =
            plans.iter().map(|plan| (plan.name.as_str(), plan.label.as_str(), plan.forced.len())).collect();
        let expected = [
            ("pt-br", "Portuguese", 0),
            ("en-sdh", "English (SDH)", 1),
            ("en-forced", "Signs  and  songs", 0),
            ("en", "English", 1),
            ("en-2", "English 2", 1),
            ("und", "Subtitles", 0),
        ];
        assert_eq!(named, expected);
        assert!(plans[3].inputs().eq(&[TextInput::Track(5), TextInput::Track(4)]));
    }
}
