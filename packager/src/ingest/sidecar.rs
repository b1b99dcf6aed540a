//! Files that belong to a source by their name.

use std::fs;
use std::path::{Path, PathBuf};

use super::endings::{Kind, kind};
use super::ignored::{Recordings, has_language};

/// The sidecars of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sidecars {
    /// `clip.jpg`: the poster.
    pub poster: Option<PathBuf>,
    /// `clip.toml`: settings for this title alone.
    pub settings: Option<PathBuf>,
    /// Subtitles and audio in a language, which belong to the source but are not packaged.
    pub unused: Vec<PathBuf>,
}

impl Sidecars {
    /// The settings and the poster alone, asked for by their names: cheap however much lies beside `source`.
    #[must_use]
    pub fn named(source: &Path) -> Self {
        let beside = |ending| Some(source.with_extension(ending)).filter(|path| path.is_file());
        let poster = beside("jpg").or_else(|| beside("jpeg"));
        Self { poster, settings: beside("toml"), unused: Vec::new() }
    }

    /// Looks through the folder that `source` lies in. One that can't be read has none that are unused.
    #[must_use]
    pub fn of(source: &Path) -> Self {
        let own = source.to_path_buf();
        let recordings = Recordings::new([&own].into_iter());
        let folder = source.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let is_unused = |path: &PathBuf| {
            matches!(kind(path), Some(Kind::Text | Kind::M4a)) && recordings.of(path).is_some_and(has_language)
        };
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let mut unused: Vec<PathBuf> =
            entries.map(|entry| source.with_file_name(entry.file_name())).filter(is_unused).collect();
        unused.sort();
        Self { unused, ..Self::named(source) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sidecars_are_told_by_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["clip.mp4", "clip.jpg", "clip.toml", "clip.en.vtt", "clip.de.forced.srt", "clip2.jpg", "clip.vtt"]
        {
            fs::write(dir.path().join(file), "x").unwrap();
        }
        let at = |name: &str| dir.path().join(name);
        let expected = Sidecars {
            poster: Some(at("clip.jpg")),
            settings: Some(at("clip.toml")),
            unused: vec![at("clip.de.forced.srt"), at("clip.en.vtt")],
        };
        assert_eq!(Sidecars::of(&at("clip.mp4")), expected);
        assert_eq!(Sidecars::named(&at("clip.mp4")), Sidecars { unused: Vec::new(), ..expected });
    }
}
