//! One state of a file, told from every other.

use rustix::fs::{Stat, Statx, StatxTimestamp};

/// Nanoseconds from a change until its time alone vouches for a file or folder: one that changed more recently may
/// change again without its time telling, since file systems take it from a clock that ticks.
pub(crate) const SETTLED: u128 = 2_000_000_000;

/// A state of a file: replacing the file gives another inode, writing to it another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    /// Device.
    dev: u64,
    /// Inode.
    ino: u64,
    /// Bytes.
    pub size: u64,
    /// Modification time, nanoseconds since the Unix epoch.
    pub mtime: u128,
    /// Time of the last change to the inode, nanoseconds since the Unix epoch. No program can set it.
    pub ctime: u128,
}

impl From<&Stat> for Identity {
    fn from(stat: &Stat) -> Self {
        Self {
            dev: stat.st_dev,
            ino: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime: nanoseconds(stat.st_mtime, stat.st_mtime_nsec),
            ctime: nanoseconds(stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

impl From<&Statx> for Identity {
    fn from(stat: &Statx) -> Self {
        let time = |time: &StatxTimestamp| nanoseconds(time.tv_sec, time.tv_nsec);
        Self {
            dev: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
            ino: stat.stx_ino,
            size: stat.stx_size,
            mtime: time(&stat.stx_mtime),
            ctime: time(&stat.stx_ctime),
        }
    }
}

/// Nanoseconds since the Unix epoch; times before it are the epoch.
fn nanoseconds(seconds: i64, nanoseconds: impl TryInto<u128>) -> u128 {
    let seconds = u128::try_from(seconds).unwrap_or(0);
    seconds * 1_000_000_000 + nanoseconds.try_into().unwrap_or(0)
}
