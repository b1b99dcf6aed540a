//! Targets of a check.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

/// A title's folder, or a playlist or MPD anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A folder laid out as a published title: HLS and DASH over the same segments.
    Title(PathBuf),
    /// A multivariant or media playlist, or an MPD.
    Manifest(Url),
}

/// Why a text names no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither a path nor a URL.
    #[error("'{0}' is neither a path nor an http(s) URL")]
    Unclear(String),
    /// No such file or folder.
    #[error("'{0}' is not there")]
    Missing(String),
    /// A folder without a playlist and without an MPD.
    #[error("'{0}' holds neither {PLAYLIST} nor {MPD}: name a title's folder, a playlist or an MPD")]
    NoTitle(String),
}

const PLAYLIST: &str = config::tree::PLAYLIST;
const MPD: &str = config::tree::MPD;

impl Target {
    /// Understands an argument: an http(s) URL, the path of a title's folder, or the path of a playlist or MPD.
    ///
    /// # Errors
    /// When there is nothing to check.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return Url::parse(text).map(Self::Manifest).map_err(|_| TargetError::Unclear(text.into()));
        }
        let path = std::path::absolute(text).map_err(|_| TargetError::Unclear(text.into()))?;
        if path.is_dir() {
            let holds = |name: &str| path.join(name).is_file();
            return if holds(PLAYLIST) || holds(MPD) {
                Ok(Self::Title(path))
            } else {
                Err(TargetError::NoTitle(text.into()))
            };
        }
        if !path.exists() {
            return Err(TargetError::Missing(text.into()));
        }
        Url::from_file_path(&path).map(Self::Manifest).map_err(|()| TargetError::Unclear(text.into()))
    }

    /// True if it is reached over HTTP.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self, Self::Manifest(url) if url.scheme() != "file")
    }

    /// The playlists and MPDs to start from.
    pub(crate) fn manifests(&self) -> Vec<Url> {
        match self {
            Self::Manifest(url) => vec![url.clone()],
            Self::Title(dir) => [PLAYLIST, MPD].iter().filter_map(|name| file_url(&dir.join(name))).collect(),
        }
    }

    /// The prefix that messages leave off the names of files.
    pub(crate) fn base(&self) -> String {
        match self {
            Self::Title(dir) => std::path::absolute(dir).unwrap_or_else(|_| dir.clone()).display().to_string(),
            Self::Manifest(url) => {
                let folder = url.join(".").unwrap_or_else(|_| url.clone());
                crate::fetch::names::show(&folder).trim_end_matches('/').to_owned()
            }
        }
    }
}

fn file_url(path: &Path) -> Option<Url> {
    Url::from_file_path(std::path::absolute(path).ok()?).ok()
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Title(dir) => write!(f, "{}", dir.display()),
            Self::Manifest(url) => f.write_str(&crate::fetch::names::show(url)),
        }
    }
}
