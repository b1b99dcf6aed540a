//! Tracks that lie beside the source of a title: subtitles, and sound in further languages. All of it is pure.

use std::fmt;

use super::text::{TextError, language};

/// Endings of files with subtitles.
const TEXTS: &[&str] = &["vtt", "srt"];
/// Endings of files with nothing but sound.
const SOUNDS: &[&str] = &["m4a", "mp3", "aac", "flac", "ogg", "opus", "wav"];

/// The kind of a track.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum TrackKind {
    /// Subtitles.
    Text,
    /// Sound.
    Audio,
}

impl TrackKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Audio => "audio",
        }
    }
}

/// The purpose of subtitles.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// All that is said.
    Full,
    /// What is said in a foreign tongue alone: shown to whoever has subtitles off.
    Forced,
    /// All that is said and heard, for the deaf and hard of hearing.
    Sdh,
}

impl Purpose {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Forced => "forced",
            Self::Sdh => "sdh",
        }
    }
}

/// A track's kind, language and purpose: a title has one of each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Track {
    kind: TrackKind,
    language: String,
    purpose: Purpose,
}

/// A track can't be called this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrackError {
    /// No language.
    #[error("{}", TextError::Language)]
    Language,
    /// No ending of the kind.
    #[error("expected a file with nothing but sound: .m4a, .mp3, .aac, .flac, .ogg, .opus or .wav")]
    NoSound,
}

impl Track {
    /// Subtitles in a language (BCP 47) for a purpose.
    ///
    /// # Errors
    /// When the language is none.
    pub fn text(tag: &str, purpose: Purpose) -> Result<Self, TrackError> {
        Ok(Self { kind: TrackKind::Text, language: tagged(tag)?, purpose })
    }

    /// Sound in a language (BCP 47).
    ///
    /// # Errors
    /// When the language is none.
    pub fn audio(tag: &str) -> Result<Self, TrackError> {
        Ok(Self { kind: TrackKind::Audio, language: tagged(tag)?, purpose: Purpose::Full })
    }

    /// The track in a file that lies beside `<stem>.mp4` and is called `<stem>.<rest>`; `None` for any other file.
    #[must_use]
    pub fn of_rest(rest: &str) -> Option<Self> {
        let (rest, ending) = rest.rsplit_once('.')?;
        let ending = ending.to_ascii_lowercase();
        if SOUNDS.contains(&ending.as_str()) {
            return Self::audio(rest).ok();
        }
        if !TEXTS.contains(&ending.as_str()) {
            return None;
        }
        match rest.rsplit_once('.') {
            Some((tag, "forced")) => Self::text(tag, Purpose::Forced).ok(),
            Some((tag, "sdh")) => Self::text(tag, Purpose::Sdh).ok(),
            Some(_) => None,
            None => Self::text(rest, Purpose::Full).ok(),
        }
    }

    /// The same in the language with this tag.
    ///
    /// # Errors
    /// When it is none.
    pub fn tagged(self, tag: &str) -> Result<Self, TrackError> {
        Ok(Self { language: tagged(tag)?, ..self })
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> TrackKind {
        self.kind
    }

    /// Its language, in lower case.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Its purpose.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }
}

/// The part of its file's name between the source's stem and the ending.
impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.language)?;
        match self.purpose {
            Purpose::Full => Ok(()),
            Purpose::Forced => f.write_str(".forced"),
            Purpose::Sdh => f.write_str(".sdh"),
        }
    }
}

/// The ending of a file with nothing but sound, which is the only thing that is known of it before it is looked into.
///
/// # Errors
/// When it is another.
pub fn sound(ending: &str) -> Result<&str, TrackError> {
    if SOUNDS.contains(&ending) { Ok(ending) } else { Err(TrackError::NoSound) }
}

/// A language, which is there, in lower case: `FR` and `fr` are one track.
fn tagged(tag: &str) -> Result<String, TrackError> {
    let tag = language(tag).ok().filter(|tag| !tag.is_empty()).ok_or(TrackError::Language)?;
    Ok(tag.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beside_a_source_is_called_as_its_track() {
        for (rest, kind, language, purpose) in [
            ("fr.vtt", TrackKind::Text, "fr", Purpose::Full),
            ("pt-BR.SRT", TrackKind::Text, "pt-br", Purpose::Full),
            ("de.forced.srt", TrackKind::Text, "de", Purpose::Forced),
            ("de.sdh.vtt", TrackKind::Text, "de", Purpose::Sdh),
            ("fr.m4a", TrackKind::Audio, "fr", Purpose::Full),
        ] {
            let track = Track::of_rest(rest).unwrap();
            assert_eq!((track.kind(), track.language(), track.purpose()), (kind, language, purpose), "{rest}");
            assert_eq!(Track::of_rest(&rest.to_ascii_lowercase()), Track::of_rest(rest));
            let name = format!("{track}.{}", rest.rsplit_once('.').unwrap().1);
            assert_eq!(Track::of_rest(&name), Some(track), "{name}");
        }
        for rest in
            ["jpg", "vtt", "toml", "x.vtt", "fr.loud.vtt", "fr.forced.m4a", "fr.jpg", ".vtt", "fr..vtt", "fr.mp4"]
        {
            assert_eq!(Track::of_rest(rest), None, "{rest}");
        }
    }
}
