//! The part of a sidecar's name that says what it is: `en`, `pt-BR.forced`, `de.sdh`.

use std::ffi::OsStr;

use config::title::TextKind;
use media::language;

/// A sidecar's language and, of a text, its purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marks {
    /// BCP 47.
    pub language: String,
    pub kind: TextKind,
}

/// Why a name is no sidecar's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MarksError {
    /// It does not begin with a language: none is guessed.
    NoLanguage,
    /// It has a word after the language that means nothing.
    Mark(String),
}

impl Marks {
    /// Those of a text, by what stands between its recording's name and the ending.
    pub(super) fn of_text(rest: &OsStr) -> Result<Self, MarksError> {
        let (language, marks) = apart(rest)?;
        let kind = match marks.to_ascii_lowercase().as_str() {
            "" => TextKind::Subtitles,
            "forced" => TextKind::Forced,
            "sdh" | "cc" | "hi" => TextKind::Captions,
            _ => return Err(MarksError::Mark(marks.into())),
        };
        Ok(Self { language, kind })
    }

    /// Those of audio.
    pub(super) fn of_audio(rest: &OsStr) -> Result<Self, MarksError> {
        let (language, marks) = apart(rest)?;
        let plain = Self { language, kind: TextKind::default() };
        if marks.is_empty() { Ok(plain) } else { Err(MarksError::Mark(marks.into())) }
    }
}

/// The tag (BCP 47) that a language has in a title which is called `tag` in a sidecar's name: `eng` and `en` are one. `None`
/// for what is no language.
#[must_use]
pub fn language_of(tag: &str) -> Option<String> {
    Some(language::tag(tag)).filter(|tag| tag != language::UNDETERMINED)
}

/// The language, and what follows it.
fn apart(rest: &OsStr) -> Result<(String, &str), MarksError> {
    let rest = rest.to_str().ok_or(MarksError::NoLanguage)?;
    let (first, marks) = rest.split_once('.').unwrap_or((rest, ""));
    Ok((language_of(first).ok_or(MarksError::NoLanguage)?, marks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_and_purposes_stand_in_names() {
        let text = |rest: &str| Marks::of_text(OsStr::new(rest));
        let marks = |language: &str, kind| Ok(Marks { language: language.into(), kind });
        assert_eq!(text("en"), marks("en", TextKind::Subtitles));
        assert_eq!(text("PT-br.Forced"), marks("pt-BR", TextKind::Forced));
        assert_eq!(text("ger.sdh"), marks("de", TextKind::Captions));
        assert_eq!(text("en.forced.sdh"), Err(MarksError::Mark("forced.sdh".into())));
        assert_eq!([text(""), text("chapters"), text("forced.en")], [const { Err(MarksError::NoLanguage) }; 3]);
        assert_eq!(Marks::of_audio(OsStr::new("fr")), marks("fr", TextKind::Subtitles));
        assert_eq!(Marks::of_audio(OsStr::new("fr.2")), Err(MarksError::Mark("2".into())));
    }
}
