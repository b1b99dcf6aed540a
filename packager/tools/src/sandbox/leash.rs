//! The end of a process with the one that started it, were that killed.

use std::process::Command;

/// Has the kernel kill the process of `command` when the thread that starts it ends (`prctl(2)`, PR_SET_PDEATHSIG).
#[cfg(target_os = "linux")]
pub(super) fn set(command: &mut Command) {
    use std::os::unix::process::CommandExt;

    use rustix::process::{Signal, set_parent_process_death_signal};

    let take = || Ok(set_parent_process_death_signal(Some(Signal::KILL))?);
    // SAFETY: between fork and exec only what is safe in a signal handler may be called (fork(2)). `take` makes one system
    // call, and takes no memory and no lock.
    #[expect(unsafe_code, reason = "the standard library ends no process with its parent")]
    unsafe {
        command.pre_exec(take);
    }
}

/// Other systems have no such signal: the process ends when it meets the closed end of a pipe.
#[cfg(not(target_os = "linux"))]
pub(super) fn set(_: &mut Command) {}
