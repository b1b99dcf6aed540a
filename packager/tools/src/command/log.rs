//! ffmpeg's messages while it runs: its progress, its complaints, its last words.

use std::collections::VecDeque;
use std::io;
use std::process::ChildStderr;
use std::sync::Mutex;

use ffmpeg_sidecar::event::{FfmpegEvent, LogLevel};
use ffmpeg_sidecar::log_parser::FfmpegLogParser;

use super::RunError;
use crate::process::{Bounds, Ended, Manner, Meter, is_machines};

/// Most bytes of its last words that are kept for a failure.
const STDERR_KEPT: usize = 32 * 1024;
/// Most of its complaints about a source that are kept when it succeeds all the same.
const COMPLAINTS_KEPT: usize = 20;

/// ffmpeg's standard error: its last lines and its complaints.
#[derive(Debug, Default)]
pub(super) struct Log {
    tail: VecDeque<String>,
    bytes: usize,
    complaints: Vec<String>,
    /// A signal that ffmpeg caught; it ends with a status of its own then.
    caught: Option<i32>,
}

impl Log {
    /// The error for an ffmpeg that ended like this.
    pub(super) fn failure<E: std::error::Error>(&self, ended: Ended, bounds: &Bounds) -> RunError<E> {
        let (status, summary, stderr) = (ended.status, self.summary(), self.text());
        match ended.manner() {
            Manner::Stalled => RunError::Stalled { seconds: bounds.stall.as_secs(), summary, stderr },
            Manner::Unusable => RunError::Unusable { status, summary, stderr },
            Manner::Killed => RunError::Killed { status, summary, stderr },
            _ if self.caught.is_some_and(is_machines) => RunError::Killed { status, summary, stderr },
            Manner::Itself | Manner::Crashed => RunError::Failed { status, summary, stderr },
        }
    }

    pub(super) fn into_complaints(self) -> Vec<String> {
        self.complaints
    }

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
pub(super) fn follow(stderr: Option<ChildStderr>, log: &Mutex<Log>, meter: &Meter, progress: &impl Fn(u64)) {
    let Some(stderr) = stderr else { return };
    let mut parser = FfmpegLogParser::new(stderr);
    let mut last = None;
    loop {
        let event = match parser.parse_next_event() {
            Ok(FfmpegEvent::LogEOF) => return,
            Ok(event) => event,
            Err(error) if error.is::<io::Error>() => return,
            // A line that the parser does not understand is no reason to stop reading.
            Err(_) => continue,
        };
        if let FfmpegEvent::Progress(made) = event {
            // Newer versions go on telling the same while they hang.
            let state = Some((made.frame, made.size_kb, made.time));
            meter.moved(u64::from(state != last));
            last = state;
            progress(u64::from(made.frame));
            continue;
        }
        let Ok(mut log) = log.lock() else { return };
        match event {
            FfmpegEvent::Log(LogLevel::Error | LogLevel::Fatal, line) => {
                log.complain(&line);
                log.push(line);
            }
            FfmpegEvent::Log(LogLevel::Warning | LogLevel::Unknown, line) => log.push(line),
            FfmpegEvent::Log(LogLevel::Info, line) => log.caught = log.caught.or(caught(&line)),
            _ => {}
        }
    }
}

/// The signal in `[info] Exiting normally, received signal 15.`; a recording's title may say the same, further right.
fn caught(line: &str) -> Option<i32> {
    let said = line.strip_prefix("[info] ").unwrap_or(line);
    said.strip_prefix("Exiting normally, received signal ")?.trim_end_matches('.').parse().ok()
}
