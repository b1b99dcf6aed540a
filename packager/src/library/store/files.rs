//! File operations whose errors name the file, and which last.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// An operation that the file system refused.
#[derive(Debug, thiserror::Error)]
#[error("can't {what} {}: {}", .path.display(), advice(.source))]
pub struct DiskError {
    /// The operation: a verb.
    pub what: &'static str,
    /// On what.
    pub path: PathBuf,
    /// The system's answer.
    pub source: io::Error,
}

impl DiskError {
    /// True if there is no room.
    pub(in crate::library) fn is_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full; free some space and run again",
        io::ErrorKind::QuotaExceeded => "the quota is used up; free some space and run again",
        io::ErrorKind::FileTooLarge => "the limit on a file's size is reached; raise it and run again",
        io::ErrorKind::PermissionDenied => "permission denied; give the user that runs pack access to it",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is mounted read-only",
        io::ErrorKind::NotFound => "there is no such file or folder",
        _ => "the system refused",
    }
}

/// Says of a failed file operation what it was and on what.
pub(crate) trait At<T> {
    fn at(self, what: &'static str, path: &Path) -> Result<T, DiskError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, what: &'static str, path: &Path) -> Result<T, DiskError> {
        self.map_err(|source| DiskError { what, path: path.into(), source })
    }
}

/// Makes a folder, and those above it that are missing, so that they last: what is synced in a folder is lost with it
/// where the folder's own name was never synced.
pub(crate) fn create_dir(path: &Path) -> Result<(), DiskError> {
    if path.is_dir() {
        return Ok(());
    }
    let above = folder_of(path);
    above.map_or(Ok(()), create_dir)?;
    match fs::create_dir(path) {
        // Somebody else was faster.
        Err(_) if path.is_dir() => {}
        made => made.at("create the folder", path)?,
    }
    above.map_or(Ok(()), sync_dir)
}

/// The folder that something lies in; `None` of the root.
fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above })
}

/// Makes a folder for its owner alone. One that is there already becomes so, which is said.
pub(crate) fn create_private_dir(path: &Path) -> Result<(), DiskError> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => {
            made.at("create the folder", path)?;
            return folder_of(path).map_or(Ok(()), sync_dir);
        }
    }
    let mode = fs::metadata(path).at("look at", path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let narrowed = fs::set_permissions(path, fs::Permissions::from_mode(0o700));
        let path = path.display();
        match narrowed {
            Ok(()) => tracing::warn!("{path} was open to others (mode {mode:o}); now it is its owner's alone (700)"),
            Err(error) => tracing::warn!("{path} is open to others (mode {mode:o}), and stays so: {error}"),
        }
    }
    Ok(())
}

/// `None` where there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some).at("read", path),
    }
}

/// A record as it is written to `path`.
pub(crate) fn json(record: &impl Serialize, path: &Path) -> Result<Vec<u8>, DiskError> {
    serde_json::to_vec(record).map_err(io::Error::from).at("describe", path)
}

/// Removes a folder and all in it; one that isn't there is no error.
pub(crate) fn remove_tree(path: &Path) -> Result<(), DiskError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.at("remove", path),
    }
}

/// Removes a file; one that isn't there is no error.
pub(crate) fn remove_file(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.at("remove", path),
    }
}

/// Replaces a file at once: whoever reads it gets all of the old or all of the new, and a crash leaves one of them.
/// `aside` is a folder on the same file system, where the new one is written first.
pub(crate) fn write_replace(path: &Path, bytes: &[u8], aside: &Path) -> Result<(), DiskError> {
    create_dir(aside)?;
    // Readers are web servers under other users. A temporary file is for its owner alone; this one is to be like any
    // other file that we create, as the umask says.
    let mode = fs::Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().prefix("new-").permissions(mode).tempfile_in(aside);
    let mut file = file.at("create a file in", aside)?;
    file.write_all(bytes).at("write", file.path())?;
    file.as_file().sync_all().at("sync", file.path())?;
    if let Some(parent) = path.parent() {
        create_dir(parent)?;
    }
    file.persist(path).map_err(|e| e.error).at("replace", path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

pub(crate) fn sync_file(path: &Path) -> Result<(), DiskError> {
    File::open(path).and_then(|file| file.sync_all()).at("sync", path)
}

/// Makes the names in a folder last.
pub(crate) fn sync_dir(path: &Path) -> Result<(), DiskError> {
    sync_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_has_the_mode_of_any_other() {
        let dir = tempfile::tempdir().unwrap();
        let (ours, plain) = (dir.path().join("ours"), dir.path().join("plain"));
        write_replace(&ours, b"x", &dir.path().join("aside")).unwrap();
        fs::write(&plain, "x").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[test]
    fn a_private_folder_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let private = dir.path().join("private");
        let mode = || fs::metadata(&private).unwrap().permissions().mode() & 0o777;
        (0..2).for_each(|_| create_private_dir(&private).unwrap());
        assert_eq!(mode(), 0o700);
        fs::set_permissions(&private, fs::Permissions::from_mode(0o755)).unwrap();
        create_private_dir(&private).unwrap();
        assert_eq!(mode(), 0o700);
    }
}
