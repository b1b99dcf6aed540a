//! A walk through the ingest folder, past what holds no recordings.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use config::settings::Settings;
use config::tree::PRIVATE;
use walkdir::WalkDir;

use super::left_out::LeftOut;

/// What a walk meets.
#[derive(Debug)]
pub(super) enum Met {
    /// A folder that is looked through.
    Folder(PathBuf),
    /// A file.
    File(PathBuf),
    /// Another library of pack's: it holds no recordings but what is made of them.
    Library(PathBuf),
    /// What is no file: a pipe, a socket, a device.
    Special(PathBuf),
    /// What can't be looked at.
    Unreadable(walkdir::Error),
}

/// Walks through the ingest folder in the order of names, through links too. A file or link that was there a moment ago is
/// not met.
pub(super) fn walk(settings: &Settings) -> impl Iterator<Item = Met> {
    let ingest = settings.ingest.path.clone();
    let left_out = LeftOut::new(&settings.ingest.exclude);
    let library = fs::metadata(&settings.library.path).ok().map(|metadata| identity(&metadata));
    let mut entries = WalkDir::new(&ingest).min_depth(1).follow_links(true).sort_by_file_name().into_iter();
    std::iter::from_fn(move || {
        loop {
            let entry = match entries.next()? {
                Ok(entry) => entry,
                Err(error) if is_gone(&error) || is_left_out(&error, &left_out, &ingest) => continue,
                Err(error) => return Some(Met::Unreadable(error)),
            };
            let is_folder = entry.file_type().is_dir();
            let is_out = left_out.has(below(&ingest, entry.path()));
            // However it is spelt, linked or mounted.
            let is_library = || library.is_some() && entry.metadata().ok().map(|m| identity(&m)) == library;
            match is_folder {
                true if is_out || is_library() => entries.skip_current_dir(),
                true if is_other_library(entry.path()) => {
                    entries.skip_current_dir();
                    return Some(Met::Library(entry.into_path()));
                }
                true => return Some(Met::Folder(entry.into_path())),
                false if is_out => {}
                false if entry.file_type().is_file() => return Some(Met::File(entry.into_path())),
                false => return Some(Met::Special(entry.into_path())),
            }
        }
    })
}

/// What a folder is, whatever it is called: its device and inode.
fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// True if pack has published into a folder: it holds a lock there.
fn is_other_library(folder: &Path) -> bool {
    folder.join(PRIVATE).join("lock").is_file()
}

fn below<'a>(ingest: &Path, path: &'a Path) -> &'a Path {
    path.strip_prefix(ingest).unwrap_or(path)
}

/// True if what a walk met was there a moment ago, or is a link that leads nowhere.
fn is_gone(error: &walkdir::Error) -> bool {
    error.depth() > 0 && error.io_error().is_some_and(|e| e.kind() == io::ErrorKind::NotFound)
}

/// True if what can't be looked at, such as a link in a circle, would not have been either.
fn is_left_out(error: &walkdir::Error, left_out: &LeftOut, ingest: &Path) -> bool {
    error.depth() > 0 && error.path().is_some_and(|path| left_out.has(below(ingest, path)))
}
