//! Files and environment variables that programs need in order to run at all.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Paths that any program needs: itself, its libraries, and the files that those read at start. None of it is private.
pub(super) const SYSTEM: [&str; 20] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
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

/// Variables of the environment that programs may need; others may hold secrets.
const ENVIRONMENT: [&str; 9] =
    ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "LD_PRELOAD"];

/// Leaves `command` only these variables.
pub(super) fn keep_environment(command: &mut Command) {
    let kept = ENVIRONMENT.iter().filter_map(|name| Some((name, env::var_os(name)?)));
    command.env_clear().envs(kept);
}

/// A program and the libraries that are brought with it, wherever it lies.
pub(super) fn with_libraries(program: &Path) -> Vec<PathBuf> {
    let real = program.canonicalize().unwrap_or_else(|_| program.into());
    let beside = real.parent().and_then(Path::parent).map(|prefix| prefix.join("lib"));
    [Some(program.into()), beside, Some(real)].into_iter().flatten().collect()
}
