//! Folders, disk, limits and addresses.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use config::settings::Settings;
use indicatif::BinaryBytes;
use rustix::fs::{Access, access, statvfs};
use rustix::process::{Resource, getrlimit};

use super::{Finding, State};

const GIB: u64 = 1 << 30;

/// All of them.
pub(super) fn findings(settings: &Settings) -> Vec<Finding> {
    let existing = settings.library.ancestors().find(|p| p.is_dir()).unwrap_or(Path::new("."));
    vec![
        ingest(&settings.ingest),
        library(&settings.library, existing),
        match statvfs(existing) {
            Ok(disk) => free_disk(disk.f_bavail.saturating_mul(disk.f_frsize)),
            Err(error) => Finding::bad("disk", State::Warn, format!("free space unknown: {error}"), "look with df"),
        },
        open_files(getrlimit(Resource::Nofile).current),
        watches(fs::read_to_string("/proc/sys/fs/inotify/max_user_watches").ok().and_then(|t| t.trim().parse().ok())),
        address("listen", settings.origin.listen),
        address("admin", settings.origin.admin),
    ]
}

fn ingest(folder: &Path) -> Finding {
    match fs::read_dir(folder) {
        Ok(_) => Finding::ok("ingest", folder.display().to_string()),
        Err(error) => {
            let found = format!("{}: {error}", folder.display());
            Finding::bad("ingest", State::Fail, found, "make the folder readable, or name another with --ingest")
        }
    }
}

/// `existing` is the library, or where it would be made, the nearest folder above that is there.
fn library(folder: &Path, existing: &Path) -> Finding {
    // `.` has the empty path for its parent.
    let existing = if existing.as_os_str().is_empty() { Path::new(".") } else { existing };
    match access(existing, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) if existing == folder => Finding::ok("library", folder.display().to_string()),
        Ok(()) => Finding::ok("library", format!("{} will be made", folder.display())),
        Err(error) => {
            let found = format!("{} can't be written: {error}", existing.display());
            Finding::bad(
                "library",
                State::Fail,
                found,
                "give this user the right to write it, or name another folder with --library",
            )
        }
    }
}

/// An hour of source becomes about 6 GiB of ladder, and is there twice while a revision replaces another.
fn free_disk(bytes: u64) -> Finding {
    let found = format!("{} free", BinaryBytes(bytes));
    match bytes / GIB {
        0 => Finding::bad("disk", State::Fail, found, "make room: `pack prune` deletes old revisions"),
        1..20 => {
            Finding::bad("disk", State::Warn, found, "an hour of 1080p becomes up to 10 GiB; `pack prune` makes room")
        }
        _ => Finding::ok("disk", found),
    }
}

/// The origin holds a file for each cold download and a socket for each connection.
fn open_files(limit: Option<u64>) -> Finding {
    match limit {
        Some(limit @ ..4096) => Finding::bad(
            "files",
            State::Warn,
            format!("{limit} open files at most"),
            "raise it for the origin: `ulimit -n 65536`, or LimitNOFILE=65536 in the systemd unit",
        ),
        Some(limit) => Finding::ok("files", format!("{limit} open files at most")),
        None => Finding::ok("files", "no limit on open files"),
    }
}

/// inotify(7): a watch is one folder. Without enough, changes are found by looking now and then.
fn watches(limit: Option<u64>) -> Finding {
    match limit {
        Some(limit @ ..8192) => Finding::bad(
            "watches",
            State::Warn,
            format!("{limit} folders can be watched"),
            "raise it where there are more folders: `sysctl fs.inotify.max_user_watches=65536`",
        ),
        Some(limit) => Finding::ok("watches", format!("{limit} folders can be watched")),
        None => Finding::ok("watches", "no inotify limit on this system"),
    }
}

fn address(check: &'static str, address: SocketAddr) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok(check, format!("{address} is free")),
        Err(error) => Finding::bad(
            check,
            State::Warn,
            format!("{address}: {error}"),
            format!("if that is no pack of yours, stop what listens there or name another address with --{check}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_judged() {
        for (finding, state) in [
            (free_disk(0), State::Fail),
            (free_disk(GIB), State::Warn),
            (free_disk(20 * GIB - 1), State::Warn),
            (free_disk(20 * GIB), State::Ok),
            (open_files(Some(1024)), State::Warn),
            (open_files(Some(4096)), State::Ok),
            (open_files(None), State::Ok),
            (watches(Some(8191)), State::Warn),
            (watches(Some(8192)), State::Ok),
            (watches(None), State::Ok),
        ] {
            assert_eq!(finding.state, state, "{finding:?}");
            assert_eq!(finding.mend.is_some(), state != State::Ok, "{finding:?}");
        }
    }

    #[test]
    fn folders_are_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(ingest(dir.path()).state, State::Ok);
        assert_eq!(ingest(&dir.path().join("none")).state, State::Fail);
        assert_eq!(library(dir.path(), dir.path()).state, State::Ok);
        assert!(library(&dir.path().join("new"), dir.path()).found.ends_with("new will be made"));
        assert_eq!(library(Path::new("new"), Path::new("")).state, State::Ok);
        // Nobody can write there, root neither.
        assert_eq!(library(Path::new("/proc/1/x"), Path::new("/proc/sys")).state, State::Fail);
    }

    #[test]
    fn an_address_in_use_is_told() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(address("listen", taken.local_addr().unwrap()).state, State::Warn);
    }
}
