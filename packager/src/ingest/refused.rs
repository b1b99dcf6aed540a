//! Why a file can't become a title.

use std::io;
use std::path::{Path, PathBuf};

use config::tree::{TitleName, compose};

/// A source that can't become a title.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Its path makes no name.
    #[error("{}: {why}; rename the file", .path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// The fault of the name.
        why: config::tree::NameError,
    },
    /// Two sources make the same name.
    #[error("{} would be the title '{title}', which {} already is{}; rename one of them", .path.display(), .first.display(), alike(.path, .first))]
    Taken {
        /// The file.
        path: PathBuf,
        /// The name that both make.
        title: TitleName,
        /// The source that has it.
        first: PathBuf,
    },
    /// It, or a folder on the way to it, can't be read.
    #[error("can't read {}: {}", .path.display(), advice(.source))]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// The difference between two names that look the same.
fn alike(path: &Path, first: &Path) -> &'static str {
    let composed = |path: &Path| compose(&path.to_string_lossy());
    if composed(path) == composed(first) {
        " (the letters are the same, but their accents are encoded in another way)"
    } else {
        ""
    }
}

fn advice(error: &io::Error) -> &'static str {
    let walk = error.get_ref().and_then(|inner| inner.downcast_ref::<walkdir::Error>());
    if walk.is_some_and(|walk| walk.loop_ancestor().is_some()) {
        return "it is a link to a folder that it lies in itself; remove the link";
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied; give the user that runs pack access to it",
        _ => "the system refused",
    }
}

impl Refused {
    /// The file or folder that is refused.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Name { path, .. } | Self::Taken { path, .. } | Self::Unreadable { path, .. } => path,
        }
    }
}
