//! The two folders: where recordings come from, and where titles go.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{MinFree, field, schedule};

/// The folder that recordings are put into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ingest {
    /// The folder.
    #[serde(deserialize_with = "field::path")]
    pub path: PathBuf,
    /// Seconds between the two equal looks after which a file is taken for finished; `None` lets its file system decide.
    #[serde(with = "field::seconds_or_auto")]
    pub settle: Option<u32>,
    /// Files and folders that are left out, as globs.
    #[serde(deserialize_with = "field::globs")]
    pub exclude: Vec<String>,
    /// Largest source, bytes; 0 sets no limit.
    #[serde(with = "field::size")]
    pub max_size: u64,
    /// Longest source, seconds; 0 sets no limit.
    #[serde(deserialize_with = "field::seconds::<_, 0, 31_536_000>", serialize_with = "field::write_seconds")]
    pub max_duration: u32,
    /// The priority of titles; those of a higher one go first.
    #[serde(deserialize_with = "field::signed::<_, -1000, 1000>")]
    pub priority: i32,
    /// The same for those of single folders, as `news=10`.
    #[serde(deserialize_with = "schedule::priorities")]
    pub priorities: Vec<String>,
    /// Hours of work, as `22:00-06:00`; none is all of them.
    #[serde(deserialize_with = "schedule::hours")]
    pub hours: Vec<String>,
    /// True if a source's own settings file counts.
    pub own_settings: bool,
    /// What becomes of a source once its title is published.
    #[serde(deserialize_with = "field::after")]
    pub after: After,
    /// The folder that sources are moved to; empty where there is none.
    #[serde(deserialize_with = "field::path_or_none")]
    pub done: PathBuf,
    /// The folder that sources that can't be packaged are moved to; empty where there is none.
    #[serde(deserialize_with = "field::path_or_none")]
    pub quarantine: PathBuf,
}

/// What becomes of a source once its title is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum After {
    /// Nothing.
    Keep,
    /// It is moved to another folder.
    Move,
    /// It is deleted.
    Delete,
}

/// The folder that titles are published in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// The folder.
    #[serde(deserialize_with = "field::path")]
    pub path: PathBuf,
    /// Room on its disk that is left to others.
    pub min_free: MinFree,
    /// Most revisions of a title, the one in force among them; 0 sets no limit.
    #[serde(deserialize_with = "field::whole::<_, 0, 1000>")]
    pub keep_revisions: u32,
    /// Seconds for which a revision is kept after another took its place; 0 sets no limit.
    #[serde(deserialize_with = "field::seconds::<_, 0, 315_360_000>", serialize_with = "field::write_seconds")]
    pub keep_for: u32,
    /// Seconds for which it is kept in any case: players are in the middle of it.
    #[serde(deserialize_with = "field::seconds::<_, 0, 31_536_000>", serialize_with = "field::write_seconds")]
    pub grace: u32,
}

/// The first contradiction among the folders: the key to blame, and why.
pub(super) fn conflict(ingest: &Ingest, library: &Library) -> Option<(&'static str, String)> {
    if lies_in(&library.path, &ingest.path) {
        let why = format!("lies in the ingest folder {}: pack would package what it made", ingest.path.display());
        return Some(("library.path", why));
    }
    if lies_in(&ingest.path, &library.path) {
        let why = format!("lies in the library {}: sources would be served as if published", library.path.display());
        return Some(("ingest.path", why));
    }
    if ingest.after == After::Move && ingest.done.as_os_str().is_empty() {
        return Some(("ingest.after", "has no folder to move sources to: name one in ingest.done".into()));
    }
    for (key, place) in [("ingest.done", &ingest.done), ("ingest.quarantine", &ingest.quarantine)] {
        let around = |other: &PathBuf| lies_in(place, other) || lies_in(other, place);
        for (name, other) in [("the ingest folder", &ingest.path), ("the library", &library.path)] {
            if !place.as_os_str().is_empty() && around(other) {
                let why = format!("must be apart from {name} {}: neither may lie in the other", other.display());
                return Some((key, why));
            }
        }
    }
    None
}

/// True if `inner` is `outer` or lies in it, however the two are spelt, and whatever links lead there.
fn lies_in(inner: &Path, outer: &Path) -> bool {
    real(inner).starts_with(real(outer))
}

/// A path without links, as far as it is there.
fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let there = whole.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    let real = there.and_then(|(above, real)| Some(real.join(whole.strip_prefix(above).ok()?)));
    real.unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_known_however_it_is_spelt() {
        let place = tempfile::tempdir().unwrap();
        let at = |path: &str| place.path().join(path);
        fs::create_dir_all(at("ingest/deep")).unwrap();
        std::os::unix::fs::symlink(at("ingest/deep"), at("link")).unwrap();
        for (inner, outer, expected) in [
            ("ingest", "ingest", true),
            ("ingest/new/library", "ingest", true),
            ("link/library", "ingest", true),
            ("ingest/../ingest/x", "ingest", true),
            ("ingest2", "ingest", false),
            ("library", "ingest", false),
            ("ingest/deep", "link", true),
            ("ingest", "link", false),
        ] {
            assert_eq!(lies_in(&at(inner), &at(outer)), expected, "{inner} in {outer}");
        }
        assert!(lies_in(Path::new("./a/b"), Path::new("a")));
    }
}
