//! What is to be fetched, taken by the pool in batches.
//!
//! A thread that waits for the disk costs more than the reading: two changes of thread for whoever asks, and two for
//! the disk. So what is asked for in one turn of the reactor goes to one thread, which has the kernel read all of it at
//! once and then waits once, not for each.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Threads that fetch at the same time.
static THREADS: std::sync::LazyLock<usize> =
    std::sync::LazyLock::new(|| std::env::var("PT").ok().and_then(|v| v.parse().ok()).unwrap_or(4));
/// What one takes at a time, so that nobody waits for too many others.
static BATCH: std::sync::LazyLock<usize> =
    std::sync::LazyLock::new(|| std::env::var("PB").ok().and_then(|v| v.parse().ok()).unwrap_or(16));

/// Does all of a batch, and says of each what came of it.
pub(crate) trait Work<Q, A>: Send + Sync + 'static {
    fn work(&self, batch: Vec<Asked<Q, A>>);
}

/// A question, and where the answer goes.
pub(crate) type Asked<Q, A> = (Q, oneshot::Sender<A>);

#[derive(Debug)]
pub(crate) struct Queue<Q, A>(Mutex<State<Q, A>>);

#[derive(Debug)]
struct State<Q, A> {
    waiting: VecDeque<Asked<Q, A>>,
    /// Whether a thread will be called at the end of the turn.
    calling: bool,
    threads: usize,
}

impl<Q: Send + 'static, A: Send + 'static> Queue<Q, A> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { waiting: VecDeque::new(), calling: false, threads: 0 }))
    }

    fn state(&self) -> MutexGuard<'_, State<Q, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks; `None` when the runtime ends before it is answered.
    pub(crate) async fn ask(self: &Arc<Self>, question: Q, worker: &Arc<impl Work<Q, A>>) -> Option<A> {
        let (answer, call) = self.put(question);
        if call {
            let (queue, worker) = (self.clone(), worker.clone());
            // It runs after all that can run now, and so after all that is asked in this turn.
            tokio::spawn(async move { queue.call(worker) });
        }
        answer.await.ok()
    }

    /// Where the answer comes, and whether somebody has to be called for it.
    fn put(&self, question: Q) -> (oneshot::Receiver<A>, bool) {
        let (reply, answer) = oneshot::channel();
        let mut state = self.state();
        state.waiting.push_back((question, reply));
        (answer, !mem::replace(&mut state.calling, true))
    }

    fn call(self: Arc<Self>, worker: Arc<impl Work<Q, A>>) {
        let mut state = self.state();
        state.calling = false;
        if state.threads < *THREADS {
            state.threads += 1;
            let seat = Seat { queue: self.clone(), left: false };
            drop(state);
            tokio::task::spawn_blocking(move || seat.work(&*worker));
        }
    }
}

/// The right to take from a queue.
struct Seat<Q: Send + 'static, A: Send + 'static> {
    queue: Arc<Queue<Q, A>>,
    left: bool,
}

impl<Q: Send + 'static, A: Send + 'static> Seat<Q, A> {
    fn work(mut self, worker: &impl Work<Q, A>) {
        while let Some(batch) = self.next() {
            worker.work(batch);
        }
    }

    /// The next batch. With `None` the seat is left before anybody else can ask, who else might count on it.
    fn next(&mut self) -> Option<Vec<Asked<Q, A>>> {
        let mut state = self.queue.state();
        if state.waiting.is_empty() {
            state.threads -= 1;
            self.left = true;
            return None;
        }
        let length = state.waiting.len().min(*BATCH);
        Some(state.waiting.drain(..length).collect())
    }
}

impl<Q: Send + 'static, A: Send + 'static> Drop for Seat<Q, A> {
    fn drop(&mut self) {
        if !self.left {
            self.queue.state().threads -= 1;
        }
    }
}
