//! Putting a finished file into the ingest folder: whoever looks there sees none of it or all.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Moves the file `from` to `to`, whose folder is made where it is missing; the folder around that must be there. Whatever
/// dies meanwhile, the file is whole at one of the two places at least.
pub(super) fn put(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy(from, to)?,
        moved => moved?,
    }
    File::open(folder)?.sync_all()
}

/// The same across file systems. The packager takes nothing for a source whose name begins with a dot.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let name = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let part = to.with_file_name(format!(".{name}.part"));
    fs::copy(from, &part)?;
    File::open(&part)?.sync_all()?;
    fs::rename(&part, to)?;
    fs::remove_file(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_moved_and_replaces_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("@studio/x.mp4"));
        for content in ["one", "two"] {
            fs::write(&from, content).unwrap();
            put(&from, &to).unwrap();
            assert_eq!(fs::read_to_string(&to).unwrap(), content);
        }
        fs::write(&from, "three").unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "three");
        assert_eq!(fs::read_dir(dir.path().join("@studio")).unwrap().count(), 1);
        assert!(!from.exists());
        fs::write(&from, "four").unwrap();
        let away = put(&from, &dir.path().join("away/@studio/x.mp4"));
        assert_eq!(away.unwrap_err().kind(), io::ErrorKind::NotFound, "the ingest folder is not ours to make");
    }
}
