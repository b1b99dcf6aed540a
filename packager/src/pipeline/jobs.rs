//! Who does which job when: chunks side by side on the processors, the sound beside them.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use super::encode::Bench;
use super::error::TitleError;
use super::job::Job;
use super::results::Made;
use crate::event::{Event, Progress};

/// More ffmpegs than this at the same time gain nothing but need their memory.
const MOST_WORKERS: usize = 16;

/// What workers tell the one that waits for them.
enum Message {
    /// A job, by its place, has made this many frames.
    Made(usize, u64),
    /// A job, by its place, is over.
    Done(usize, Box<Result<Vec<Made>, TitleError>>),
}

/// What a title's progress is counted from.
pub(super) struct Tally<'a> {
    pub title: &'a str,
    pub frames_total: u64,
    /// Frames that an interrupted run left finished.
    pub frames_kept: u64,
}

/// Does all jobs, some at the same time; their results in the order of the jobs. After the first failure no job starts,
/// and those that run are stopped.
pub(super) fn perform_all(
    bench: &Bench<'_>,
    jobs: &[Job],
    tally: &Tally<'_>,
    tell: &mut dyn FnMut(Event),
) -> Result<Vec<Vec<Made>>, TitleError> {
    let places = |chunks: bool| jobs.iter().enumerate().filter(move |(_, j)| j.chunk().is_some() == chunks);
    let pictures = &Mutex::new(places(true).map(|(at, _)| at).collect::<VecDeque<_>>());
    let rest = &Mutex::new(places(false).map(|(at, _)| at).collect::<VecDeque<_>>());
    let (send, receive) = channel();
    thread::scope(|scope| {
        for _ in 0..workers(bench.encode.jobs) {
            let send = send.clone();
            scope.spawn(move || work(bench, jobs, pictures, &send));
        }
        scope.spawn(move || work(bench, jobs, rest, &send));
        collect(bench, jobs, &receive, tally, tell)
    })
}

/// How many chunks are encoded at the same time. `jobs` of 0 leaves it to the machine: each ffmpeg keeps about one
/// processor busy, as x264 has one thread a rendition.
fn workers(jobs: u32) -> usize {
    match usize::try_from(jobs) {
        Ok(jobs) if jobs > 0 => jobs,
        _ => thread::available_parallelism().map_or(1, |p| p.get().min(MOST_WORKERS)),
    }
}

fn work(bench: &Bench<'_>, jobs: &[Job], queue: &Mutex<VecDeque<usize>>, send: &Sender<Message>) {
    let next = || queue.lock().ok().and_then(|mut queue| queue.pop_front());
    while let Some((at, job)) = next().and_then(|at| jobs.get(at).map(|job| (at, job))) {
        // Nobody listens any more once the waiting one has gone: then there is nothing to tell.
        let result = bench.perform(job, &|made| drop(send.send(Message::Made(at, made))));
        drop(send.send(Message::Done(at, Box::new(result))));
    }
}

fn collect(
    bench: &Bench<'_>,
    jobs: &[Job],
    receive: &Receiver<Message>,
    tally: &Tally<'_>,
    tell: &mut dyn FnMut(Event),
) -> Result<Vec<Vec<Made>>, TitleError> {
    let started = Instant::now();
    let mut made = vec![0; jobs.len()];
    let mut results: Vec<Option<Vec<Made>>> = vec![None; jobs.len()];
    let mut failure = None;
    for message in receive {
        match message {
            Message::Made(at, frames) => made[at] = frames.min(jobs[at].frames()),
            Message::Done(at, result) => match *result {
                Ok(result) => {
                    made[at] = jobs[at].frames();
                    results[at] = Some(result);
                }
                Err(error) => {
                    // Those that this stops will say that they were stopped; the first failure is the reason.
                    bench.cancel.cancel();
                    failure.get_or_insert(error);
                }
            },
        }
        let frames: u64 = made.iter().sum();
        tell(Event::Progress(Progress {
            title: tally.title.into(),
            frames_done: tally.frames_kept + frames,
            frames_total: tally.frames_total,
            speed: speed(bench, frames, started),
        }));
    }
    match failure {
        Some(error) => Err(error),
        None => results.into_iter().collect::<Option<Vec<_>>>().ok_or(TitleError::Cancelled),
    }
}

/// Encoding speed as a multiple of real time.
fn speed(bench: &Bench<'_>, frames: u64, started: Instant) -> Option<f64> {
    let elapsed = started.elapsed().as_secs_f64();
    (frames > 0 && elapsed > 0.0).then(|| bench.plan.grid.rate.span(frames).as_secs_f64() / elapsed)
}
