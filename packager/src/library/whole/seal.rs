//! Sealing the files of a revision: see [`config::seal`].

use std::fs::{File, Metadata};
use std::path::Path;
use std::time::UNIX_EPOCH;

use blake3::Hasher;
use config::seal::{ATTRIBUTE, Seal};
use rustix::fs::{XattrFlags, fsetxattr};

use crate::library::{At, DiskError};

/// Seals the file at `path`, to which nothing is written from now on. Where the file system keeps no extended
/// attributes it is left as it is: who serves it hashes it then.
///
/// It is not synced: a seal that a crash takes away is only missing.
///
/// # Errors
/// When the file can't be read.
pub fn seal(path: &Path) -> Result<(), DiskError> {
    let file = File::open(path).at("open", path)?;
    let state = file.metadata().at("read", path)?;
    let mut hasher = Hasher::new();
    hasher.update_reader(&file).at("read", path)?;
    if let Some(seal) = sealing(&state, *hasher.finalize().as_bytes())
        && let Err(error) = fsetxattr(&file, ATTRIBUTE, &seal.encode(), XattrFlags::empty())
    {
        tracing::debug!("{} is not sealed: {error}", path.display());
    }
    Ok(())
}

/// `None` where the clock was before 1970.
fn sealing(state: &Metadata, digest: [u8; 32]) -> Option<Seal> {
    let mtime = state.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Seal { digest, size: state.len(), mtime: u64::try_from(mtime.as_nanos()).ok()? })
}
