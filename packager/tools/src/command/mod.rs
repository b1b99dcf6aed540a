//! One ffmpeg process: its pipes and its end.

mod log;

use std::ffi::OsString;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ExitStatus};
use std::sync::{Mutex, OnceLock};
use std::thread::{self, ScopedJoinHandle};

use command_fds::{CommandFdExt, FdMapping};
use ffmpeg_sidecar::command::FfmpegCommand;
use rustix::process::Signal;

use self::log::{Log, follow};
use crate::process::{Bounds, End, Ended, Group, Process};
use crate::sandbox::guarded;

/// The first file descriptor that an output is written to; output `n` of a command goes to `pipe:` this plus `n`.
pub const FIRST_PIPE: u32 = 3;
/// The signal that a reader ends ffmpeg with: one that nobody else sends, and that ffmpeg does not catch.
const OURS: Signal = Signal::USR1;

/// Why a command brought no result. `E` is what a reader of its output says.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E: std::error::Error + 'static> {
    /// It could not be started.
    #[error("{program} could not be started", program = .program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// It ended with a failure.
    #[error("ffmpeg failed ({status}): {summary}")]
    Failed {
        /// Its exit status.
        status: ExitStatus,
        /// Its last complaints.
        summary: String,
        /// The last 32 kB of what it said.
        stderr: String,
    },
    /// It made no progress, and was ended.
    #[error("ffmpeg made no progress for {seconds} s and was ended (see ffmpeg.stall): {summary}")]
    Stalled {
        /// The setting `ffmpeg.stall`.
        seconds: u64,
        /// Its last complaints.
        summary: String,
        /// The last 32 kB of what it said.
        stderr: String,
    },
    /// The machine ended it: it was short of memory, or somebody killed it.
    #[error("ffmpeg failed ({status}): the kernel for want of memory, or somebody, ended it; it said: {summary}")]
    Killed {
        /// Its exit status.
        status: ExitStatus,
        /// Its last complaints.
        summary: String,
        /// The last 32 kB of what it said.
        stderr: String,
    },
    /// A program that it wraps could not be run.
    #[error(
        "ffmpeg could not be run ({status}): it is a script whose program is missing or may not be run; it said: {summary}"
    )]
    Unusable {
        /// Its exit status.
        status: ExitStatus,
        /// Its last complaints.
        summary: String,
        /// The last 32 kB of what it said.
        stderr: String,
    },
    /// Its output could not be used or kept.
    #[error(transparent)]
    Output(E),
    /// It was stopped from outside.
    #[error("stopped")]
    Cancelled,
}

impl<E: std::error::Error> RunError<E> {
    /// The last of what ffmpeg said, where it failed.
    #[must_use]
    pub fn stderr(&self) -> Option<&str> {
        match self {
            Self::Failed { stderr, .. }
            | Self::Stalled { stderr, .. }
            | Self::Killed { stderr, .. }
            | Self::Unusable { stderr, .. } => Some(stderr),
            Self::Start { .. } | Self::Output(_) | Self::Cancelled => None,
        }
    }
}

/// The results of a finished command.
#[derive(Debug)]
pub struct Finished<T> {
    /// The value that each output's reader made of it, in the order of the outputs.
    pub outputs: Vec<T>,
    /// ffmpeg's complaints.
    pub complaints: Vec<String>,
}

/// Runs `program` with `args`, which write `outputs` pipes from [`FIRST_PIPE`] on. Each pipe is read on a thread of its
/// own by `read(index, pipe)`; `progress` is told the number of frames made so far.
///
/// # Errors
/// When it can't be started, fails, is ended by `bounds`, or a reader fails; it is not running any more then.
pub fn run<T, E>(
    program: &Path,
    args: &[OsString],
    outputs: usize,
    bounds: &Bounds,
    read: impl Fn(usize, &mut End<PipeReader>) -> Result<T, E> + Sync,
    progress: impl Fn(u64) + Sync,
) -> Result<Finished<T>, RunError<E>>
where
    T: Send,
    E: std::error::Error + Send + 'static,
{
    run_fed(program, args, outputs, bounds, drop, read, progress)
}

