//! What is to be fetched, taken by the pool in batches.
//!
//! A thread that waits for the disk costs more than the reading: two changes of thread for whoever asks, and two for
//! the disk. So what is asked for in one turn of the reactor goes to one thread, which can have the kernel begin to read
//! all that is small before it waits for the first.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Threads that take batches at the same time.
const THREADS: usize = 4;
/// What one takes at a time, so that nobody waits for too many others.
const BATCH: usize = 16;

/// Does all of a batch, and says of each what came of it.
pub(crate) trait Work<Q, A>: Send + Sync + 'static {
    fn work(self: &Arc<Self>, batch: Vec<Asked<Q, A>>);
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

impl<Q: Clone + Send + 'static, A: Send + 'static> Queue<Q, A> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { waiting: VecDeque::new(), calling: false, threads: 0 }))
    }

    fn state(&self) -> MutexGuard<'_, State<Q, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks; `None` when those end who should answer. That may be another's runtime, so it is asked twice.
    pub(crate) async fn ask(self: &Arc<Self>, question: Q, worker: &Arc<impl Work<Q, A>>) -> Option<A> {
        match self.ask_once(question.clone(), worker).await {
            None => self.ask_once(question, worker).await,
            answer => answer,
        }
    }

    async fn ask_once(self: &Arc<Self>, question: Q, worker: &Arc<impl Work<Q, A>>) -> Option<A> {
        let (answer, call) = self.put(question);
        if call {
            let (call, worker) = (Call { queue: self.clone(), made: false }, worker.clone());
            // It runs after all that can run now, and so after all that is asked in this turn.
            tokio::spawn(async move { call.make(worker) });
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

    /// Has those know who wait that nobody will come.
    fn give_up(&self, mut state: MutexGuard<'_, State<Q, A>>) {
        let alone = state.threads == 0 && !state.calling;
        let waiting = if alone { mem::take(&mut state.waiting) } else { VecDeque::new() };
        drop(state);
        // Whoever hears of it may ask again, for which the queue must not be held.
        drop(waiting);
    }
}

/// That a thread will be called.
struct Call<Q: Clone + Send + 'static, A: Send + 'static> {
    queue: Arc<Queue<Q, A>>,
    made: bool,
}

impl<Q: Clone + Send + 'static, A: Send + 'static> Call<Q, A> {
    fn make(mut self, worker: Arc<impl Work<Q, A>>) {
        self.made = true;
        let mut state = self.queue.state();
        state.calling = false;
        if state.threads < THREADS {
            state.threads += 1;
            let seat = Seat { queue: self.queue.clone(), left: false };
            drop(state);
            seat.take(worker);
        }
    }
}

impl<Q: Clone + Send + 'static, A: Send + 'static> Drop for Call<Q, A> {
    /// Its runtime may end before it is made.
    fn drop(&mut self) {
        if !self.made {
            let mut state = self.queue.state();
            state.calling = false;
            self.queue.give_up(state);
        }
    }
}

/// The right to take from a queue.
struct Seat<Q: Clone + Send + 'static, A: Send + 'static> {
    queue: Arc<Queue<Q, A>>,
    left: bool,
}

impl<Q: Clone + Send + 'static, A: Send + 'static> Seat<Q, A> {
    /// Has the pool take a batch, and then another as long as there is one: in between it does what else it has to.
    fn take(mut self, worker: Arc<impl Work<Q, A>>) {
        tokio::task::spawn_blocking(move || {
            if let Some(batch) = self.next() {
                worker.work(batch);
                self.take(worker);
            }
        });
    }

    /// The next batch. With `None` the seat is left before anybody else can ask, who else might count on it.
    fn next(&mut self) -> Option<Vec<Asked<Q, A>>> {
        let mut state = self.queue.state();
        if state.waiting.is_empty() {
            state.threads -= 1;
            self.left = true;
            return None;
        }
        let length = state.waiting.len().min(BATCH);
        Some(state.waiting.drain(..length).collect())
    }
}

impl<Q: Clone + Send + 'static, A: Send + 'static> Drop for Seat<Q, A> {
    /// Its runtime may end before it is left.
    fn drop(&mut self) {
        if !self.left {
            let mut state = self.queue.state();
            state.threads -= 1;
            self.queue.give_up(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Doubles what it is given, and notes how many it is given at a time.
    #[derive(Default)]
    struct Double {
        batches: Mutex<Vec<usize>>,
    }

    impl Work<u32, u32> for Double {
        fn work(self: &Arc<Self>, batch: Vec<Asked<u32, u32>>) {
            self.batches.lock().unwrap().push(batch.len());
            for (question, reply) in batch {
                let _ = reply.send(question * 2);
            }
        }
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    async fn ask_all(queue: &Arc<Queue<u32, u32>>, worker: &Arc<Double>, questions: std::ops::Range<u32>) {
        let mut asking = tokio::task::JoinSet::new();
        for question in questions {
            let (queue, worker) = (queue.clone(), worker.clone());
            asking.spawn(async move { assert_eq!(queue.ask(question, &worker).await, Some(question * 2)) });
        }
        asking.join_all().await;
    }

    #[test]
    fn what_is_asked_in_one_turn_is_taken_together() {
        let (queue, worker) = (Arc::new(Queue::new()), Arc::new(Double::default()));
        runtime().block_on(ask_all(&queue, &worker, 0..40));
        assert_eq!(*worker.batches.lock().unwrap(), [16, 16, 8]);
        let state = queue.state();
        assert_eq!((state.threads, state.calling), (0, false));
    }

    #[test]
    fn whoever_asks_is_answered_whichever_thread_it_is_on() {
        let (queue, worker) = (Arc::new(Queue::new()), Arc::new(Double::default()));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let runtime = runtime();
                    for turn in 0..200 {
                        runtime.block_on(ask_all(&queue, &worker, turn..turn + 1 + turn % 7));
                    }
                });
            }
        });
        let state = queue.state();
        assert_eq!((state.waiting.len(), state.threads, state.calling), (0, 0, false));
    }

    #[test]
    fn a_runtime_that_ends_leaves_the_queue_to_others() {
        let (queue, worker) = (Arc::new(Queue::new()), Arc::new(Double::default()));
        let ending = runtime();
        ending.block_on(async {
            // It asks, and is not waited for.
            let asked = tokio::time::timeout(Duration::ZERO, queue.ask(1, &worker));
            let _ = asked.await;
        });
        // Who comes after it counts on its call.
        let (queue_of_other, worker_of_other) = (queue.clone(), worker.clone());
        let other = std::thread::spawn(move || runtime().block_on(queue_of_other.ask(2, &worker_of_other)));
        ending.shutdown_background();
        assert_eq!(other.join().unwrap(), Some(4));
        runtime().block_on(ask_all(&queue, &worker, 0..3));
    }
}
