//! Memory, processor time, files and processes, by resource limits (`getrlimit(2)`).

use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Processor seconds of one process. What makes no progress is ended long before (`ffmpeg.stall`); this ends what makes
/// progress without an end. The longest honest job is a film in one chunk with a slow preset.
const PROCESSOR_S: u64 = 30 * 24 * 60 * 60;
/// Open files.
const FILES: u64 = 256;
/// Threads of all processes of this user. There is no count for one process; root's are not counted.
const THREADS: u64 = 16_384;

/// Has `command` take the limits before it becomes the program, so that what it starts has them, too.
///
/// Memory is what a process may write to (`RLIMIT_DATA`); addresses that are only set aside, of which an allocator has much
/// for each thread, do not count. A limit of this program's own that is lower stays.
pub(super) fn set(command: &mut Command, memory: u64, written: u64) {
    let limits = [
        (Resource::Data, memory),
        (Resource::Cpu, PROCESSOR_S),
        (Resource::Nofile, FILES),
        (Resource::Nproc, THREADS),
        (Resource::Fsize, written),
        (Resource::Core, 0),
    ];
    let limits = limits.map(|(resource, most)| {
        let most = Some(getrlimit(resource).maximum.map_or(most, |own| own.min(most)));
        (resource, Rlimit { current: most, maximum: most })
    });
    let take = move || {
        for (resource, limit) in limits.iter().cloned() {
            setrlimit(resource, limit)?;
        }
        Ok(())
    };
    // SAFETY: between fork and exec only what is safe in a signal handler may be called (fork(2)). `take` makes system calls
    // with what lies on its own stack, and takes no memory and no lock.
    #[expect(unsafe_code, reason = "the standard library has no limits for a process to be")]
    unsafe {
        command.pre_exec(take);
    }
}
