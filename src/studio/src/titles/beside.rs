//! Files beside the source of a title, where the packager finds them. They are called as the source is, but for the ending.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use http::StatusCode;

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
    let name = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let new = to.with_file_name(format!(".{name}.part"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, to)
}

/// The files beside `source`, but itself: what follows its stem and a dot in their names, and their bytes.
///
/// # Errors
/// When the folder can't be read.
pub fn all(source: &Path) -> io::Result<Vec<(String, u64)>> {
    let (Some(folder), Some(stem)) = (source.parent(), source.file_stem().and_then(|stem| stem.to_str())) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
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
