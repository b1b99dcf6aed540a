//! Files that look like a recording or a sidecar, but are not taken.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::endings::{Kind, kind};
use super::marks::{Marks, MarksError};

/// A file, or a folder, that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Where it lies.
    pub path: PathBuf,
    /// The reason.
    pub why: Why,
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Its format can't become a title.
    Format(&'static str),
    /// Subtitles of a recording, in a format that is not taken.
    TextFormat,
    /// A sidecar whose name has no language.
    NoLanguage,
    /// A sidecar whose name has a word that means nothing.
    Mark(String),
    /// A sidecar without its recording.
    NoRecording,
    /// A poster or settings under a name that is almost the right one.
    Called(String),
    /// Another library.
    Library,
    /// A pipe, a socket or a device.
    Special,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(why) => f.write_str(why),
            Self::TextFormat => f.write_str("subtitles are WebVTT (.vtt) or SubRip (.srt); convert it with ffmpeg"),
            Self::NoLanguage => f.write_str("its name has no language, as clip.en.vtt and clip.fr.m4a have; rename it"),
            Self::Mark(word) => write!(
                f,
                "'{word}' in its name means nothing: after the language it may have forced or sdh, and audio none; rename it"
            ),
            Self::NoRecording => f.write_str("no recording beside it has its name; rename or remove it"),
            Self::Called(name) => write!(f, "it would have to be called {name}; rename or convert it"),
            Self::Special => f.write_str("it is no file, but a pipe, a socket or a device; remove it"),
            Self::Library => f.write_str("it is another library of pack's: put the recordings themselves here"),
        }
    }
}

/// The stems of recordings, by their folders: `clip` for `clip.mp4`.
#[derive(Debug, Default)]
pub(super) struct Recordings<'a>(BTreeMap<&'a Path, BTreeSet<&'a OsStr>>);

impl<'a> Recordings<'a> {
    pub(super) fn new(paths: impl Iterator<Item = &'a PathBuf>) -> Self {
        let mut folders = BTreeMap::<_, BTreeSet<_>>::new();
        for path in paths {
            if let Some((folder, stem)) = path.parent().zip(path.file_stem()) {
                folders.entry(folder).or_default().insert(stem);
            }
        }
        Self(folders)
    }

    /// The part of a file's name between that of a recording and the ending: `en.forced` of `clip.en.forced.vtt`, nothing of
    /// `clip.vtt`; `None` where no recording has its name.
    pub(super) fn of<'p>(&self, path: &'p Path) -> Option<&'p OsStr> {
        let name = path.file_stem()?.as_bytes();
        let stem = self.stem(path)?.as_bytes();
        Some(OsStr::from_bytes(name.get(stem.len() + 1..).unwrap_or_default()))
    }

    /// The stem of the recording that a file has the name of.
    pub(super) fn stem<'p>(&self, path: &'p Path) -> Option<&'p OsStr> {
        let stems = self.0.get(path.parent()?)?;
        let name = path.file_stem()?.as_bytes();
        // The longest name that fits: `clip.old.en.vtt` is of `clip.old.mp4` rather than of `clip.mp4`.
        let ends = (0..=name.len()).rev().filter(|at| name.get(*at).is_none_or(|byte| *byte == b'.'));
        let mut stems =
            ends.map(|at| OsStr::from_bytes(name.get(..at).unwrap_or_default())).filter(|s| stems.contains(s));
        stems.next()
    }
}

/// Why a file is not taken; `None` where it is, or is nothing of ours.
pub(super) fn why(path: &Path, recordings: &Recordings<'_>) -> Option<Why> {
    let rest = recordings.of(path);
    let called = |ending: &str| {
        let right = path.with_extension(ending);
        (right != path).then(|| Why::Called(right.file_name().unwrap_or_default().to_string_lossy().into_owned()))
    };
    match (kind(path)?, rest) {
        (Kind::Audio, Some(rest)) if rest.is_empty() => Some(Why::NoLanguage),
        (Kind::Audio, Some(rest)) => match Marks::of_audio(rest) {
            Err(MarksError::Mark(word)) => Some(Why::Mark(word)),
            // Without a language it is a title of its own.
            Ok(_) | Err(MarksError::NoLanguage) => None,
        },
        (Kind::Recording | Kind::Audio, _) => None,
        (Kind::Other(why), _) => Some(Why::Format(why)),
        (Kind::Text, Some(rest)) => Marks::of_text(rest).err().map(|error| match error {
            MarksError::NoLanguage => Why::NoLanguage,
            MarksError::Mark(word) => Why::Mark(word),
        }),
        (Kind::Text | Kind::Settings, None) => Some(Why::NoRecording),
        (Kind::OtherText, Some(_)) => Some(Why::TextFormat),
        (Kind::Settings, Some(rest)) if rest.is_empty() => called("toml"),
        (Kind::Picture, Some(rest)) if rest.is_empty() && path.extension() != Some(OsStr::new("jpeg")) => called("jpg"),
        (Kind::Settings | Kind::Picture | Kind::OtherText, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_taken_has_a_reason() {
        let paths = ["a/clip.mp4", "a/clip.old.mkv", "b/song.mp3"].map(PathBuf::from);
        let recordings = Recordings::new(paths.iter());
        for (path, expected) in [
            ("a/clip.en.vtt", None),
            ("a/clip.en.loud.vtt", Some(Why::Mark("loud".into()))),
            ("a/clip.fr.mp3", None),
            ("a/clip.fr.forced.mp3", Some(Why::Mark("forced".into()))),
            ("a/clip.mp3", Some(Why::NoLanguage)),
            ("a/clip.live version.mp3", None),
            ("a/clip.PT-br.forced.srt", None),
            ("a/clip.old.de.vtt", None),
            ("a/clip.vtt", Some(Why::NoLanguage)),
            ("a/clip.english.vtt", Some(Why::NoLanguage)),
            ("a/clip.forced.en.vtt", Some(Why::NoLanguage)),
            ("b/clip.en.vtt", Some(Why::NoRecording)),
            ("c/clip.en.vtt", Some(Why::NoRecording)),
            ("a/clip.toml", None),
            ("a/clip.TOML", Some(Why::Called("clip.toml".into()))),
            ("a/clip2.toml", Some(Why::NoRecording)),
            ("a/clip.jpg", None),
            ("a/clip.jpeg", None),
            ("a/clip.JPG", Some(Why::Called("clip.jpg".into()))),
            ("b/song.png", Some(Why::Called("song.jpg".into()))),
            ("a/holiday.png", None),
            ("a/clip.en.ass", Some(Why::TextFormat)),
            ("a/part.stl", None),
            ("a/notes.txt", None),
            ("a/noending", None),
        ] {
            assert_eq!(why(Path::new(path), &recordings), expected, "{path}");
        }
        assert!(matches!(why(Path::new("a/x.GIF"), &recordings), Some(Why::Format(_))));
    }
}
