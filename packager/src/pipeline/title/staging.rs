//! Where a revision is put together before it is published.
//!
//! ```text
//! .pack/staging/<title>@<revision>/title/                the title's folder as it will be published
//! .pack/staging/<title>@<revision>/title/<revision>/…
//! ```

use std::path::{Path, PathBuf};

use config::tree::{Revision, TitleName};

use crate::library::{DiskError, Library, create_dir};

/// A revision in the making.
#[derive(Debug)]
pub(super) struct Staging {
    root: PathBuf,
    revision: Revision,
}

impl Staging {
    /// Opens it, empty.
    pub(super) fn open(library: &Library, title: &TitleName, revision: &Revision) -> Result<Self, DiskError> {
        library.remove_staging(title)?;
        let staging = Self { root: library.staging_dir(title, revision), revision: revision.clone() };
        create_dir(&staging.revision_dir())?;
        Ok(staging)
    }

    /// Its folder; for files on their way into it too.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The title's folder as it will be published.
    pub(super) fn title_dir(&self) -> PathBuf {
        self.root.join("title")
    }

    /// The revision's folder in it.
    pub(super) fn revision_dir(&self) -> PathBuf {
        self.title_dir().join(self.revision.as_str())
    }
}
