//! One ffmpeg process: its pipes, its messages, its end.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, ChildStdin, ExitStatus};
use std::sync::{Mutex, OnceLock};
use std::thread::{self, ScopedJoinHandle};

use command_fds::{CommandFdExt, FdMapping};
use ffmpeg_sidecar::child::FfmpegChild;
use ffmpeg_sidecar::command::FfmpegCommand;
use ffmpeg_sidecar::event::{FfmpegEvent, LogLevel};
use ffmpeg_sidecar::log_parser::FfmpegLogParser;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::argv::FIRST_PIPE;
use crate::cancel::Cancel;

/// How much of what ffmpeg said is kept for a failure, bytes.
const STDERR_KEPT: usize = 32 * 1024;
/// The signal that a reader ends ffmpeg with: one that nobody else sends, and that ffmpeg does not catch.
const OURS: Signal = Signal::USR1;
/// How many of ffmpeg's complaints about a source are kept when it succeeds all the same.
const COMPLAINTS_KEPT: usize = 20;

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
        /// How it ended.
        status: ExitStatus,
        /// Its last complaints.
        summary: String,
        /// The last 32 kB of what it said.
        stderr: String,
    },
    /// What it wrote could not be used or kept.
    #[error(transparent)]
    Output(E),
    /// It was stopped from outside.
    #[error("stopped")]
    Cancelled,
}

impl<E: std::error::Error> RunError<E> {
    /// Whether a signal ended ffmpeg: the system was out of memory, or somebody killed it.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        matches!(self, Self::Failed { status, .. } if status.signal().is_some())
    }

    /// The last of what ffmpeg said, where it failed.
    #[must_use]
    pub fn stderr(&self) -> Option<&str> {
        match self {
            Self::Failed { stderr, .. } => Some(stderr),
            _ => None,
        }
    }
}

/// What a finished command left.
#[derive(Debug)]
pub struct Finished<T> {
    /// What each output's reader made of it, in the order of the outputs.
    pub outputs: Vec<T>,
    /// What ffmpeg complained of.
    pub complaints: Vec<String>,
}

/// Runs `program` with `args`, which write `outputs` pipes from [`FIRST_PIPE`] on. Each pipe is read on a thread of its
/// own by `read(index, pipe)`; `progress` is told the number of frames made so far.
///
/// # Errors
/// When it can't be started, fails, is stopped through `cancel`, or a reader fails; it is not running any more then.
pub fn run<T, E>(
    program: &Path,
    args: &[OsString],
    outputs: usize,
    cancel: &Cancel,
    read: impl Fn(usize, &mut PipeReader) -> Result<T, E> + Sync,
    progress: impl Fn(u64) + Sync,
) -> Result<Finished<T>, RunError<E>>
where
    T: Send,
    E: std::error::Error + Send + 'static,
{
    run_fed(program, args, outputs, cancel, drop, read, progress)
}

/// The same, with what `feed` writes as its standard input (`pipe:0`), on a thread of its own.
///
/// # Errors
/// As [`run`]. That `feed` could not write everything is none: ffmpeg may have had enough.
pub fn run_fed<T, E>(
    program: &Path,
    args: &[OsString],
    outputs: usize,
    cancel: &Cancel,
    feed: impl FnOnce(ChildStdin) + Send,
    read: impl Fn(usize, &mut PipeReader) -> Result<T, E> + Sync,
    progress: impl Fn(u64) + Sync,
) -> Result<Finished<T>, RunError<E>>
where
    T: Send,
    E: std::error::Error + Send + 'static,
{
    if cancel.is_cancelled() {
        return Err(RunError::Cancelled);
    }
    let started = start(program, args, outputs);
    let (mut child, pipes) = started.map_err(|source| RunError::Start { program: program.into(), source })?;
    let pid = Pid::from_child(child.as_inner());
    let log = Mutex::new(Log::default());
    let (stdin, stderr) = (child.take_stdin(), child.take_stderr());
    let first_failed = OnceLock::new();
    cancel.watch(pid);
    let results: Vec<Option<Result<T, E>>> = thread::scope(|scope| {
        scope.spawn(|| follow(stderr, &log, &progress));
        scope.spawn(|| stdin.map(feed));
        let readers: Vec<_> = pipes
            .into_iter()
            .enumerate()
            .map(|(index, pipe)| {
                let (read, first_failed) = (&read, &first_failed);
                scope.spawn(move || read_or_kill(pid, first_failed, index, pipe, read))
            })
            .collect();
        // Not reaped yet: its number stays its own for as long as somebody may want to kill it.
        let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        readers.into_iter().map(joined).collect()
    });
    cancel.unwatch(pid);
    let status = child.wait().map_err(|source| RunError::Start { program: program.into(), source })?;
    let log = log.into_inner().unwrap_or_default();
    verdict(status, first_failed.into_inner(), results, log, cancel)
}

/// A reader that panicked gives no result; [`verdict`] misses it.
fn joined<R>(handle: ScopedJoinHandle<'_, R>) -> Option<R> {
    handle.join().ok()
}

