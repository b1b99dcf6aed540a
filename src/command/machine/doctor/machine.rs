//! Folders, disk, limits and addresses.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::SystemTime;

use config::origin::{Address, Certificate};
use config::settings::{Confine, Settings};
use config::tree::PRIVATE;
use indicatif::BinaryBytes;
use origin::Certificates;
use rustix::fs::{Access, access, statvfs};
use rustix::process::{Resource, getrlimit};

use super::{Finding, State};

const GIB: u64 = 1 << 30;

/// All of them.
pub(super) fn findings(settings: &Settings) -> Vec<Finding> {
    let existing = settings.library.path.ancestors().find(|p| p.is_dir()).unwrap_or(Path::new("."));
    let origin = &settings.origin;
    let mut findings = vec![
        ingest(&settings.ingest.path),
        library(&settings.library.path, existing),
        private(&settings.library.path),
        match statvfs(existing) {
            Ok(disk) => free_disk(disk.f_bavail.saturating_mul(disk.f_frsize)),
            Err(error) => Finding::bad("disk", State::Warn, format!("free space unknown: {error}"), "look with df"),
        },
        sandbox(settings.sandbox.confine, &tools::sandbox::missing()),
        open_files(getrlimit(Resource::Nofile).current),
        watches(fs::read_to_string("/proc/sys/fs/inotify/max_user_watches").ok().and_then(|t| t.trim().parse().ok())),
    ];
    let public = origin.listen.iter().chain(&origin.tls.listen).map(|at| ("listen", at.clone()));
    findings.extend(public.chain([("admin", origin.admin.into())]).map(|(check, at)| address(check, &at)));
    findings.extend(origin.tls.certificates.iter().map(|pair| certificate(pair, SystemTime::now())));
    findings
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

/// The library's private folder: results, the ledger, keys and access.
fn private(library: &Path) -> Finding {
    let folder = library.join(PRIVATE);
    match fs::metadata(&folder).map(|folder| folder.permissions().mode() & 0o777) {
        Ok(mode) if mode & 0o077 != 0 => Finding::bad(
            "private",
            State::Warn,
            format!("{} is open to others (mode {mode:o})", folder.display()),
            format!("chmod 700 {}, as the next `pack run` or `watch` does", folder.display()),
        ),
        _ => Finding::ok("private", format!("{} is its owner's alone", folder.display())),
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

/// What ffmpeg and ffprobe are confined to.
fn sandbox(confine: Confine, lacks: &[&str]) -> Finding {
    let lack = lacks.join(" and ");
    match (confine, lacks) {
        (Confine::Off, _) => Finding::bad(
            "sandbox",
            State::Warn,
            "off: a recording that deceives a decoder may do what this user may",
            "set sandbox.confine to \"offered\"",
        ),
        (_, []) => Finding::ok("sandbox", "ffmpeg has its source, its output, and no network"),
        (Confine::Offered, _) => {
            Finding::bad("sandbox", State::Warn, format!("this system does not offer {lack}"), "use a newer kernel")
        }
        (Confine::Required, _) => Finding::bad(
            "sandbox",
            State::Fail,
            format!("is required, but this system does not offer {lack}"),
            "use a newer kernel, or set sandbox.confine to \"offered\"",
        ),
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

fn address(check: &'static str, address: &Address) -> Finding {
    let taken = match address {
        Address::Ip(address) => TcpListener::bind(address).err(),
        // What listens at a Unix socket answers; what is left of one that ended is replaced.
        Address::Unix(path) => UnixStream::connect(path).is_ok().then(|| io::ErrorKind::AddrInUse.into()),
    };
    match taken {
        None => Finding::ok(check, format!("{address} is free")),
        Some(error) => Finding::bad(
            check,
            State::Warn,
            format!("{address}: {error}"),
            format!("if that is no pack of yours, stop what listens there or name another address with --{check}"),
        ),
    }
}

fn certificate(pair: &Certificate, now: SystemTime) -> Finding {
    let now = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let certificates = match Certificates::load(std::slice::from_ref(pair)) {
        Ok(certificates) => certificates,
        Err(error) => {
            let mend = "name the PEM files of a certificate and its key in origin.tls.certificates";
            return Finding::bad("tls", State::Fail, error.to_string(), mend);
        }
    };
    let warning = certificates.all().iter().find_map(|loaded| loaded.warning(now));
    match warning {
        Some(warning) => Finding::bad("tls", State::Warn, warning, "renew it; the new files are read by themselves"),
        None => Finding::ok("tls", format!("{} is good", pair.certificate.display())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use crate::command::machine::doctor::machine::*;

    #[test]
    fn limits_are_judged() {
        for (finding, state) in [
            (free_disk(0), State::Fail),
            (free_disk(GIB), State::Warn),
            (free_disk(20 * GIB - 1), State::Warn),
            (free_disk(20 * GIB), State::Ok),
            (sandbox(Confine::Offered, &[]), State::Ok),
            (sandbox(Confine::Offered, &["seccomp"]), State::Warn),
            (sandbox(Confine::Required, &[]), State::Ok),
            (sandbox(Confine::Required, &["seccomp"]), State::Fail),
            (sandbox(Confine::Off, &[]), State::Warn),
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
    fn a_private_folder_that_others_may_enter_is_told() {
        let library = tempfile::tempdir().unwrap();
        let folder = library.path().join(PRIVATE);
        assert_eq!(private(library.path()).state, State::Ok);
        fs::create_dir(&folder).unwrap();
        for (mode, state) in [(0o750, State::Warn), (0o701, State::Warn), (0o700, State::Ok)] {
            fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(private(library.path()).state, state, "{mode:o}");
        }
    }

    #[test]
    fn an_address_in_use_is_told() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(address("listen", &taken.local_addr().unwrap().into()).state, State::Warn);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("origin.sock");
        let taken = UnixListener::bind(&path).unwrap();
        assert_eq!(address("listen", &Address::Unix(path.clone())).state, State::Warn);
        drop(taken);
        assert_eq!(address("listen", &Address::Unix(path)).state, State::Ok);
    }

    #[test]
    fn a_certificate_that_is_not_there_is_told() {
        let pair = Certificate { certificate: "/none.crt".into(), key: "/none.key".into() };
        let finding = certificate(&pair, SystemTime::UNIX_EPOCH);
        assert_eq!(finding.state, State::Fail);
        assert!(finding.found.contains("/none.crt: can't read the certificate"), "{}", finding.found);
    }
}
