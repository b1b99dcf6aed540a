//! What programs need in order to run at all.

use std::path::{Path, PathBuf};

/// What any program needs: itself, its libraries, and what those look at when they start. There is nothing private in it.
pub(super) const SYSTEM: [&str; 21] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/etc/fonts",
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
    "/dev/random",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system",
];

/// A program and the libraries that are brought with it, wherever it lies.
pub(super) fn with_libraries(program: &Path) -> Vec<PathBuf> {
    let real = program.canonicalize().unwrap_or_else(|_| program.into());
    let beside = real.parent().and_then(Path::parent).map(|prefix| prefix.join("lib"));
    [Some(program.into()), beside, Some(real)].into_iter().flatten().collect()
}
