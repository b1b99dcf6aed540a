//! Files that programs on this machine hold open for writing: an upload may stall for long before it goes on.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The access mode among a file's flags (open(2)): 0 is reading alone.
const O_ACCMODE: u32 = 0o3;

/// Files that are open in programs that we may look into, by their names: where `/proc` has each (proc(5)).
#[derive(Debug)]
pub(super) struct Writers(BTreeMap<OsString, Vec<PathBuf>>);

impl Writers {
    /// Those of now; none where the system has no `/proc`.
    pub(super) fn now() -> Self {
        let mut open = BTreeMap::<OsString, Vec<PathBuf>>::new();
        let programs = entries(Path::new("/proc")).filter(|path| is_number(path));
        for file in programs.flat_map(|program| entries(&program.join("fd"))) {
            // Links alone are read: to ask a file itself may take for ever, on a network file system that is gone.
            if let Some(name) = fs::read_link(&file).ok().as_deref().and_then(Path::file_name) {
                open.entry(name.to_owned()).or_default().push(file);
            }
        }
        Self(open)
    }

    /// True if a program may write to the file at `path` still.
    pub(super) fn have(&self, path: &Path, metadata: &Metadata) -> bool {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let open = real.file_name().and_then(|name| self.0.get(name));
        let is_it =
            |file: &PathBuf| fs::metadata(file).is_ok_and(|m| (m.dev(), m.ino()) == (metadata.dev(), metadata.ino()));
        open.is_some_and(|files| files.iter().any(|file| is_written(file) && is_it(file)))
    }
}

/// True if what `/proc/PID/fd/N` leads to is open for writing, as `/proc/PID/fdinfo/N` says.
fn is_written(file: &Path) -> bool {
    let info = || {
        let program = file.parent()?.parent()?;
        fs::read_to_string(program.join("fdinfo").join(file.file_name()?)).ok()
    };
    info().and_then(|info| flags(&info)).is_some_and(|flags| flags & O_ACCMODE != 0)
}

/// The flags in a `fdinfo`, which are octal.
fn flags(info: &str) -> Option<u32> {
    let text = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
    u32::from_str_radix(text.trim(), 8).ok()
}

fn is_number(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.bytes().all(|b| b.is_ascii_digit()))
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn flags_tell_who_writes() {
        assert_eq!(flags("pos:\t0\nflags:\t0100001\nmnt_id:\t29\n"), Some(0o100_001));
        assert_eq!(flags("pos:\t0\n"), None);
        assert_eq!(flags("flags:\tx\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_is_written_until_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clip.mp4");
        let have = || Writers::now().have(&path, &fs::metadata(&path).unwrap());
        let writer = File::create(&path).unwrap();
        assert!(have());
        drop(writer);
        let reader = File::open(&path).unwrap();
        assert!(!have());
        drop(reader);
    }
}
