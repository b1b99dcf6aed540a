//! One ffmpeg that decodes a run, as a channel of what it sees or hears.

use std::io::{self, BufRead, BufReader, PipeReader, Read};
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Mutex, OnceLock};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use super::Context;
use super::argv::{self, Line};
use super::kind::Kind;
use super::picture::{CELLS, Picture};
use super::run::Input;
use tools::cancel::Cancel;
use tools::command::{self, Finished, RunError};
use tools::process::{Bounds, End};
use tools::sandbox::Sandbox;

/// Most items of output that wait to be read. ffmpeg waits when there are more.
const AHEAD: usize = 64;
/// A frame may have this many bytes to describe it.
const LONGEST_LINE: u64 = 4096;
/// Bytes of samples that are taken at a time.
const BLOCK: usize = 8192;

/// Settings of decoding.
#[derive(Debug, Clone)]
pub struct Decode {
    /// The ffmpeg.
    pub ffmpeg: PathBuf,
    /// Confines it.
    pub sandbox: Sandbox,
    /// Stops it.
    pub cancel: Cancel,
    /// Time without progress after which ffmpeg counts as hung.
    pub patience: Duration,
}

impl Decode {
    /// With the usual patience.
    #[must_use]
    pub const fn new(ffmpeg: PathBuf, sandbox: Sandbox, cancel: Cancel) -> Self {
        Self { ffmpeg, sandbox, cancel, patience: Duration::from_secs(120) }
    }
}

/// An item of a decoder's output. Times are nanoseconds on the media's own clock, before any edit list.
#[derive(Debug)]
pub(super) enum Told {
    Picture(Picture),
    Sound(Line),
    Samples(Vec<i16>),
}

/// Why a decoder's output could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("pictures came without times")]
    Untimed,
    #[error("nobody looks any more")]
    Unwanted,
}

/// The end of a decoder.
#[derive(Debug)]
pub(super) enum Ended {
    /// By itself.
    Done {
        frames: u64,
        complaints: Vec<String>,
    },
    Hung,
    /// By a stop, or by the machine.
    Cancelled,
    Failed(String),
}

type Outcome = Result<Finished<()>, RunError<ReadError>>;

/// An ffmpeg at work.
pub(super) struct Decoder<'scope> {
    /// Is told where it was ended.
    lost: &'scope OnceLock<String>,
    told: Receiver<Told>,
    thread: ScopedJoinHandle<'scope, Outcome>,
    frames: u64,
}

impl<'scope> Decoder<'scope> {
    /// Starts on `input`; `fed` counts the bytes that it takes.
    pub(super) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        context: &'scope Context<'_>,
        input: Input<'scope>,
        kind: Kind,
        fed: &'scope AtomicU64,
    ) -> Self {
        let (sender, told) = mpsc::sync_channel(AHEAD);
        let thread = scope.spawn(move || decode(context, input, kind, fed, &sender));
        Self { lost: context.lost, told, thread, frames: 0 }
    }

    /// The next item of output; `None` at the decoder's end, whatever that was.
    pub(super) fn next(&mut self) -> Option<Told> {
        let told = self.told.recv().ok()?;
        self.frames += u64::from(matches!(told, Told::Picture(_) | Told::Sound(Line::Frame(_))));
        Some(told)
    }

    /// The next picture.
    pub(super) fn picture(&mut self) -> Option<Picture> {
        loop {
            match self.next()? {
                Told::Picture(picture) => return Some(picture),
                Told::Sound(_) | Told::Samples(_) => {}
            }
        }
    }

    /// Waits for its end, whatever it still had to tell.
    pub(super) fn finish(mut self) -> Ended {
        while self.next().is_some() {}
        match self.thread.join() {
            Ok(Ok(finished)) => Ended::Done { frames: self.frames, complaints: complaints(finished.complaints) },
            Ok(Err(RunError::Stalled { .. })) => Ended::Hung,
            Ok(Err(RunError::Cancelled)) => Ended::Cancelled,
            // What it saw until then shows nothing of the media.
            Ok(Err(error @ (RunError::Killed { .. } | RunError::Unusable { .. } | RunError::Start { .. }))) => {
                let _told_before = self.lost.set(error_chain(&error));
                Ended::Cancelled
            }
            Ok(Err(error)) => Ended::Failed(error.to_string()),
            Err(_) => Ended::Failed("its reader failed".into()),
        }
    }
}

