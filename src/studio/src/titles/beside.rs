//! Files beside the source of a title, where the packager finds them. They are called as the source is, but for the ending.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use http::StatusCode;
use tempfile::NamedTempFile;

use super::STUDIO;
use crate::http::App;
use crate::http::problem::Problem;
use crate::store::titles::Title;

/// The source of a title, beside which files may be put.
///
/// # Errors
/// 403 where the source is the operator's; 409 where it is not there yet.
pub fn source(app: &App, title: &Title) -> Result<PathBuf, Problem> {
    if title.source.is_empty() {
        let detail = "the file of this title is not there yet; wait until it is received";
        return Err(Problem::new(StatusCode::CONFLICT, "no-source", detail));
    }
    if !title.source.starts_with(STUDIO) {
        let detail = "the file of this title lies in a folder of the operator's, as all does that belongs to it";
        return Err(Problem::forbidden(detail));
    }
    Ok(app.ports.ingest.join(&title.source))
}

/// Puts in a file, or replaces it whole: the packager sees the old one or the new one.
///
/// # Errors
/// When the disk refuses.
pub fn put(to: &Path, bytes: &[u8]) -> io::Result<()> {
    // A name of its own: two may put in the same file at once. It begins with a dot, which the packager passes over, and
    // its mode is 0600.
    let mut file = NamedTempFile::with_prefix_in(".", to.parent().unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(to).map(drop).map_err(|error| error.error)
}

/// The files beside `source`, but itself: what follows its stem and a dot in their names, and their bytes.
///
/// # Errors
/// When the folder can't be read.
pub fn all(source: &Path) -> io::Result<Vec<(String, u64)>> {
    let (Some(folder), Some(stem)) = (source.parent(), source.file_stem().and_then(|stem| stem.to_str())) else {
        return Ok(Vec::new());
    };
    let entries = match fs::read_dir(folder) {
        // The operator's folder is away, and what lies in it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(stem)).and_then(|rest| rest.strip_prefix('.'));
        let Some(rest) = rest.filter(|_| Some(name.as_os_str()) != source.file_name()) else { continue };
        match entry.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            metadata => found.push((rest.to_owned(), metadata?.len())),
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_put_in_one_file_at_once_leave_one_of_both() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("a.en.vtt");
        let (short, long) = (vec![b'a'; 100_000], vec![b'b'; 200_000]);
        for _ in 0..20 {
            std::thread::scope(|scope| {
                let others = scope.spawn(|| put(&to, &long));
                put(&to, &short).unwrap();
                others.join().unwrap().unwrap();
            });
            let found = fs::read(&to).unwrap();
            assert!(found == short || found == long);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
    }
}
