//! Running ffprobe: its output is read as it comes, the end of its complaints is kept.

use std::ffi::OsString;
use std::io::{self, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStderr, ChildStdout, Command, ExitStatus, Stdio};

use super::error::ProbeError;

/// Bytes of standard error that are kept, the last ones.
const STDERR_KEPT: usize = 32 * 1024;

/// How a run ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// The last 32 kB of standard error.
    pub(super) stderr: String,
}

/// Runs `program` on the file with what `args` ask for, and gives its standard output to `read`.
///
/// # Errors
/// When it cannot be started or its output cannot be read; not when it fails.
pub(super) fn ffprobe<T>(
    program: &Path,
    path: &Path,
    args: &[&str],
    read: impl FnOnce(BufReader<ChildStdout>) -> io::Result<T>,
) -> Result<(T, Ended), ProbeError> {
    let spawn = |source| ProbeError::Spawn { program: program.into(), source };
    let unreadable = |source| ProbeError::Unreadable { path: path.into(), source };
    // As a URL, a name such as `-x.mp4` or `http:x.mp4` stays a name; and nothing but files is ever opened.
    let mut url = OsString::from("file:");
    url.push(path);
    let mut command = Command::new(program);
    command.args(["-hide_banner", "-v", "error", "-protocol_whitelist", "file"]).args(args).arg("-i").arg(url);
    // Ctrl-C in a terminal is for us: a probe that it ended would look like a bad source.
    command.process_group(0);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(spawn)?;
    let stderr = child.stderr.take().map(|stderr| std::thread::spawn(move || tail(stderr)));
    let output = child.stdout.take().map(|stdout| read(BufReader::with_capacity(1 << 16, stdout)));
    // The pipe is closed by now: a program whose output was not read to its end ends by itself.
    let status = child.wait().map_err(unreadable)?;
    let stderr = stderr.and_then(|thread| thread.join().ok()).unwrap_or_default();
    let output = output.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into())).map_err(unreadable)?;
    Ok((output, Ended { status, stderr }))
}

/// The last [`STDERR_KEPT`] bytes, as text.
fn tail(mut from: ChildStderr) -> String {
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

    /// The first complaint that shows that the file's end is missing, without the part of ffprobe that makes it: that
    /// holds an address in memory.
    pub(super) fn cut_short(&self) -> Option<&str> {
        let signs = ["partial file", "File ended prematurely"];
        let complaint =
            self.stderr.lines().map(str::trim).find(|line| signs.iter().any(|sign| line.ends_with(sign)))?;
        Some(complaint.rsplit_once("] ").map_or(complaint, |(_, said)| said))
    }
}
