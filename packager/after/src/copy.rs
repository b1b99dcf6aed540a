//! Copies to another file system.

use std::fs::{self, File, FileTimes};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use blake3::{Hash, Hasher};

use crate::disk;

/// The outcome of a copy.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Copied {
    /// It is there, whole.
    Whole,
    /// The program is to end.
    Stopped,
}

/// Copies `from` to the new file `to`, with its date and its mode: as `unfinished` first, which is synced and read back.
pub(crate) fn copy(from: &Path, unfinished: &Path, to: &Path, stopped: &dyn Fn() -> bool) -> io::Result<Copied> {
    let copied = write(from, unfinished, stopped);
    match copied {
        Ok(Copied::Whole) => disk::rename_new(unfinished, to)?,
        // Why there is no copy matters more than that its beginning can't be removed.
        Ok(Copied::Stopped) | Err(_) => drop(fs::remove_file(unfinished)),
    }
    copied
}

fn write(from: &Path, to: &Path, stopped: &dyn Fn() -> bool) -> io::Result<Copied> {
    let mut source = File::open(from)?;
    // A crash may have left the beginning of one.
    let mut copy = File::options().create(true).truncate(true).write(true).open(to)?;
    let Some(sent) = pour(&mut source, Some(&mut copy), stopped)? else { return Ok(Copied::Stopped) };
    let metadata = source.metadata()?;
    copy.set_times(FileTimes::new().set_modified(metadata.modified()?))?;
    copy.set_permissions(metadata.permissions())?;
    copy.sync_all()?;
    let Some(arrived) = digest(to, stopped)? else { return Ok(Copied::Stopped) };
    if sent != arrived {
        return Err(io::Error::new(ErrorKind::InvalidData, "what was written there reads back as something else"));
    }
    Ok(Copied::Whole)
}

/// True if both files have the same content; `None` where the program is to end.
pub(crate) fn is_alike(one: &Path, other: &Path, stopped: &dyn Fn() -> bool) -> io::Result<Option<bool>> {
    if fs::metadata(one)?.len() != fs::metadata(other)?.len() {
        return Ok(Some(false));
    }
    Ok(digest(one, stopped)?.zip(digest(other, stopped)?).map(|(one, other)| one == other))
}

fn digest(path: &Path, stopped: &dyn Fn() -> bool) -> io::Result<Option<Hash>> {
    pour(&mut File::open(path)?, None, stopped)
}

/// Reads a file to its end, and writes it where there is somewhere to; `None` where the program is to end.
fn pour(from: &mut File, mut to: Option<&mut File>, stopped: &dyn Fn() -> bool) -> io::Result<Option<Hash>> {
    let mut hasher = Hasher::new();
    let mut block = vec![0; 1 << 20];
    while !stopped() {
        let read = from.read(&mut block)?;
        let block = block.get(..read).unwrap_or_default();
        if block.is_empty() {
            return Ok(Some(hasher.finalize()));
        }
        hasher.update(block);
        to.as_mut().map_or(Ok(()), |to| to.write_all(block))?;
    }
    Ok(None)
}
