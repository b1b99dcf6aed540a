//! Files that belong to a source by their name.

use std::fs;
use std::path::{Path, PathBuf};

use config::title::TextKind;

use super::endings::{Kind, kind};
use super::ignored::Recordings;
use super::marks::Marks;

/// The sidecars of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sidecars {
    /// `clip.jpg`: the poster.
    pub poster: Option<PathBuf>,
    /// `clip.toml`: settings for this title alone.
    pub settings: Option<PathBuf>,
    /// `clip.en.vtt`, `clip.de.forced.srt`: texts, by name.
    pub text: Vec<Text>,
    /// `clip.fr.m4a`: audio in another language, by name.
    pub audio: Vec<Audio>,
}

/// A file of text beside its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Where it lies.
    pub path: PathBuf,
    /// What its name has after the source's, such as `en.forced.vtt`.
    pub ending: String,
    /// BCP 47.
    pub language: String,
    /// Its purpose.
    pub kind: TextKind,
}

/// A file of audio beside its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Where it lies.
    pub path: PathBuf,
    /// What its name has after the source's, such as `fr.m4a`.
    pub ending: String,
    /// BCP 47.
    pub language: String,
}

impl Sidecars {
    /// The settings and the poster alone, asked for by their names: cheap however much lies beside `source`.
    #[must_use]
    pub fn named(source: &Path) -> Self {
        let beside = |ending| Some(source.with_extension(ending)).filter(|path| path.is_file());
        let poster = beside("jpg").or_else(|| beside("jpeg"));
        Self { poster, settings: beside("toml"), ..Self::default() }
    }

    /// Looks through the folder that `source` lies in. One that can't be read has none but those asked for by name.
    #[must_use]
    pub fn of(source: &Path) -> Self {
        let folder = source.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let mut beside: Vec<PathBuf> = entries.map(|entry| source.with_file_name(entry.file_name())).collect();
        beside.sort();
        let own = source.to_path_buf();
        let recordings = Recordings::new([&own].into_iter());
        let mut sidecars = Self::named(source);
        for path in beside.into_iter().filter(|path| *path != own) {
            sidecars.add(&recordings, path);
        }
        sidecars
    }

    /// Adds the file at `path` if it is a text, or audio in a language, of a recording among `recordings`.
    fn add(&mut self, recordings: &Recordings<'_>, path: PathBuf) {
        let Some(rest) = recordings.of(&path) else { return };
        let Some(ending) = rest.to_str().zip(path.extension().and_then(|ending| ending.to_str())) else { return };
        let ending = format!("{}.{}", ending.0, ending.1);
        match kind(&path) {
            Some(Kind::Text) => {
                let Ok(Marks { language, kind }) = Marks::of_text(rest) else { return };
                self.text.push(Text { path, ending, language, kind });
            }
            Some(Kind::Audio) => {
                let Ok(Marks { language, .. }) = Marks::of_audio(rest) else { return };
                self.audio.push(Audio { path, ending, language });
            }
            _ => {}
        }
    }

    /// All of them.
    pub fn paths(self) -> impl Iterator<Item = PathBuf> {
        let tracks = self.text.into_iter().map(|text| text.path).chain(self.audio.into_iter().map(|audio| audio.path));
        self.poster.into_iter().chain(self.settings).chain(tracks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sidecars_are_told_by_their_names() {
        let dir = tempfile::tempdir().unwrap();
        let files = ["clip.mp4", "clip.jpg", "clip.toml", "clip.en.VTT", "clip.de.forced.srt", "clip.fr.m4a"];
        for file in files.iter().chain(&["clip2.jpg", "clip.vtt", "clip.mp3", "clip.en.x.vtt"]) {
            fs::write(dir.path().join(file), "x").unwrap();
        }
        let at = |name: &str| dir.path().join(name);
        let text = |name: &str, ending: &str, language: &str, kind| Text {
            path: at(name),
            ending: ending.into(),
            language: language.into(),
            kind,
        };
        let expected = Sidecars {
            poster: Some(at("clip.jpg")),
            settings: Some(at("clip.toml")),
            text: vec![
                text("clip.de.forced.srt", "de.forced.srt", "de", TextKind::Forced),
                text("clip.en.VTT", "en.VTT", "en", TextKind::Subtitles),
            ],
            audio: vec![Audio { path: at("clip.fr.m4a"), ending: "fr.m4a".into(), language: "fr".into() }],
        };
        assert_eq!(Sidecars::of(&at("clip.mp4")), expected);
        let named = Sidecars { text: Vec::new(), audio: Vec::new(), ..expected };
        assert_eq!(Sidecars::named(&at("clip.mp4")), named);
        assert_eq!(Sidecars::of(&at("clip.mp4")).paths().count(), 5);
    }
}
