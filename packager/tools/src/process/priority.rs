//! The priority of ffmpeg's processes: encoding takes what others leave.

use std::os::unix::process::CommandExt;
use std::process::Command;

use config::settings::{Ffmpeg, IoClass};
use rustix::process::{getpriority_process, setpriority_process};

/// The priority that processes start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Priority {
    nice: i32,
    io: IoClass,
}

impl Priority {
    /// Of this program itself.
    pub(crate) const OWN: Self = Self { nice: 0, io: IoClass::Normal };

    /// As the settings ask for.
    pub(crate) fn new(settings: &Ffmpeg) -> Self {
        Self { nice: i32::try_from(settings.nice).unwrap_or(0), io: settings.io }
    }

    /// Has `command` take the priority before it becomes the program, so that what it starts has it, too. Who is nicer
    /// already stays so.
    pub(crate) fn set(self, command: &mut Command) {
        let own = getpriority_process(None).unwrap_or(0);
        let Self { nice, io } = self;
        if nice <= own && io == IoClass::Normal {
            return;
        }
        let take = move || {
            if nice > own {
                setpriority_process(None, nice)?;
            }
            set_io(io)
        };
        // SAFETY: between fork and exec only what is safe in a signal handler may be called (fork(2)). `take` makes system
        // calls with what lies on its own stack, and takes no memory and no lock.
        #[expect(unsafe_code, reason = "the standard library has no priority for a process to be")]
        unsafe {
            command.pre_exec(take);
        }
    }
}

/// Sets this process's class of input and output (`ioprio_set(2)`). A kernel that was built without it has none to give.
#[cfg(target_os = "linux")]
fn set_io(class: IoClass) -> std::io::Result<()> {
    const WHO_PROCESS: libc::c_int = 1;
    const CLASS_SHIFT: libc::c_int = 13;
    const BEST_EFFORT: libc::c_int = 2;
    const IDLE: libc::c_int = 3;
    /// The last of the class.
    const LOWEST: libc::c_int = 7;
    let priority = match class {
        IoClass::Normal => return Ok(()),
        IoClass::BestEffort => BEST_EFFORT << CLASS_SHIFT | LOWEST,
        IoClass::Idle => IDLE << CLASS_SHIFT,
    };
    // SAFETY: the call takes three numbers.
    #[expect(unsafe_code, reason = "no crate at hand wraps this call")]
    let set = unsafe { libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, 0, priority) };
    match set {
        -1 => match std::io::Error::last_os_error() {
            error if error.raw_os_error() == Some(libc::ENOSYS) => Ok(()),
            error => Err(error),
        },
        _ => Ok(()),
    }
}

/// Other systems have no such classes that a process may ask for.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn set_io(_: IoClass) -> std::io::Result<()> {
    Ok(())
}