/// Who is to blame, the first cause first: the stop, ffmpeg's own failure, the reader's.
fn verdict<T, E: std::error::Error>(
    status: ExitStatus,
    first_failed: Option<usize>,
    mut results: Vec<Option<Result<T, E>>>,
    log: Log,
    cancel: &Cancel,
) -> Result<Finished<T>, RunError<E>> {
    if cancel.is_cancelled() {
        return Err(RunError::Cancelled);
    }
    let failed = |log: Log| RunError::Failed { status, summary: log.summary(), stderr: log.text() };
    // A reader that gives up ends ffmpeg by a signal of ours; anything else is ffmpeg's own end, and the readers came
    // after it.
    if !status.success() && status.signal() != Some(OURS.as_raw()) {
        return Err(failed(log));
    }
    // The others failed because the first to fail had ffmpeg killed.
    if let Some(Some(Err(error))) = first_failed.and_then(|index| results.get_mut(index)).map(Option::take) {
        return Err(RunError::Output(error));
    }
    let read: Option<Vec<T>> = results.into_iter().map(|result| result?.ok()).collect();
    match read {
        Some(outputs) if status.success() => Ok(Finished { outputs, complaints: log.complaints }),
        _ => Err(failed(log)),
    }
}

fn start(program: &Path, args: &[OsString], outputs: usize) -> io::Result<(FfmpegChild, Vec<PipeReader>)> {
    let (readers, writers): (Vec<PipeReader>, Vec<PipeWriter>) =
        (0..outputs).map(|_| io::pipe()).collect::<io::Result<Vec<_>>>()?.into_iter().unzip();
    let mappings = (FIRST_PIPE..).zip(writers).map(|(fd, writer)| FdMapping {
        parent_fd: OwnedFd::from(writer),
        child_fd: i32::try_from(fd).unwrap_or(i32::MAX),
    });
    let mut command = FfmpegCommand::new_with_path(program);
    command.args(args);
    // Ctrl-C in a terminal is for us; what becomes of ffmpeg we say.
    command.as_inner_mut().process_group(0);
    command.as_inner_mut().fd_mappings(mappings.collect()).map_err(io::Error::other)?;
    let mut child = command.spawn()?;
    // The sidecar wants standard output to be a pipe; nobody reads it.
    drop(child.take_stdout());
    // Dropping the command closes our copies of the writing ends, so that the readers see the end.
    Ok((child, readers))
}

/// Where the reader gives up, ffmpeg must not go on encoding for nobody. The first to give up is remembered.
fn read_or_kill<T, E>(
    pid: Pid,
    first_failed: &OnceLock<usize>,
    index: usize,
    mut pipe: PipeReader,
    read: &(impl Fn(usize, &mut PipeReader) -> Result<T, E> + Sync),
) -> Result<T, E> {
    let result = read(index, &mut pipe);
    if result.is_err() {
        // Taken already: another gave up before.
        let _ = first_failed.set(index);
        let _ = kill_process(pid, OURS);
    }
    result
}

/// What ffmpeg says.
#[derive(Debug, Default)]
struct Log {
    tail: VecDeque<String>,
    bytes: usize,
    complaints: Vec<String>,
}

impl Log {
    fn push(&mut self, line: String) {
        self.bytes += line.len();
        self.tail.push_back(line);
        while self.bytes > STDERR_KEPT {
            self.bytes -= self.tail.pop_front().map_or(self.bytes, |line| line.len());
        }
    }

    fn complain(&mut self, line: &str) {
        if self.complaints.len() < COMPLAINTS_KEPT {
            self.complaints.push(without_address(line));
        }
    }

    fn text(&self) -> String {
        self.tail.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// Its last words that are complaints, or its last words.
    fn summary(&self) -> String {
        let lines = if self.complaints.is_empty() {
            self.tail.iter().rev().take(2).rev().cloned().collect::<Vec<_>>()
        } else {
            self.complaints.iter().rev().take(3).rev().cloned().collect()
        };
        if lines.is_empty() { "it said nothing".into() } else { lines.join(" · ") }
    }
}

/// `[h264 @ 0x55d0c8] [error] text` is `h264: text`: addresses differ from run to run and tell nobody anything.
fn without_address(line: &str) -> String {
    let text =
        ["[error] ", "[fatal] ", "[warning] "].iter().fold(line.to_owned(), |text, level| text.replace(level, ""));
    match text.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((context, message)) => {
            let name = context.split(" @ ").next().unwrap_or(context);
            format!("{name}: {message}")
        }
        None => text,
    }
}

/// Reads stderr to its end, whatever it says: an ffmpeg whose stderr is full stands still.
fn follow(stderr: Option<ChildStderr>, log: &Mutex<Log>, progress: &impl Fn(u64)) {
    let Some(stderr) = stderr else { return };
    let mut parser = FfmpegLogParser::new(stderr);
    loop {
        let event = match parser.parse_next_event() {
            Ok(FfmpegEvent::LogEOF) => return,
            Ok(event) => event,
            Err(error) if error.is::<io::Error>() => return,
            // A line that the parser does not understand is no reason to stop reading.
            Err(_) => continue,
        };
        let Ok(mut log) = log.lock() else { return };
        match event {
            FfmpegEvent::Progress(made) => {
                drop(log);
                progress(u64::from(made.frame));
            }
            FfmpegEvent::Log(LogLevel::Error | LogLevel::Fatal, line) => {
                log.complain(&line);
                log.push(line);
            }
            FfmpegEvent::Log(LogLevel::Warning | LogLevel::Unknown, line) => log.push(line),
            _ => {}
        }
    }
}
