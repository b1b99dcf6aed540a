//! The ingest folder: which sources are in it, what titles they are, whether they are still being written.

mod sidecar;
mod watch;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use config::tree::{PRIVATE, TitleName};
use walkdir::{DirEntry, WalkDir};

use crate::library::{Stamp, is_gone};

pub use sidecar::Sidecars;
pub use watch::Watcher;

/// Recordings with video that are packaged, by the ending of their names.
const VIDEO: [&str; 27] = [
    "3gp", "3g2", "m2t", "asf", "avi", "dv", "f4v", "flv", "m2ts", "m2v", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg",
    "mts", "mxf", "ogm", "ogv", "qt", "ts", "vob", "webm", "wmv", "y4m", "divx",
];

/// Recordings of audio alone that are packaged, by the ending of their names.
pub(crate) const AUDIO: [&str; 13] =
    ["mp3", "m4a", "m4b", "flac", "wav", "ogg", "oga", "opus", "aac", "aif", "aiff", "mka", "wma"];

/// A file is taken for finished when it has been left alone for this long.
pub const SETTLE: Duration = Duration::from_secs(2);

/// A source and the title that it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The title's name.
    pub title: TitleName,
    /// The file.
    pub path: PathBuf,
    /// Its path below the ingest folder, or its file name: what the published title says it was made from.
    pub name: String,
    /// What the ledger knows it by, so that two files of one name are told apart: `name` below the ingest folder, the
    /// whole path elsewhere.
    pub recorded: String,
    /// It was named on the command line, not found.
    pub named: bool,
}

/// A source that can't become a title.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Its path makes no name.
    #[error("{}: {why}; rename the file", .path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// What is wrong with the name.
        why: config::tree::NameError,
    },
    /// Two sources make the same name.
    #[error("{} would be the title '{title}', which {} already is; rename one of them", .path.display(), .first.display())]
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

/// What an ingest folder, or a command line, holds.
#[derive(Debug, Default)]
pub struct Found {
    /// Sources, by title.
    pub sources: Vec<Source>,
    /// What can't be packaged, and why.
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

/// What a file is called.
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

/// True if a file may still be being written: it was changed less than [`SETTLE`] before `now`.
///
/// # Errors
/// When the file can't be asked.
pub fn is_growing(path: &Path, now: SystemTime) -> io::Result<bool> {
    let modified = fs::metadata(path)?.modified()?;
    // A file from the future was not written just now, whatever its date says.
    Ok(now.duration_since(modified).is_ok_and(|age| age < SETTLE))
}

/// What tells whether a file has changed.
///
/// # Errors
/// When the file can't be asked.
pub fn stamp(path: &Path) -> io::Result<Stamp> {
    fs::metadata(path).map(|metadata| Stamp::of(&metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(found: &Found) -> Vec<(&str, &str)> {
        found.sources.iter().map(|s| (s.title.as_str(), s.name.as_str())).collect()
    }

    #[test]
    fn sources_are_found_by_name_and_sidecars_and_hidden_files_are_not() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("Shows/.trash")).unwrap();
        for file in
            ["b.MP4", "b.en.vtt", "b.jpg", "b.toml", ".hidden.mp4", "Shows/Ep 1.mov", "Shows/.trash/x.mp4", "notes.txt"]
        {
            fs::write(dir.path().join(file), "x").unwrap();
        }
        let found = scan(dir.path(), |_| None);
        assert_eq!(titles(&found), [("b", "b.MP4"), ("shows/ep-1", "Shows/Ep 1.mov")]);
        assert!(found.refused.is_empty());
    }

    #[test]
    fn a_library_in_the_ingest_folder_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("library/.pack")).unwrap();
        fs::create_dir_all(dir.path().join("library/a/R0123456789abcdef/video/x")).unwrap();
        fs::write(dir.path().join("library/a/R0123456789abcdef/video/x/init.mp4"), "x").unwrap();
        fs::write(dir.path().join("b.mp4"), "x").unwrap();
        assert_eq!(titles(&scan(dir.path(), |_| None)), [("b", "b.mp4")]);
    }

    #[test]
    fn of_two_sources_of_one_name_the_one_that_had_it_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["a.mkv", "a.mp4", "A.mov"] {
            fs::write(dir.path().join(file), "x").unwrap();
        }
        assert_eq!(titles(&scan(dir.path(), |_| None)), [("a", "A.mov")]);
        let found = scan(dir.path(), |_| Some("a.mp4".into()));
        assert_eq!(titles(&found), [("a", "a.mp4")]);
        let refused: Vec<String> = found.refused.iter().map(ToString::to_string).collect();
        assert_eq!(refused.len(), 2);
        assert!(refused[0].contains("A.mov would be the title 'a', which"), "{refused:?}");
    }

    #[test]
    fn a_file_named_on_the_command_line_does_not_take_another_one_s_title() {
        let dir = tempfile::tempdir().unwrap();
        let (ingest, other) = (dir.path().join("ingest"), dir.path().join("other"));
        let paths = [ingest.join("a.mp4"), ingest.join("a.mov"), other.join("a.mp4")];
        for path in &paths {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let taken = |path: &PathBuf, owner: &str| {
            let found = named(&ingest, std::slice::from_ref(path), |_| Some(owner.into()));
            assert_eq!(found.sources.len() + found.refused.len(), 1);
            found.refused.into_iter().next().map(|refused| match refused {
                Refused::Taken { first, .. } => first,
                other => panic!("{other}"),
            })
        };
        let [mp4, mov, outside] = &paths;
        assert_eq!(taken(mp4, "a.mp4"), None);
        assert_eq!(taken(mov, "a.mp4").as_ref(), Some(mp4));
        assert_eq!(taken(outside, "a.mp4").as_ref(), Some(mp4));
        assert_eq!(taken(mov, "gone.mp4"), None);
        let whole = fs::canonicalize(&other).unwrap().join("a.mp4");
        assert_eq!(taken(outside, whole.to_str().unwrap()), None);
        assert_eq!(taken(mp4, whole.to_str().unwrap()), Some(whole));
    }

    #[test]
    fn a_link_is_called_as_it_is_itself() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("big file.mp4"), "x").unwrap();
        std::os::unix::fs::symlink("big file.mp4", dir.path().join("small.mp4")).unwrap();
        let found = named(dir.path(), &[dir.path().join("small.mp4")], |_| None);
        assert_eq!(titles(&found), [("small", "small.mp4")]);
    }

    #[test]
    fn a_link_to_nowhere_is_passed_over_and_one_in_a_circle_told_of() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere.mp4", dir.path().join("a.mp4")).unwrap();
        assert!(scan(dir.path(), |_| None).refused.is_empty());
        std::os::unix::fs::symlink(".", dir.path().join("circle")).unwrap();
        let refused: Vec<String> = scan(dir.path(), |_| None).refused.iter().map(ToString::to_string).collect();
        assert!(matches!(&refused[..], [one] if one.contains("circle: it is a link to a folder that it lies in")));
    }

    #[test]
    fn a_name_that_nothing_is_left_of_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("日本.mp4"), "x").unwrap();
        assert!(matches!(scan(dir.path(), |_| None).refused[..], [Refused::Name { .. }]));
    }
}
