//! A look at a title's files on disk.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::settling::{Look, Seen, Settling, Verdict};
use super::{Sidecars, file_system};

/// The time between two equal looks on this machine's own file systems.
const SETTLE: Duration = Duration::from_secs(5);
/// The same on network file systems: attributes may be this old (nfs(5), `acregmin` and `acregmax`).
const SETTLE_NETWORK: Duration = Duration::from_secs(30);

/// True if the file `source` and the sidecars that it is packaged with are finished: two looks at them were equal, and the
/// source is readable to its end. `settle` is the time between the two in seconds, where it is set. What can't be looked
/// at is: packaging says why.
pub fn is_settled(source: &Path, settle: Option<u32>, settling: &mut Settling, now: Instant) -> bool {
    let Ok(metadata) = fs::metadata(source) else { return true };
    let network = file_system::is_network(&metadata);
    let settle = settle_time(settle, network);
    if settle.is_zero() {
        return true;
    }
    let sidecars = Sidecars::named(source);
    let beside = [sidecars.poster, sidecars.settings].into_iter().flatten();
    let beside = beside.filter_map(|path| fs::metadata(path).ok());
    let seen = [&metadata].into_iter().map(|m| seen(m, network)).chain(beside.map(|m| seen(&m, network)));
    settling.judge(source, Look(seen.collect()), settle, now) == Verdict::Settled && has_end(source, metadata.len())
}

/// The time between two equal looks: the setting, or what the file system wants.
pub(super) fn settle_time(settle: Option<u32>, network: bool) -> Duration {
    let own = if network { SETTLE_NETWORK } else { SETTLE };
    settle.map_or(own, |seconds| Duration::from_secs(seconds.into()))
}

fn seen(metadata: &fs::Metadata, network: bool) -> Seen {
    Seen {
        size: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        inode: (!network).then_some(metadata.ino()),
    }
}

/// True if the last of a file's bytes can be read. A server may tell a size before it has the bytes, or lock what somebody
/// writes; other errors are for packaging to tell.
fn has_end(path: &Path, size: u64) -> bool {
    let read = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(size.saturating_sub(1)))?;
        Ok(size == 0 || file.read(&mut [0])? == 1)
    };
    use ErrorKind::{ExecutableFileBusy, ResourceBusy, StaleNetworkFileHandle, WouldBlock};
    read().unwrap_or_else(|error| {
        !matches!(error.kind(), ExecutableFileBusy | ResourceBusy | StaleNetworkFileHandle | WouldBlock)
    })
}
