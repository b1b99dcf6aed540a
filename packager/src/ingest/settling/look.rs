//! A look at a title's files on disk.

use std::cell::OnceCell;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::writers::Writers;
use super::{Look, Seen, Settling, Verdict, file_system};
use crate::ingest::Sidecars;

/// The time between two equal looks on this machine's own file systems.
const SETTLE: Duration = Duration::from_secs(5);
/// The same on network file systems: attributes may be this old (nfs(5), `acregmin` and `acregmax`).
const SETTLE_NETWORK: Duration = Duration::from_secs(30);

/// Looks at files at one moment.
#[derive(Debug)]
pub struct Looks<'a> {
    /// The time between two equal looks in seconds, where it is set.
    settle: Option<u32>,
    settling: &'a mut Settling,
    now: Instant,
    writers: OnceCell<Writers>,
}

impl<'a> Looks<'a> {
    /// Looks `now`.
    pub fn new(settle: Option<u32>, settling: &'a mut Settling, now: Instant) -> Self {
        Self { settle, settling, now, writers: OnceCell::new() }
    }

    /// True if the file `source` and the sidecars that it is packaged with, those `beside` it among them, are finished: two
    /// looks at them were equal, no program holds one of them open for writing, and the source is readable to its end. What
    /// can't be looked at is: packaging says why.
    pub fn is_settled(&mut self, source: &Path, beside: &[PathBuf]) -> bool {
        let Ok(metadata) = fs::metadata(source) else { return true };
        let network = file_system::is_network(&metadata);
        let settle = settle_time(self.settle, network);
        if settle.is_zero() {
            return true;
        }
        let is_held = || {
            let writers = self.writers.get_or_init(Writers::now);
            let have = |path: &PathBuf| fs::metadata(path).is_ok_and(|metadata| writers.have(path, &metadata));
            writers.have(source, &metadata) || beside.iter().any(have)
        };
        let look = look(source, beside, &metadata, network);
        let verdict = self.settling.judge(source, look, settle, is_held, self.now);
        verdict == Verdict::Settled && has_end(source, metadata.len())
    }
}

/// The time between two equal looks: the setting, or what the file system wants.
fn settle_time(settle: Option<u32>, network: bool) -> Duration {
    let own = if network { SETTLE_NETWORK } else { SETTLE };
    settle.map_or(own, |seconds| Duration::from_secs(seconds.into()))
}

fn look(source: &Path, beside: &[PathBuf], metadata: &Metadata, network: bool) -> Look {
    let beside = Sidecars::named(source).paths().chain(beside.iter().cloned());
    let beside = beside.filter_map(|path| fs::metadata(path).ok());
    Look([seen(metadata, network)].into_iter().chain(beside.map(|m| seen(&m, network))).collect())
}

fn seen(metadata: &Metadata, network: bool) -> Seen {
    Seen {
        size: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        inode: (!network).then_some(metadata.ino()),
    }
}

/// True if the last of a file's bytes can be read. A server may tell a size before it has the bytes, or lock what somebody
/// writes; other errors are for packaging to tell.
fn has_end(path: &Path, size: u64) -> bool {
    use ErrorKind::{ExecutableFileBusy, ResourceBusy, StaleNetworkFileHandle, WouldBlock};
    let read = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(size.saturating_sub(1)))?;
        Ok(size == 0 || file.read(&mut [0])? == 1)
    };
    read().unwrap_or_else(|error| {
        !matches!(error.kind(), ExecutableFileBusy | ResourceBusy | StaleNetworkFileHandle | WouldBlock)
    })
}
