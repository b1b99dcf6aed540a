//! Copying a source into a file, kept as jobs' results are, that can be entered anywhere, and proving that it is its packets.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::shape;
use crate::ffmpeg;
use crate::library::{At, remove_file, sync_dir, sync_file};
use crate::pipeline::error::TitleError;
use crate::pipeline::failure::{Trouble, of_words};
use crate::pipeline::key::Key;
use crate::pipeline::results::Results;
use crate::probe::{Ffprobe, same_packets};
use crate::source::Copy;
use tools::Tools;
use tools::cancel::Cancel;
use tools::command::{self, RunError};
use tools::process::Bounds;
use tools::sandbox::Output;

/// Bytes that a copy may be larger than twice its source: small packets need more room in Matroska.
const SLACK: u64 = 64 << 20;

/// A disk with fewer bytes left is full.
const FULL: u64 = 1 << 20;

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
    let free = free(&dir)?;
    if free < size {
        return Err(TitleError::NoRoom { path: dir, needed: size, free, reserve: 0 });
    }
    let unfinished = dir.join("copy.part");
    let args = ffmpeg::copy::copy(source, copy, &unfinished);
    let nothing = |_: usize, _: &mut _| Ok::<(), io::Error>(());
    let most = size.saturating_mul(2).saturating_add(SLACK);
    let bounds = tools.bounds(source, cancel).writing(Output { path: unfinished.clone(), most });
    let copied = bounds.once_more(|bounds| {
        // In its sandbox ffmpeg makes no file, but fills this one.
        File::create(&unfinished).at("write", &unfinished)?;
        Ok::<_, TitleError>(command::run(&tools.ffmpeg.path, &args, 0, bounds, nothing, |_| {}))
    })?;
    match copied {
        Ok(_) => {}
        Err(error) => {
            let (free, size) = (self::free(&dir), fs::metadata(&unfinished).map_or(0, |file| file.len()));
            remove_file(&unfinished)?;
            return Err(blame(error, source, Room { path: dir, free: free?, written: size }));
        }
    }
    if copy.pixels_change && !shape::forget(&unfinished).at("write", &unfinished)? {
        remove_file(&unfinished)?;
        let why = "it tells of one shape for all pixels".into();
        return Err(TitleError::Copy { path: source.into(), why });
    }
    let compare = |bounds: &Bounds| same_packets(Ffprobe { program: &tools.ffprobe.path, bounds }, &unfinished, copy);
    if let Err(why) = tools.bounds(&unfinished, cancel).once_more(compare)? {
        remove_file(&unfinished)?;
        return Err(TitleError::Copy { path: source.into(), why });
    }
    sync_file(&unfinished)?;
    fs::rename(&unfinished, &path).at("rename", &unfinished)?;
    sync_dir(&dir)?;
    Ok(path)
}

/// Bytes free on a folder's disk.
fn free(folder: &Path) -> Result<u64, TitleError> {
    let disk = rustix::fs::statvfs(folder).map_err(io::Error::from).at("look for room on the disk of", folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The disk when a copy was given up.
struct Room {
    /// The copy's folder.
    path: PathBuf,
    /// Bytes that were left.
    free: u64,
    /// Bytes of the copy until then.
    written: u64,
}

/// Why there is no copy: the source is to blame only where ffmpeg failed by itself, and not for want of room.
fn blame(error: RunError<io::Error>, source: &Path, room: Room) -> TitleError {
    let Room { path, free, written } = room;
    match error {
        RunError::Cancelled => TitleError::Cancelled,
        // A quota leaves room on the disk, and what ffmpeg gave back may be free again.
        RunError::Failed { summary, .. } if of_words(&summary) == Some(Trouble::Room) => {
            TitleError::NoRoom { path, needed: written.saturating_add(SLACK), free: written, reserve: 0 }
        }
        RunError::Failed { .. } if free < FULL => {
            let (needed, free) = (written.saturating_add(SLACK), free.saturating_add(written));
            TitleError::NoRoom { path, needed, free, reserve: 0 }
        }
        error @ RunError::Failed { .. } => TitleError::Copy { path: source.into(), why: error.to_string() },
        error => TitleError::CopyEnded(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_blamed_only_where_ffmpeg_failed_with_room_left() {
        let failed = || RunError::Failed { status: Default::default(), summary: "no".into(), stderr: String::new() };
        let stalled = || RunError::Stalled { seconds: 1, summary: String::new(), stderr: String::new() };
        let start = || RunError::Start { program: "ffmpeg".into(), source: io::ErrorKind::OutOfMemory.into() };
        let blamed = |error, free| blame(error, Path::new("a.ts"), Room { path: "x".into(), free, written: 5 << 20 });
        assert!(matches!(blamed(failed(), 2 << 20), TitleError::Copy { .. }));
        assert!(matches!(blamed(failed(), 4096), TitleError::NoRoom { .. }));
        for said in ["x.mkv: No space left on device", "Error writing trailer: Disk quota exceeded"] {
            let full = RunError::Failed { status: Default::default(), summary: said.into(), stderr: String::new() };
            let error = blamed(full, 2 << 30);
            assert!(matches!(error, TitleError::NoRoom { .. }), "{error}");
            assert!(error.to_string().contains("it waits until there is room"), "{error}");
        }
        assert!(matches!(blamed(stalled(), 2 << 20), TitleError::CopyEnded(_)));
        assert!(matches!(blamed(start(), 4096), TitleError::CopyEnded(_)));
        assert!(matches!(blamed(RunError::Cancelled, 2 << 20), TitleError::Cancelled));
    }
}
