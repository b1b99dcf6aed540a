//! What is to be fetched, taken by the pool in batches.
//!
//! A thread that waits for the disk costs more than the reading: two changes of thread for whoever asks, and two for
//! the disk. So what is asked for in one turn of a reactor, or while the pool is at what was asked before, goes to one
//! thread. That can have the kernel begin to read all that is small before it waits for the first, and unless the disk is
//! slow the answers come back together: each that comes alone wakes the reactor.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::worker::POOL;

/// What one batch has at most, so that nobody waits for too many others.
const BATCH: usize = 16;
/// How long answers wait for those that come after them.
const SOON: Duration = Duration::from_millis(5);
/// How long those who come later wait for a batch: a disk that takes longer may take for ever.
const PATIENCE: Duration = Duration::from_millis(10);
/// Batches that nobody waits for any longer, at the same time: one thread is for whoever attends, one for what else has
/// to be waited for.
const LATE: usize = POOL - 2;

/// Does all of a batch, and gives what came of it, or of a part. Of the rest it says so itself, later.
pub(crate) trait Work<Q, A>: Send + Sync + 'static {
    fn work(self: &Arc<Self>, batch: Vec<Asked<Q, A>>, answers: &mut Answers<A>);
}

/// A question, and where the answer goes.
pub(crate) type Asked<Q, A> = (Q, oneshot::Sender<A>);

/// The answers of a batch.
#[derive(Debug)]
pub(crate) struct Answers<A> {
    began: Instant,
    kept: Vec<(oneshot::Sender<A>, A)>,
}

impl<A> Answers<A> {
    fn new(most: usize) -> Self {
        Self { began: Instant::now(), kept: Vec::with_capacity(most) }
    }

    /// Sends `answer` to where it goes, now or with the rest.
    pub(crate) fn give(&mut self, reply: oneshot::Sender<A>, answer: A) {
        self.kept.push((reply, answer));
        if self.began.elapsed() >= SOON {
            self.send();
        }
    }

    fn send(&mut self) {
        for (reply, answer) in self.kept.drain(..) {
            // Whoever asked may have left.
            let _ = reply.send(answer);
        }
    }
}

impl<A> Drop for Answers<A> {
    /// What was answered before something panicked is answered.
    fn drop(&mut self) {
        self.send();
    }
}

/// A queue for each of the threads that ask, unless they are too many.
#[derive(Debug)]
pub(crate) struct Queues<Q, A>(Vec<Arc<Queue<Q, A>>>);

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static NUMBER_OF_THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

impl<Q: Clone + Send + 'static, A: Send + 'static> Queues<Q, A> {
    pub(crate) fn new(number: usize) -> Self {
        Self((0..number.max(1)).map(|_| Arc::default()).collect())
    }

    /// Asks; `None` when those end who should answer. That may be another's runtime, so it is asked twice.
    pub(crate) async fn ask(&self, question: Q, worker: &Arc<impl Work<Q, A>>) -> Option<A> {
        let queue = self.0.get(NUMBER_OF_THREAD.with(|number| number % self.0.len()))?;
        match queue.ask(question.clone(), worker).await {
            None => queue.ask(question, worker).await,
            answer => answer,
        }
    }
}

#[derive(Debug)]
struct Queue<Q, A>(Mutex<State<Q, A>>);

#[derive(Debug)]
struct State<Q, A> {
    waiting: VecDeque<Asked<Q, A>>,
    /// Whether somebody is there, or comes at the end of the turn, who has all of these taken.
    attended: bool,
    /// Batches that nobody waits for any longer.
    late: usize,
}

impl<Q, A> Default for Queue<Q, A> {
    fn default() -> Self {
        Self(Mutex::new(State { waiting: VecDeque::new(), attended: false, late: 0 }))
    }
}

