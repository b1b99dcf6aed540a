//! Copying a source into a file, kept as jobs' results are, that can be entered anywhere, and proving that it is its packets.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ffmpeg;
use crate::library::{remove_file, sync_dir, sync_file};
use crate::pipeline::error::TitleError;
use crate::pipeline::key::Key;
use crate::pipeline::results::Results;
use crate::probe::{Ffprobe, same_packets};
use crate::source::Copy;
use tools::Tools;
use tools::cancel::Cancel;
use tools::command::{self, RunError};

/// Makes the copy, or finds the one that an interrupted run has finished; its path.
pub(super) fn make(
    source: &Path,
    copy: &Copy,
    key: &Key,
    results: &Results,
    tools: &Tools,
    cancel: &Cancel,
) -> Result<PathBuf, TitleError> {
    let path = results.dir(key).join("copy.mkv");
    if path.is_file() {
        return Ok(path);
    }
    let dir = results.begin(key)?;
    refuse_full(source, &dir)?;
    let unfinished = dir.join("copy.part");
    let args = ffmpeg::copy::copy(source, copy, &unfinished);
    let nothing = |_: usize, _: &mut _| Ok::<(), std::io::Error>(());
    match command::run(&tools.ffmpeg.path, &args, 0, &tools.bounds(cancel), nothing, |_| {}) {
        Ok(_) => {}
        Err(RunError::Cancelled) => return Err(TitleError::Cancelled),
        Err(error) => {
            remove_file(&unfinished)?;
            return Err(TitleError::Copy { path: source.into(), why: error.to_string() });
        }
    }
    let ffprobe = Ffprobe { program: &tools.ffprobe.path, bounds: &tools.bounds(cancel) };
    if let Err(why) = same_packets(ffprobe, &unfinished, copy)? {
        remove_file(&unfinished)?;
        return Err(TitleError::Copy { path: source.into(), why });
    }
    sync_file(&unfinished)?;
    let renamed = |source| TitleError::Read { path: unfinished.clone(), source };
    fs::rename(&unfinished, &path).map_err(renamed)?;
    sync_dir(&dir)?;
    Ok(path)
}

/// Refuses to begin a copy that the disk has no room for.
fn refuse_full(source: &Path, folder: &Path) -> Result<(), TitleError> {
    let read = |source: std::io::Error, path: &Path| TitleError::Read { path: path.into(), source };
    let needed = fs::metadata(source).map_err(|error| read(error, source))?.len();
    let disk = rustix::fs::statvfs(folder).map_err(|error| read(error.into(), folder))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < needed { Err(TitleError::NoRoom { path: folder.into(), needed, free }) } else { Ok(()) }
}
