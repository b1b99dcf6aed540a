//! Files that belong to a source by their name.

use std::fs;
use std::path::{Path, PathBuf};

/// The sidecars of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sidecars {
    /// `clip.jpg`: the poster.
    pub poster: Option<PathBuf>,
    /// `clip.toml`: settings for this title alone.
    pub settings: Option<PathBuf>,
    /// Sidecars that belong to the source but are not packaged.
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
        let named = Self::named(source);
        let (Some(folder), Some(stem)) = (source.parent(), source.file_stem().and_then(|s| s.to_str())) else {
            return named;
        };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let is_unused = |path: &PathBuf| {
            let name = path.file_name().and_then(|n| n.to_str());
            name.and_then(|n| n.strip_prefix(stem)).is_some_and(is_track)
        };
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let mut unused: Vec<PathBuf> = entries.map(|e| e.path()).filter(is_unused).collect();
        unused.sort();
        Self { unused, ..named }
    }
}

/// True if what follows a source's stem makes its file a text or audio track: `.en.vtt`, `.de.forced.srt`, `.fr.m4a`.
fn is_track(rest: &str) -> bool {
    let mut parts = rest.rsplit('.');
    let ending = parts.next().is_some_and(|e| matches!(e, "vtt" | "srt" | "m4a"));
    ending && rest.starts_with('.') && parts.any(|p| !p.is_empty())
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
