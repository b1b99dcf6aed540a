//! The error of a file of the library that can't be read.

use std::io;

use rustix::io::Errno;

/// A failure to open or read a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Nothing that is served lies there: no file, a folder, or something behind a symbolic link.
    #[error("no file of the library")]
    Missing,
    /// The library's disk is away: the folder is not there, is an empty mount point, or does not answer.
    #[error("the library's disk is away: {0}; see that it is mounted and may be read by this user")]
    Away(String),
    /// The file became shorter, or was written to, while it was read.
    #[error("changed while it was read, at byte {at}: published files must never be written to")]
    Changed {
        /// The byte.
        at: u64,
    },
    /// No more files can be opened.
    #[error("too many open files: {0}; raise the limit of open files (ulimit -n, LimitNOFILE=)")]
    Exhausted(io::Error),
    /// The operating system refuses.
    #[error("{0}; see that the file may be read by this user")]
    Io(#[from] io::Error),
}

impl From<Errno> for StoreError {
    fn from(errno: Errno) -> Self {
        match errno {
            // openat2(2): EXDEV and ELOOP are what leads out of the library or through a link.
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV | Errno::NAMETOOLONG | Errno::ISDIR => {
                Self::Missing
            }
            Errno::MFILE | Errno::NFILE => Self::Exhausted(errno.into()),
            // A disk that failed or was pulled out; a network file system whose server is gone.
            Errno::IO
            | Errno::NODEV
            | Errno::NXIO
            | Errno::STALE
            | Errno::NOTCONN
            | Errno::SHUTDOWN
            | Errno::TIMEDOUT
            | Errno::HOSTDOWN
            | Errno::HOSTUNREACH
            | Errno::REMOTEIO => Self::Away(errno.to_string()),
            _ => Self::Io(errno.into()),
        }
    }
}
