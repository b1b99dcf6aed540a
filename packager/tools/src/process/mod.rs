//! Child processes: the one place where ffmpeg and ffprobe start, are watched and end.
//!
//! Each runs in a process group of its own, so that whatever it starts (a wrapper's real ffmpeg) ends with it, and so
//! that Ctrl-C in a terminal is this program's to handle. A stop ends the group at once; a process without progress is
//! ended by the [`watchdog`].

mod manner;
mod meter;
mod priority;
mod watchdog;

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::cancel::Cancel;
use crate::sandbox::{Access, Output, Sandbox};
pub use manner::Manner;
pub(crate) use manner::is_machines;
pub use meter::{End, Meter};
pub(crate) use priority::Priority;
use watchdog::Watchdog;

/// Most bytes of an output that is taken whole.
const MOST_OUTPUT: u64 = 8 << 20;

/// The conditions under which a process runs.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Ends it.
    pub cancel: Cancel,
    /// Ends it when it has made no progress for this long.
    pub stall: Duration,
    /// Confines it.
    sandbox: Sandbox,
    /// The files that it is given in there.
    access: Access,
    /// The most memory that a process under these bounds was seen with, bytes.
    peak: Arc<AtomicU64>,
    /// The first process under these bounds that did not end by itself.
    trouble: Arc<OnceLock<Ended>>,
}

impl Bounds {
    /// Bounds that end a process on `cancel`, or after `stall` without progress, and give it no file in its sandbox.
    #[must_use]
    pub fn new(cancel: Cancel, stall: Duration, sandbox: Sandbox) -> Self {
        let access = Access::default();
        Self { cancel, stall, sandbox, access, peak: Arc::default(), trouble: Arc::default() }
    }

    /// The same, for processes that read this file, too.
    #[must_use]
    pub fn reading(&self, file: &Path) -> Self {
        let mut bounds = self.clone();
        bounds.access.read.push(file.into());
        bounds
    }

    /// The same, for a process that writes this file.
    #[must_use]
    pub fn writing(&self, output: Output) -> Self {
        Self { access: Access { write: Some(output), ..self.access.clone() }, ..self.clone() }
    }

    /// The same, for processes whose memory and trouble count apart.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { peak: Arc::default(), trouble: Arc::default(), ..self.clone() }
    }

    /// The end of the first process that did not end by itself: what is made of its output is none of its answers.
    #[must_use]
    pub fn trouble(&self) -> Option<Ended> {
        self.trouble.get().copied()
    }

    /// Does some work, and does it once more where a process of it hung or crashed. The work is given bounds of its own.
    pub fn once_more<T>(&self, work: impl Fn(&Self) -> T) -> T {
        let first = self.apart();
        let done = work(&first);
        let again = first.trouble().is_some_and(|ended| ended.manner().is_worth_another());
        if again && !self.cancel.is_cancelled() { work(&self.apart()) } else { done }
    }

    /// The most memory that a process was seen with, bytes; 0 where none ran for long enough to be looked at.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }
}

/// A running process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    group: Group,
    meter: Arc<Meter>,
    cancel: Cancel,
    trouble: Arc<OnceLock<Ended>>,
    /// `None` once the process is reaped.
    watchdog: Option<Watchdog>,
}

/// The process group of a process that is not reaped yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group(Pid);

/// The end of a process.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// Its status.
    pub status: ExitStatus,
    /// The watchdog ended it.
    pub stalled: bool,
}

impl Ended {
    /// The manner of its end.
    #[must_use]
    pub fn manner(&self) -> Manner {
        if self.stalled { Manner::Stalled } else { Manner::of(self.status) }
    }
}

impl Process {
    /// Starts `command`; its pipes are taken by the caller and wrapped by [`Meter::end`].
    ///
    /// # Errors
    /// When the system can't.
    pub fn start(command: &mut Command, bounds: &Bounds) -> io::Result<Self> {
        let child = bounds.sandbox.start(command.process_group(0), &bounds.access)?;
        let group = Group(Pid::from_child(&child));
        let meter = Arc::new(Meter::default());
        bounds.cancel.watch(group);
        let watchdog = Watchdog::start(group, Arc::clone(&meter), bounds);
        let (cancel, trouble) = (bounds.cancel.clone(), Arc::clone(&bounds.trouble));
        Ok(Self { child, group, meter, cancel, trouble, watchdog: Some(watchdog) })
    }

    pub(crate) fn group(&self) -> Group {
        self.group
    }

    /// Counts what goes through its pipes: progress, for the watchdog.
    #[must_use]
    pub fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Its standard input, once.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Its standard output, once.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Its standard error, once.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Waits until it has ended, and ends what is left of its group: a grandchild that holds a pipe open would keep
    /// that pipe's reader waiting. The process is not reaped yet: until [`Process::wait`] its number stays its own.
    pub fn until_end(&self) {
        let _ = waitid(WaitId::Pid(self.group.0), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        self.group.kill(Signal::KILL);
    }

    /// Reaps it.
    ///
    /// # Errors
    /// When the system can't.
    pub fn wait(mut self) -> io::Result<Ended> {
        self.until_end();
        let stalled = self.release();
        let ended = Ended { status: self.child.wait()?, stalled };
        if ended.manner() != Manner::Itself {
            // The first is the cause of those that follow.
            let _ = self.trouble.set(ended);
        }
        Ok(ended)
    }

    /// Runs `command`, whose standard output is a pipe, to its end; what it wrote there.
    ///
    /// # Errors
    /// When the system can't.
    pub fn output(command: &mut Command, bounds: &Bounds) -> io::Result<(Vec<u8>, Ended)> {
        let mut process = Self::start(command, bounds)?;
        let stdout = process.take_stdout().map(|pipe| process.meter().end(pipe));
        let written = thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut written = Vec::new();
                // Bytes read before an error are all that there are.
                let _ = stdout.map(|pipe| pipe.take(MOST_OUTPUT).read_to_end(&mut written));
                written
            });
            process.until_end();
            reader.join().unwrap_or_default()
        });
        Ok((written, process.wait()?))
    }

    /// Lets nobody kill it any more; true if the watchdog has.
    fn release(&mut self) -> bool {
        self.cancel.unwatch(self.group);
        self.watchdog.take().is_some_and(Watchdog::stop)
    }
}

impl Drop for Process {
    /// Ends and reaps a process that was not waited for: its pipes' user panicked.
    fn drop(&mut self) {
        if self.watchdog.is_some() {
            self.group.kill(Signal::KILL);
            self.release();
            let _ = self.child.wait();
        }
    }
}

impl Group {
    pub(crate) fn kill(self, signal: Signal) {
        // A group that has just ended by itself is not there to be killed: no harm.
        let _ = kill_process_group(self.0, signal);
    }

    pub(crate) fn raw(self) -> i32 {
        self.0.as_raw_nonzero().get()
    }

    pub(crate) fn from_raw(raw: i32) -> Option<Self> {
        Pid::from_raw(raw).map(Self)
    }
}

#[cfg(test)]
mod tests;
