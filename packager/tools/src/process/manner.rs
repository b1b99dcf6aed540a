//! The manner of a process's end: whose doing it was, as its exit status tells.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::Signal;

/// The manner of a process's end. Only what has ended by itself has given an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// By itself, be it with a failure.
    Itself,
    /// By a crash: its own fault on this input, or an accident of the machine.
    Crashed,
    /// By the machine: the kernel out of memory, an operator, a limit on processor time.
    Killed,
    /// It, or a program that it wraps, could not be run.
    Unusable,
    /// By the watchdog: it made no progress.
    Stalled,
}

/// Signals by which the machine, or somebody, ends a process.
const MACHINES: [Signal; 6] = [Signal::KILL, Signal::TERM, Signal::XCPU, Signal::INT, Signal::HUP, Signal::QUIT];
/// Signals by which a process falls over its own faults.
const FAULTS: [Signal; 7] =
    [Signal::SEGV, Signal::ABORT, Signal::BUS, Signal::ILL, Signal::FPE, Signal::TRAP, Signal::SYS];
/// Statuses of a shell that can't run a program, or does not find it (POSIX.1-2017, Shell & Utilities §2.8.2).
const UNUSABLE: [i32; 2] = [126, 127];
/// Statuses of an ffmpeg that has caught a signal, or several.
const CAUGHT: [i32; 2] = [255, 123];

impl Manner {
    /// The manner that a status tells of. A shell that wraps the program tells its signal as 128 and the signal's number.
    #[must_use]
    pub fn of(status: ExitStatus) -> Self {
        let signal = status.signal().or_else(|| status.code()?.checked_sub(128));
        match (status.code(), signal) {
            (Some(code), _) if UNUSABLE.contains(&code) => Self::Unusable,
            (Some(code), _) if CAUGHT.contains(&code) => Self::Killed,
            (_, Some(signal)) if is_one_of(&MACHINES, signal) => Self::Killed,
            (_, Some(signal)) if is_one_of(&FAULTS, signal) => Self::Crashed,
            _ => Self::Itself,
        }
    }

    /// True if a second attempt at once may go well: what it hung on may be back, and a crash may have been an accident.
    /// After a kill the machine is left some time.
    #[must_use]
    pub const fn is_worth_another(self) -> bool {
        matches!(self, Self::Stalled | Self::Crashed)
    }
}

/// True if the machine, or somebody, ends processes by this signal.
pub(crate) fn is_machines(signal: i32) -> bool {
    is_one_of(&MACHINES, signal)
}

fn is_one_of(signals: &[Signal], signal: i32) -> bool {
    signals.iter().any(|one| one.as_raw() == signal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_has_its_manner() {
        use Manner::{Crashed, Itself, Killed, Unusable};
        let signal = |signal: Signal| Manner::of(ExitStatus::from_raw(signal.as_raw()));
        let code = |code: i32| Manner::of(ExitStatus::from_raw(code << 8));
        for (status, manner) in [(0, Itself), (1, Itself), (69, Itself), (183, Itself), (234, Itself)] {
            assert_eq!(code(status), manner, "{status}");
        }
        for (status, manner) in [(126, Unusable), (127, Unusable), (255, Killed), (123, Killed)] {
            assert_eq!(code(status), manner, "{status}");
        }
        for (by, manner) in MACHINES.map(|by| (by, Killed)).into_iter().chain(FAULTS.map(|by| (by, Crashed))) {
            assert_eq!((signal(by), code(128 + by.as_raw())), (manner, manner), "{by:?}");
        }
        // A reader that has enough, a limit on a file's size, and the signal that readers end ffmpeg with.
        for by in [Signal::PIPE, Signal::XFSZ, Signal::USR1] {
            assert_eq!((signal(by), code(128 + by.as_raw())), (Itself, Itself), "{by:?}");
        }
    }
}
