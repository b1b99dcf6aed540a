//! Finding sources, and giving each its title.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use config::tree::{PRIVATE, TitleName};
use walkdir::{DirEntry, WalkDir};

use super::{Refused, Source, sidecar};

/// Recordings with video that are packaged, by the ending of their names.
const VIDEO: [&str; 27] = [
    "3gp", "3g2", "m2t", "asf", "avi", "dv", "f4v", "flv", "m2ts", "m2v", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg",
    "mts", "mxf", "ogm", "ogv", "qt", "ts", "vob", "webm", "wmv", "y4m", "divx",
];

/// Recordings of audio alone that are packaged, by the ending of their names.
pub(crate) const AUDIO: [&str; 13] =
    ["mp3", "m4a", "m4b", "flac", "wav", "ogg", "oga", "opus", "aac", "aif", "aiff", "mka", "wma"];

/// The content of an ingest folder, or of a command line.
#[derive(Debug, Default)]
pub struct Found {
    /// Sources, by title.
    pub sources: Vec<Source>,
    /// Files that can't be packaged, and why.
    pub refused: Vec<Refused>,
}

/// Looks through the ingest folder. `owner` says which source a title was made from before: it keeps the name when a
/// second one would make the same.
#[must_use]
pub fn scan(ingest: &Path, owner: impl Fn(&TitleName) -> Option<String>) -> Found {
    let hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
    let walk = WalkDir::new(ingest).min_depth(1).follow_links(true).sort_by_file_name();
    let mut found = Found::default();
    let mut paths = Vec::new();
    // However it is spelt, a library in the ingest folder holds no recordings but what is made of them.
    let library = |entry: &DirEntry| entry.file_type().is_dir() && entry.path().join(PRIVATE).is_dir();
    for entry in walk.into_iter().filter_entry(|e| !hidden(e.file_name()) && !library(e)) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && is_source(entry.path()) => paths.push(entry.into_path()),
            Ok(_) => {}
            // A link that leads nowhere, or a file that was there a moment ago.
            Err(error) if is_gone(&error) => {}
            Err(error) => found.refused.push(unreadable(ingest, error)),
        }
    }
    let own = paths.iter().filter(|path| !paths.iter().any(|other| sidecar::is_audio_of(path, other)));
    let placed = own.map(|path| (Place::below(ingest, path), path.clone()));
    assign(ingest, placed, false, owner, &mut found);
    found
}

/// Takes the files named on a command line. Those below the ingest folder have their place there as their name, others
/// their file name.
#[must_use]
pub fn named(ingest: &Path, inputs: &[PathBuf], owner: impl Fn(&TitleName) -> Option<String>) -> Found {
    let mut found = Found::default();
    let placed = inputs.iter().map(|path| (Place::of(ingest, path), path.clone()));
    assign(ingest, placed, true, owner, &mut found);
    found
}

/// A file's names.
struct Place {
    /// See [`Source::name`].
    name: String,
    /// See [`Source::recorded`].
    recorded: String,
}

impl Place {
    /// Of a file wherever it lies. A link is called as it is itself, not as what it leads to.
    fn of(ingest: &Path, path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.into()).join(name);
        match fs::canonicalize(ingest) {
            Ok(ingest) if whole.starts_with(&ingest) => Self::below(&ingest, &whole),
            _ => Self { name: name.to_string_lossy().into_owned(), recorded: whole.to_string_lossy().into_owned() },
        }
    }

    /// Of a file below the ingest folder.
    fn below(ingest: &Path, path: &Path) -> Self {
        let name = path.strip_prefix(ingest).unwrap_or(path).to_string_lossy().into_owned();
        Self { recorded: name.clone(), name }
    }
}

/// Gives each path its title. Where two make the same name, the one that had it before keeps it as long as it is there,
/// whether it is among `paths` or not; else the first has it.
fn assign(
    ingest: &Path,
    paths: impl Iterator<Item = (Place, PathBuf)>,
    named: bool,
    owner: impl Fn(&TitleName) -> Option<String>,
    found: &mut Found,
) {
    let mut by_title: BTreeMap<TitleName, Vec<Source>> = BTreeMap::new();
    for (Place { name, recorded }, path) in paths {
        match TitleName::from_source_path(&name) {
            Ok(title) => {
                by_title.entry(title.clone()).or_default().push(Source { title, path, name, recorded, named });
            }
            Err(why) => found.refused.push(Refused::Name { path, why }),
        }
    }
    for (title, mut sources) in by_title {
        let had = owner(&title);
        let at = sources.iter().position(|s| Some(&s.recorded) == had.as_ref());
        // A whole path stays as it is.
        let elsewhere = had.filter(|_| at.is_none()).map(|had| ingest.join(had)).filter(|path| path.is_file());
        let first = elsewhere.unwrap_or_else(|| {
            let first = sources.remove(at.unwrap_or(0));
            let path = first.path.clone();
            found.sources.push(first);
            path
        });
        for second in sources.into_iter().filter(|s| s.path != first) {
            found.refused.push(Refused::Taken { path: second.path, title: title.clone(), first: first.clone() });
        }
    }
}

fn is_source(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    ending.is_some_and(|e| VIDEO.contains(&e.as_str()) || AUDIO.contains(&e.as_str()))
}

fn unreadable(ingest: &Path, error: walkdir::Error) -> Refused {
    Refused::Unreadable { path: error.path().unwrap_or(ingest).into(), source: error.into() }
}

/// True if what a walk through a folder met was there a moment ago, or is a link that leads nowhere.
fn is_gone(error: &walkdir::Error) -> bool {
    error.depth() > 0 && error.io_error().is_some_and(|e| e.kind() == io::ErrorKind::NotFound)
}
