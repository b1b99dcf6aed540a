//! The sandbox as Linux offers it.

mod calls;
mod files;

use std::io;
use std::path::PathBuf;

use super::Access;

/// All that there may be.
pub(super) const ALL: [&str; 2] = [files::NAME, calls::NAME];

/// Holds this thread, and all that it starts, to the files of `common` and of `access`, for good; what the system lacks.
pub(super) fn give_up(common: &[PathBuf], access: &Access) -> io::Result<Vec<&'static str>> {
    let lacks = [files::give_up(common, access)?, calls::give_up()?];
    Ok(lacks.into_iter().flatten().collect())
}
