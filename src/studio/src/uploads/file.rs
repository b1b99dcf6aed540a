//! An upload's file: bytes are added at its end, and count once they outlive a power loss.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::model::Id;

/// Folder of the studio's data that holds uploads under way.
const FOLDER: &str = "uploads";

/// The file of the upload `id`.
#[must_use]
pub fn path(state: &Path, id: &Id) -> PathBuf {
    state.join(FOLDER).join(id.as_str())
}

/// Makes an empty file for a new upload, for its owner alone. It is there after a power loss, too.
///
/// # Errors
/// The system's.
pub fn create(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    File::open(folder)?.sync_all()
}

/// Opens the file to go on at `offset`; what lies behind that was never counted, and goes.
///
/// # Errors
/// The system's; also where the file is shorter.
pub fn go_on(path: &Path, offset: u64) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    if file.metadata()?.len() < offset {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "bytes that had come are not there any more"));
    }
    file.set_len(offset)?;
    file.seek(SeekFrom::Start(offset))?;
    Ok(file)
}

/// Writes a block at the file's end.
///
/// # Errors
/// The system's.
pub fn write(mut file: &File, block: &[u8]) -> io::Result<()> {
    file.write_all(block)
}

/// Removes the file of an upload that is over. One that is not there is no error.
///
/// # Errors
/// The system's.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The ids of all files in the folder.
///
/// # Errors
/// The system's.
pub fn ids(state: &Path) -> io::Result<Vec<Id>> {
    let entries = match fs::read_dir(state.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter_map(|name| name.parse().ok()).collect())
}

/// BLAKE3 of a file, hexadecimal.
///
/// # Errors
/// The system's.
pub fn digest(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_was_not_counted_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path(), &Id::random().unwrap());
        create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        write(&go_on(&path, 0).unwrap(), b"0123456789").unwrap();
        write(&go_on(&path, 4).unwrap(), b"xy").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"0123xy");
        assert_eq!(go_on(&path, 7).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(ids(dir.path()).unwrap().len(), 1);
        remove(&path).unwrap();
        remove(&path).unwrap();
    }
}