/// Runs it with what `feed` writes as its standard input (`pipe:0`), on a thread of its own.
///
/// # Errors
/// As [`run`]. That `feed` could not write everything is none: ffmpeg may have had enough.
pub fn run_fed<T, E>(
    program: &Path,
    args: &[OsString],
    outputs: usize,
    bounds: &Bounds,
    feed: impl FnOnce(End<ChildStdin>) + Send,
    read: impl Fn(usize, &mut End<PipeReader>) -> Result<T, E> + Sync,
    progress: impl Fn(u64) + Sync,
) -> Result<Finished<T>, RunError<E>>
where
    T: Send,
    E: std::error::Error + Send + 'static,
{
    if bounds.cancel.is_cancelled() {
        return Err(RunError::Cancelled);
    }
    let unable = |source| RunError::Start { program: program.into(), source };
    let (mut process, pipes) = start(program, args, outputs, bounds).map_err(unable)?;
    let (group, meter) = (process.group(), process.meter());
    let log = Mutex::new(Log::default());
    let (stdin, stderr) = (process.take_stdin(), process.take_stderr());
    let first_failed = OnceLock::new();
    let results: Vec<Option<Result<T, E>>> = thread::scope(|scope| {
        scope.spawn(|| follow(stderr, &log, &meter, &progress));
        scope.spawn(|| stdin.map(|stdin| feed(meter.end(stdin))));
        let readers: Vec<_> = pipes
            .into_iter()
            .enumerate()
            .map(|(index, pipe)| {
                let (read, first_failed, pipe) = (&read, &first_failed, meter.end(pipe));
                scope.spawn(move || read_or_kill(group, first_failed, index, pipe, read))
            })
            .collect();
        process.until_end();
        readers.into_iter().map(joined).collect()
    });
    let ended = process.wait().map_err(unable)?;
    let log = log.into_inner().unwrap_or_default();
    verdict(ended, first_failed.into_inner(), results, log, bounds)
}

/// A reader that panicked gives no result; [`verdict`] misses it.
fn joined<R>(handle: ScopedJoinHandle<'_, R>) -> Option<R> {
    handle.join().ok()
}

/// Picks the root cause: the stop, the stall, ffmpeg's own failure, then the first reader's.
fn verdict<T, E: std::error::Error>(
    ended: Ended,
    first_failed: Option<usize>,
    mut results: Vec<Option<Result<T, E>>>,
    log: Log,
    bounds: &Bounds,
) -> Result<Finished<T>, RunError<E>> {
    let Ended { status, stalled } = ended;
    if bounds.cancel.is_cancelled() {
        return Err(RunError::Cancelled);
    }
    // A reader that gives up ends ffmpeg by a signal of ours; anything else is ffmpeg's own end, and the readers came
    // after it.
    if stalled || (!status.success() && status.signal() != Some(OURS.as_raw())) {
        return Err(log.failure(ended, bounds));
    }
    // The others failed because the first to fail had ffmpeg killed.
    if let Some(Some(Err(error))) = first_failed.and_then(|index| results.get_mut(index)).map(Option::take) {
        return Err(RunError::Output(error));
    }
    let read: Option<Vec<T>> = results.into_iter().map(|result| result?.ok()).collect();
    match read {
        Some(outputs) if status.success() => Ok(Finished { outputs, complaints: log.into_complaints() }),
        _ => Err(log.failure(ended, bounds)),
    }
}

fn start(program: &Path, args: &[OsString], outputs: usize, bounds: &Bounds) -> io::Result<(Process, Vec<PipeReader>)> {
    let (readers, writers): (Vec<PipeReader>, Vec<PipeWriter>) =
        (0..outputs).map(|_| io::pipe()).collect::<io::Result<Vec<_>>>()?.into_iter().unzip();
    let mappings = (FIRST_PIPE..).zip(writers).map(|(fd, writer)| FdMapping {
        parent_fd: OwnedFd::from(writer),
        child_fd: i32::try_from(fd).unwrap_or(i32::MAX),
    });
    let mut command = FfmpegCommand::new_with_path(program);
    command.args(guarded(args));
    command.as_inner_mut().fd_mappings(mappings.collect()).map_err(io::Error::other)?;
    let mut process = Process::start(command.as_inner_mut(), bounds)?;
    // The sidecar makes standard output a pipe; nobody reads it.
    drop(process.take_stdout());
    // Dropping the command closes our copies of the writing ends, so that the readers see the end.
    Ok((process, readers))
}

/// Where the reader gives up, ffmpeg must not go on encoding for nobody. The first to give up is remembered.
fn read_or_kill<T, E>(
    group: Group,
    first_failed: &OnceLock<usize>,
    index: usize,
    mut pipe: End<PipeReader>,
    read: &(impl Fn(usize, &mut End<PipeReader>) -> Result<T, E> + Sync),
) -> Result<T, E> {
    let result = read(index, &mut pipe);
    if result.is_err() {
        // Taken already: another gave up before.
        let _ = first_failed.set(index);
        group.kill(OURS);
    }
    result
}