fn error_chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Complaints about the input: our own outputs may complain of its times.
fn complaints(all: Vec<String>) -> Vec<String> {
    let outputs = ["null: ", "rawvideo: "];
    all.into_iter().filter(|text| !outputs.iter().any(|output| text.starts_with(output))).collect()
}

fn decode(context: &Context<'_>, input: Input<'_>, kind: Kind, fed: &AtomicU64, to: &SyncSender<Told>) -> Outcome {
    let args = argv::arguments(kind, &input);
    let (sender, times) = mpsc::channel();
    // Each pipe is read on a thread of its own: one has the one end, one the other.
    let (sender, times) = (Mutex::new(Some(sender)), Mutex::new(times));
    let read = |pipe: usize, from: &mut End<PipeReader>| match kind {
        Kind::Sound => sounds(from, to),
        Kind::Samples if pipe == kind.times() => sounds(from, to),
        Kind::Samples => samples(from, to),
        Kind::Picture if pipe == kind.times() => {
            let sender = sender.lock().ok().and_then(|mut sender| sender.take());
            sender.map_or(Err(ReadError::Unwanted), |sender| picture_times(from, &sender))
        }
        Kind::Picture => times.lock().map_or(Err(ReadError::Untimed), |times| pictures(from, &times, to)),
    };
    let feed = |stdin| {
        if let Input::Run(run) = input {
            run.feed(context.store, context.progress, fed, stdin);
        }
    };
    let bounds = Bounds::new(context.how.cancel.clone(), context.how.patience, context.how.sandbox.clone());
    let bounds = match input {
        Input::File(path, _) => bounds.reading(path),
        Input::Run(_) => bounds,
    };
    command::run_fed(&context.how.ffmpeg, &args, kind.pipes(), &bounds, feed, read, |_| {})
}

fn lines(from: impl Read, mut each: impl FnMut(Line) -> Result<(), ReadError>) -> Result<(), ReadError> {
    let mut from = BufReader::new(from);
    let mut text = String::new();
    while from.by_ref().take(LONGEST_LINE).read_line(&mut text)? > 0 {
        if let Some(line) = argv::line(text.trim_end()) {
            each(line)?;
        }
        text.clear();
    }
    Ok(())
}

fn sounds(from: &mut End<PipeReader>, to: &SyncSender<Told>) -> Result<(), ReadError> {
    lines(from, |line| to.send(Told::Sound(line)).map_err(|_| ReadError::Unwanted))
}

fn samples(from: &mut End<PipeReader>, to: &SyncSender<Told>) -> Result<(), ReadError> {
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        block.clear();
        from.take(BLOCK as u64).read_to_end(&mut block)?;
        if block.is_empty() {
            return Ok(());
        }
        let samples = block.chunks_exact(2).filter_map(|two| two.first_chunk()).map(|two| i16::from_le_bytes(*two));
        to.send(Told::Samples(samples.collect())).map_err(|_| ReadError::Unwanted)?;
    }
}

/// ffmpeg prints a picture's time before it writes the picture, and waits when pictures are not taken: few times wait here.
fn picture_times(from: &mut End<PipeReader>, to: &Sender<Option<i64>>) -> Result<(), ReadError> {
    lines(from, |line| match line {
        Line::Frame(at) => to.send(at).map_err(|_| ReadError::Unwanted),
        _ => Ok(()),
    })
}

fn pictures(from: &mut End<PipeReader>, times: &Receiver<Option<i64>>, to: &SyncSender<Told>) -> Result<(), ReadError> {
    let mut last = 0;
    loop {
        let mut luma = Box::new([0; CELLS]);
        match from.read_exact(luma.as_mut_slice()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        last = times.recv().map_err(|_| ReadError::Untimed)?.unwrap_or(last);
        to.send(Told::Picture(Picture { at: last, luma })).map_err(|_| ReadError::Unwanted)?;
    }
}