impl<Q: Send + 'static, A: Send + 'static> Queue<Q, A> {
    fn state(&self) -> MutexGuard<'_, State<Q, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(self: &Arc<Self>, question: Q, worker: &Arc<impl Work<Q, A>>) -> Option<A> {
        let (reply, answer) = oneshot::channel();
        if self.put((question, reply)) {
            self.call(worker);
        }
        answer.await.ok()
    }

    /// Whether somebody has to be called for it.
    fn put(&self, asked: Asked<Q, A>) -> bool {
        let mut state = self.state();
        state.waiting.push_back(asked);
        !mem::replace(&mut state.attended, true)
    }

    /// Calls somebody, who comes after all that can run now, and so after all that is asked in this turn.
    fn call(self: &Arc<Self>, worker: &Arc<impl Work<Q, A>>) {
        let attendant = Attendant { queue: self.clone(), duty: Duty::Attends };
        tokio::spawn(attendant.attend(worker.clone()));
    }
}

/// Who has the pool take what waits.
struct Attendant<Q: Send + 'static, A: Send + 'static> {
    queue: Arc<Queue<Q, A>>,
    duty: Duty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Duty {
    /// To all who wait.
    Attends,
    /// To the batch alone that is late.
    Late,
    Done,
}

impl<Q: Send + 'static, A: Send + 'static> Attendant<Q, A> {
    /// Has the pool take a batch, and then another as long as there is one.
    async fn attend(mut self, worker: Arc<impl Work<Q, A>>) {
        while let Some(batch) = self.next() {
            let at_work = worker.clone();
            let work = spawn_blocking(move || {
                let mut answers = Answers::new(batch.len());
                at_work.work(batch, &mut answers);
                answers
            });
            // They are sent from here, where that wakes no other thread. If it panicked, it dropped what was not answered,
            // and whoever asked for that hears of it.
            drop(self.end(work, &worker).await);
        }
    }

    /// The end of `work`. If that is late, all who wait are left to another.
    async fn end<T>(&mut self, mut work: JoinHandle<T>, worker: &Arc<impl Work<Q, A>>) -> Result<T, JoinError> {
        while self.duty == Duty::Attends {
            if let Ok(ended) = timeout(PATIENCE, &mut work).await {
                return ended;
            }
            self.hand_over(worker);
        }
        work.await
    }

    /// The next batch. With `None` it is done before anybody else can ask, who else might count on it.
    fn next(&mut self) -> Option<Vec<Asked<Q, A>>> {
        let mut state = self.queue.state();
        if self.duty == Duty::Attends && !state.waiting.is_empty() {
            let length = state.waiting.len().min(BATCH);
            return Some(state.waiting.drain(..length).collect());
        }
        match mem::replace(&mut self.duty, Duty::Done) {
            Duty::Attends => state.attended = false,
            Duty::Late => state.late -= 1,
            Duty::Done => {}
        }
        None
    }

    /// Leaves all who wait to another, unless too many are late by now.
    fn hand_over(&mut self, worker: &Arc<impl Work<Q, A>>) {
        let mut state = self.queue.state();
        if state.late == LATE {
            return;
        }
        state.late += 1;
        self.duty = Duty::Late;
        state.attended = !state.waiting.is_empty();
        let wanted = state.attended;
        drop(state);
        if wanted {
            self.queue.call(worker);
        }
    }
}

impl<Q: Send + 'static, A: Send + 'static> Drop for Attendant<Q, A> {
    /// Its runtime may end before it is done. Then those are told who wait for it.
    fn drop(&mut self) {
        let mut state = self.queue.state();
        let mut waiting = VecDeque::new();
        match self.duty {
            Duty::Attends => {
                state.attended = false;
                waiting = mem::take(&mut state.waiting);
            }
            Duty::Late => state.late -= 1,
            Duty::Done => {}
        }
        drop(state);
        // Whoever hears of it may ask again, for which the queue must not be held.
        drop(waiting);
    }
}

#[cfg(test)]
mod tests;
