//! Copying a source into a file, kept as jobs' results are, that can be entered anywhere, and proving that it is its packets.

use std::fs::{self, File};
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
use tools::sandbox::Output;

/// Bytes that a copy may be larger than twice its source: small packets need more room in Matroska.
const SLACK: u64 = 64 << 20;

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
    let size = fs::metadata(source).map_err(|error| TitleError::Read { path: source.into(), source: error })?.len();
    refuse_full(size, &dir)?;
    let unfinished = dir.join("copy.part");
    let args = ffmpeg::copy::copy(source, copy, &unfinished);
    let nothing = |_: usize, _: &mut _| Ok::<(), std::io::Error>(());
    // In its sandbox ffmpeg makes no file, but fills this one.
    let failed = |error| TitleError::Read { path: unfinished.clone(), source: error };
    File::create(&unfinished).map_err(failed)?;
    let most = size.saturating_mul(2).saturating_add(SLACK);
    let bounds = tools.bounds(source, cancel).writing(Output { path: unfinished.clone(), most });
    match command::run(&tools.ffmpeg.path, &args, 0, &bounds, nothing, |_| {}) {
        Ok(_) => {}
        Err(RunError::Cancelled) => return Err(TitleError::Cancelled),
        Err(error) => {
            remove_file(&unfinished)?;
            return Err(TitleError::Copy { path: source.into(), why: error.to_string() });
        }
    }
    let ffprobe = Ffprobe { program: &tools.ffprobe.path, bounds: &tools.bounds(&unfinished, cancel) };
    if let Err(why) = same_packets(ffprobe, &unfinished, copy)? {
        remove_file(&unfinished)?;
        return Err(TitleError::Copy { path: source.into(), why });
    }
    sync_file(&unfinished)?;
    fs::rename(&unfinished, &path).map_err(failed)?;
    sync_dir(&dir)?;
    Ok(path)
}

/// Refuses to begin a copy that the disk has no room for.
fn refuse_full(needed: u64, folder: &Path) -> Result<(), TitleError> {
    let unknown = |error: rustix::io::Errno| TitleError::Read { path: folder.into(), source: error.into() };
    let disk = rustix::fs::statvfs(folder).map_err(unknown)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < needed { Err(TitleError::NoRoom { path: folder.into(), needed, free }) } else { Ok(()) }
}
