//! Finding sources, and giving each its title.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use config::settings::Settings;
use config::tree::TitleName;

use super::endings::{Kind, kind};
use super::ignored::{Recordings, Why, why};
use super::marks::Marks;
use super::walk::{Met, walk};
use super::{Ignored, Refused, Sidecars, Source};

/// The content of an ingest folder, or of a command line.
#[derive(Debug, Default)]
pub struct Found {
    /// Sources, by title.
    pub sources: Vec<Source>,
    /// Files that can't be packaged, and why.
    pub refused: Vec<Refused>,
    /// Files that look like a recording or a sidecar, but are not taken, and why.
    pub ignored: Vec<Ignored>,
}

/// Looks through the ingest folder. `owner` says which source a title was made from before: it keeps the name when a
/// second one would make the same.
#[must_use]
pub fn scan(settings: &Settings, owner: impl Fn(&TitleName) -> Option<String>) -> Found {
    let ingest = &settings.ingest.path;
    let mut found = Found::default();
    let mut files = Vec::new();
    for met in walk(settings) {
        match met {
            Met::File(path) => files.push(path),
            Met::Folder(_) => {}
            Met::Library(path) => found.ignored.push(Ignored { path, why: Why::Library }),
            Met::Special(path) if kind(&path).is_some() => found.ignored.push(Ignored { path, why: Why::Special }),
            Met::Special(_) => {}
            Met::Unreadable(error) => found.refused.push(unreadable(ingest, error)),
        }
    }
    let with_video = Recordings::new(files.iter().filter(|path| kind(path) == Some(Kind::Recording)));
    let owns = |path: &Path| {
        let Place { name, recorded } = Place::below(ingest, path);
        TitleName::from_source_path(&name).ok().and_then(|title| owner(&title)) == Some(recorded)
    };
    // Audio is a title of its own, unless it is that of a recording with video beside it, or would be but for its name. One
    // that was a title before stays one.
    let is_beside = |path: &Path| with_video.of(path).is_some_and(|rest| Marks::of_audio(rest).is_ok());
    let is_own = |path: &PathBuf| match kind(path) {
        Some(Kind::Recording) => true,
        Some(Kind::Audio) => owns(path) || !is_beside(path) && why(path, &with_video).is_none(),
        _ => false,
    };
    let (own, others): (Vec<&PathBuf>, Vec<&PathBuf>) = files.iter().partition(|path| is_own(path));
    let recordings = Recordings::new(own.iter().copied());
    let mut beside = Beside::default();
    for path in others {
        let among = if kind(path) == Some(Kind::Audio) { &with_video } else { &recordings };
        match why(path, among) {
            Some(why) => found.ignored.push(Ignored { path: path.clone(), why }),
            None => beside.add(path, among),
        }
    }
    let placed = own.into_iter().map(|path| (Place::below(ingest, path), path.clone()));
    assign(ingest, placed, false, owner, &mut found);
    for source in &mut found.sources {
        source.beside = beside.take(&source.path);
    }
    found
}

/// Texts and audio in a language, by the folder and the stem of their recording.
#[derive(Default)]
struct Beside(BTreeMap<(PathBuf, OsString), Vec<PathBuf>>);

impl Beside {
    fn add(&mut self, path: &Path, recordings: &Recordings<'_>) {
        let Some(Kind::Text | Kind::Audio) = kind(path) else { return };
        let Some((folder, stem)) = path.parent().zip(recordings.stem(path)) else { return };
        self.0.entry((folder.into(), stem.into())).or_default().push(path.into());
    }

    fn take(&mut self, source: &Path) -> Vec<PathBuf> {
        let place = source.parent().zip(source.file_stem());
        place.and_then(|(folder, stem)| self.0.remove(&(folder.into(), stem.into()))).unwrap_or_default()
    }
}

/// Takes the files named on a command line. Those below the ingest folder have their place there as their name, others
/// their file name.
#[must_use]
pub fn named(ingest: &Path, inputs: &[PathBuf], owner: impl Fn(&TitleName) -> Option<String>) -> Found {
    let mut found =
        Found { ignored: inputs.iter().flat_map(|input| ignored_beside(input)).collect(), ..Found::default() };
    let placed = inputs.iter().map(|path| (Place::of(ingest, path), path.clone()));
    assign(ingest, placed, true, owner, &mut found);
    for source in &mut found.sources {
        source.beside = Sidecars { poster: None, settings: None, ..Sidecars::of(&source.path) }.paths().collect();
    }
    found
}

/// The files that would belong to a source by their names, but are not taken.
fn ignored_beside(source: &Path) -> Vec<Ignored> {
    let source = source.to_path_buf();
    let recordings = Recordings::new([&source].into_iter());
    let folder = source.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut beside: Vec<PathBuf> = entries.map(|entry| source.with_file_name(entry.file_name())).collect();
    beside.sort();
    let belongs = |path: &PathBuf| *path != source && recordings.of(path).is_some();
    let ignored = |path: PathBuf| Some(Ignored { why: why(&path, &recordings)?, path });
    beside.into_iter().filter(belongs).filter_map(ignored).collect()
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
            _ => Self { name: written(Path::new(name)), recorded: written(&whole) },
        }
    }

    /// Of a file below the ingest folder.
    fn below(ingest: &Path, path: &Path) -> Self {
        let name = written(path.strip_prefix(ingest).unwrap_or(path));
        Self { recorded: name.clone(), name }
    }
}

/// A path as text, no two alike: bytes that are not UTF-8 stand as `\xE9`.
fn written(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    bytes.utf8_chunks().fold(String::new(), |text, chunk| {
        let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}"));
        text + chunk.valid() + &invalid.collect::<String>()
    })
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
                by_title.entry(title.clone()).or_default().push(Source {
                    title,
                    path,
                    name,
                    recorded,
                    named,
                    beside: Vec::new(),
                });
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

fn unreadable(ingest: &Path, error: walkdir::Error) -> Refused {
    Refused::Unreadable { path: error.path().unwrap_or(ingest).into(), source: error.into() }
}
