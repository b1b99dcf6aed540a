//! The published tree on a disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use config::tree::PRIVATE;
use walkdir::WalkDir;

use crate::library::store::{Listed, Store};
use crate::library::{At, DiskError, create_dir, read, remove_file, remove_tree, sync_dir, write_replace};

/// A library on a disk.
#[derive(Debug)]
pub(in crate::library) struct Disk {
    root: PathBuf,
}

impl Disk {
    pub(in crate::library) fn new(root: &Path) -> Self {
        Self { root: root.into() }
    }

    fn private(&self, folder: &str) -> PathBuf {
        self.root.join(PRIVATE).join(folder)
    }

    /// The folders that a path lies in, the innermost first, up to the library's own.
    fn folders_of<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Path> {
        path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root))
    }
}

impl Store for Disk {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, DiskError> {
        read(&self.root.join(path))
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, DiskError> {
        let folder = self.root.join(folder);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.at("read the folder", &folder)?,
        };
        let mut listed = Vec::new();
        for entry in entries {
            listed.extend(entry.and_then(|entry| look(&entry)).at("read the folder", &folder)?);
        }
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listed)
    }

    fn put(&self, made: &Path, path: &str) -> Result<(), DiskError> {
        let target = self.root.join(path);
        sync_dirs(made)?;
        self.folders_of(&target).next().map_or(Ok(()), create_dir)?;
        fs::rename(made, &target).at("move the finished revision to", &target)?;
        // Its folder may be new, and those above it.
        self.folders_of(&target).try_for_each(sync_dir)
    }

    fn replace(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        write_replace(&self.root.join(path), bytes, &self.private("new"))
    }

    /// Deleting a folder takes a step for each of its files, and a revision that lost only some of them to a crash would
    /// look like a whole one to whoever comes next. So it is moved, and deleted afterwards.
    fn discard(&self, path: &str) -> Result<(), DiskError> {
        let (path, trash) = (self.root.join(path), self.private("trash"));
        create_dir(&trash)?;
        let away = tempfile::Builder::new().prefix("").make_in(&trash, |place| fs::rename(&path, place));
        match away {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => drop(other.at("remove", &path)?.into_temp_path().keep()),
        }
        let kept = self.folders_of(&path).find(|folder| *folder == self.root || fs::remove_dir(folder).is_err());
        kept.map_or(Ok(()), sync_dir)
    }

    fn empty_trash(&self) -> Result<(), DiskError> {
        // The folder itself stays: something may be on its way into it.
        for entry in fs::read_dir(self.private("trash")).into_iter().flatten().filter_map(Result::ok) {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder { remove_tree(&path)? } else { remove_file(&path)? }
        }
        Ok(())
    }
}

/// A file or a folder as it is listed; `None` where it has just been removed, is a link to a folder, or has a name that
/// none of ours has.
fn look(entry: &fs::DirEntry) -> io::Result<Option<Listed>> {
    let of_link = |path| fs::metadata(path).map(|metadata| Some(metadata).filter(fs::Metadata::is_file));
    let metadata = match entry.file_type()?.is_symlink() {
        true => of_link(entry.path()),
        false => entry.metadata().map(Some),
    };
    let metadata = match metadata {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        other => other?,
    };
    let Some((metadata, name)) = metadata.zip(entry.file_name().into_string().ok()) else { return Ok(None) };
    let bytes = (!metadata.is_dir()).then_some(metadata.len());
    Ok(Some(Listed { name, modified: metadata.modified()?, bytes }))
}

/// Makes the names in a folder and in all below it last.
fn sync_dirs(root: &Path) -> Result<(), DiskError> {
    for entry in WalkDir::new(root) {
        let entry = entry.map_err(io::Error::from).at("read", root)?;
        if entry.file_type().is_dir() {
            sync_dir(entry.path())?;
        }
    }
    Ok(())
}
