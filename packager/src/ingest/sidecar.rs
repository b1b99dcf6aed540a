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
    /// Looks beside `source`. A folder that can't be read has none.
    #[must_use]
    pub fn of(source: &Path) -> Self {
        let (Some(folder), Some(stem)) = (source.parent(), source.file_stem().and_then(|s| s.to_str())) else {
            return Self::default();
        };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|e| e.path()).collect();
        paths.sort();
        let mut found = Self::default();
        for path in paths {
            let Some(rest) = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix(stem)) else {
                continue;
            };
            match rest {
                ".jpg" | ".jpeg" => found.poster = Some(path),
                ".toml" => found.settings = Some(path),
                _ if is_track(rest) => found.unused.push(path),
                _ => {}
            }
        }
        found
    }
}

/// Whether what follows a source's stem makes its file a text or audio track: `.en.vtt`, `.de.forced.srt`, `.fr.m4a`.
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
    }
}
