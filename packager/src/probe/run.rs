//! Running ffprobe: its output is read as it comes, the end of its complaints is kept.

use std::ffi::OsString;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::process::{ChildStdout, Command, ExitStatus, Stdio};

use super::error::ProbeError;
use crate::ffmpeg::picture::LOOK_AHEAD;
use tools::process::{self, Bounds, End, Manner, Process};
use tools::sandbox::guarded;

/// Bytes of standard error that are kept, the last ones.
const STDERR_KEPT: usize = 32 * 1024;

/// An ffprobe, and the conditions under which it runs.
#[derive(Debug, Clone, Copy)]
pub struct Ffprobe<'a> {
    /// The program.
    pub program: &'a Path,
    /// Its bounds.
    pub bounds: &'a Bounds,
}

/// The end of a run.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// The last 32 kB of standard error.
    pub(super) stderr: String,
}

/// Runs ffprobe on the file with what `args` ask for, and gives its standard output to `read`.
///
/// # Errors
/// When it cannot be started, is ended from outside, or its output cannot be read; not when it fails.
pub(super) fn ffprobe<T: Send>(
    ffprobe: Ffprobe<'_>,
    path: &Path,
    args: &[&str],
    read: impl FnOnce(BufReader<End<ChildStdout>>) -> io::Result<T> + Send,
) -> Result<(T, Ended), ProbeError> {
    let Ffprobe { program, bounds } = ffprobe;
    let spawn = |source| ProbeError::Spawn { program: program.into(), setting: "ffmpeg.ffprobe", source };
    let unreadable = |source| ProbeError::Unreadable { path: path.into(), source };
    // As a URL, a name such as `-x.mp4` or `http:x.mp4` stays a name; and nothing but files is ever opened.
    let mut url = OsString::from("file:");
    url.push(path);
    let look = ["-hide_banner", "-v", "error", "-protocol_whitelist", "file"];
    let options = look.iter().chain(&LOOK_AHEAD).chain(args).chain(&["-i"]);
    let args: Vec<OsString> = options.map(OsString::from).chain([url]).collect();
    let mut command = Command::new(program);
    command.args(guarded(&args));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if bounds.cancel.is_cancelled() {
        return Err(ProbeError::Stopped(path.into()));
    }
    let mut process = Process::start(&mut command, bounds).map_err(spawn)?;
    let meter = process.meter();
    let stdout = process.take_stdout().map(|stdout| BufReader::with_capacity(1 << 16, meter.end(stdout)));
    let stderr = process.take_stderr().map(|stderr| meter.end(stderr));
    let (output, stderr) = std::thread::scope(|scope| {
        let stderr = scope.spawn(|| stderr.map(tail).unwrap_or_default());
        // Once it returns the pipe is closed: a program whose output was not read to its end ends by itself.
        let output = scope.spawn(|| stdout.map(read));
        process.until_end();
        (output.join().ok().flatten(), stderr.join().unwrap_or_default())
    });
    let how = process.wait().map_err(unreadable)?;
    let ended = Ended { status: how.status, stderr };
    refuse_unfinished("ffprobe", path, bounds, how, || ended.last_words())?;
    let output = output.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into())).map_err(unreadable)?;
    Ok((output, ended))
}

/// Refuses what a program said of a source before it was stopped, hung, or was ended by the machine: it is not all.
/// Crashes are counted by the bounds.
pub(super) fn refuse_unfinished(
    program: &'static str,
    path: &Path,
    bounds: &Bounds,
    how: process::Ended,
    said: impl FnOnce() -> String,
) -> Result<(), ProbeError> {
    let (path, status) = (path.into(), || how.status.to_string());
    if bounds.cancel.is_cancelled() {
        return Err(ProbeError::Stopped(path));
    }
    match how.manner() {
        Manner::Stalled => Err(ProbeError::Stalled { path, program, seconds: bounds.stall.as_secs(), said: said() }),
        Manner::Killed => Err(ProbeError::Killed { path, program, status: status() }),
        Manner::Unusable => Err(ProbeError::Unusable { program, status: status() }),
        // It is tried once more, and then is the source's.
        Manner::Itself | Manner::Crashed => Ok(()),
    }
}

/// The last [`STDERR_KEPT`] bytes, as text.
fn tail(mut from: impl Read) -> String {
    let mut kept = Vec::new();
    let mut block = [0; 4096];
    while let Ok(read) = from.read(&mut block) {
        if read == 0 {
            break;
        }
        kept.extend_from_slice(block.get(..read).unwrap_or_default());
        let surplus = kept.len().saturating_sub(STDERR_KEPT);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

impl Ended {
    /// Its last complaint that says something, on one line.
    pub(super) fn last_words(&self) -> String {
        let last = self.stderr.lines().rev().map(str::trim).find(|line| !line.is_empty());
        let words = last.unwrap_or("it says nothing");
        // `file:/path: No such file` repeats what the error says anyway.
        words.rsplit_once(": ").map_or(words, |(_, said)| said).to_owned()
    }

    /// The format or codec that the sandbox does not let ffprobe read.
    pub(super) fn not_taken(&self) -> Option<String> {
        let complaint = self.stderr.lines().find(|line| line.contains(" not on whitelist "))?;
        let codec = complaint.split_once("Codec (").and_then(|(_, name)| name.split_once(')'));
        let format = || complaint.split_once('[').and_then(|(_, name)| name.split_once(" @"));
        let named = |kind: &str, name: Option<(&str, &str)>| Some(format!("the {kind} {}", name?.0));
        named("codec", codec).or_else(|| named("format", format()))
    }

    /// The first complaint that shows that the file's end is missing, without the part of ffprobe that makes it: that
    /// holds an address in memory.
    pub(super) fn cut_short(&self) -> Option<&str> {
        let signs = ["partial file", "File ended prematurely"];
        let complaint =
            self.stderr.lines().map(str::trim).find(|line| signs.iter().any(|sign| line.ends_with(sign)))?;
        Some(complaint.rsplit_once("] ").map_or(complaint, |(_, said)| said))
    }
}
