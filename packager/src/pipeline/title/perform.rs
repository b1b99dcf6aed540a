//! A title's jobs: several at the same time, the dearest first, as the pool has room.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use crate::event::{Event, Progress};
use crate::pipeline::encode::Bench;
use crate::pipeline::error::TitleError;
use crate::pipeline::job::{Job, SHARES};
use crate::pipeline::pool::Share;
use crate::pipeline::results::Made;

/// A worker's message to the thread that waits.
enum Message {
    /// A job, by its place, has made this many frames.
    Made(usize, u64),
    /// A job, by its place, is over.
    Done(usize, Box<Result<Vec<Made>, TitleError>>),
}

/// The counts that a title's progress starts from.
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
    share: Share<'_>,
    jobs: &[Job],
    tally: &Tally<'_>,
    tell: &mut dyn FnMut(Event),
) -> Result<Vec<Vec<Made>>, TitleError> {
    let mut places: Vec<usize> = (0..jobs.len()).collect();
    places.sort_by_key(|at| jobs.get(*at).map(|job| Reverse(job.need(bench.plan, bench.info).cost)));
    let queue = &Mutex::new(VecDeque::from(places));
    let (send, receive) = channel();
    thread::scope(|scope| {
        for _ in 0..share.pool.most.min(jobs.len()) {
            let send = send.clone();
            scope.spawn(move || work(bench, share, jobs, queue, &send));
        }
        drop(send);
        collect(bench, jobs, &receive, tally, tell)
    })
}

fn work(bench: &Bench<'_>, share: Share<'_>, jobs: &[Job], queue: &Mutex<VecDeque<usize>>, send: &Sender<Message>) {
    let next = || queue.lock().ok().and_then(|mut queue| queue.pop_front());
    while let Some((at, job)) = next().and_then(|at| jobs.get(at).map(|job| (at, job))) {
        // Nobody listens any more once the waiting one has gone: then there is nothing to tell.
        let result = match share.enter(job.need(bench.plan, bench.info), &bench.bounds.cancel) {
            Some(room) => bench.bounds.once_more(|bounds| {
                let bench = Bench { bounds, ..*bench };
                let result = bench.perform(job, &|made| drop(send.send(Message::Made(at, made))));
                room.needed(bounds.peak_memory());
                result
            }),
            None => Err(TitleError::Cancelled),
        };
        let failed = result.is_err();
        drop(send.send(Message::Done(at, Box::new(result))));
        if failed {
            // Told before the others are stopped by it: the first failure is the reason. And stopped here, for whoever
            // listens may take long over what came before, and a job that starts meanwhile is lost.
            return bench.bounds.cancel.cancel();
        }
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
                Err(error) => drop(failure.get_or_insert(error)),
            },
        }
        // A chunk is as far as its jobs are on the average.
        let shares: u64 = made.iter().zip(jobs).map(|(made, job)| made * job.share(bench.plan)).sum();
        let frames = (shares + SHARES / 2) / SHARES;
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
