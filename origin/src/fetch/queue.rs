//! What is to be fetched, taken by the pool in batches.
//!
//! A thread that waits for the disk costs more than the reading: two changes of thread for whoever asks, and two for
//! the disk. So what is asked for in one turn of a reactor, or while the pool is at what was asked before, goes to one
//! thread. That can have the kernel begin to read all that is small before it waits for the first, and the answers come
//! back together: each that came alone would wake the reactor.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// What one batch has at most, so that nobody waits for too many others.
const BATCH: usize = 32;
/// How long those who come later wait for a batch: a disk that takes longer may take for ever.
const PATIENCE: Duration = Duration::from_millis(20);
/// Batches that nobody waits for any longer, at the same time. One less than a reactor's pool has threads.
const LATE: usize = 3;

/// Does all of a batch, and returns what came of it, or of a part. Of the rest it says so itself, later.
pub(crate) trait Work<Q, A>: Send + Sync + 'static {
    fn work(self: &Arc<Self>, batch: Vec<Asked<Q, A>>) -> Vec<Answered<A>>;
}

/// A question, and where the answer goes.
pub(crate) type Asked<Q, A> = (Q, oneshot::Sender<A>);

/// Where an answer goes, and the answer.
pub(crate) type Answered<A> = (oneshot::Sender<A>, A);

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
            let mut work = tokio::task::spawn_blocking(move || at_work.work(batch));
            let answered = match timeout(PATIENCE, &mut work).await {
                Ok(answered) => answered,
                Err(_) => {
                    self.hand_over(&worker);
                    work.await
                }
            };
            // If it panicked, its batch was dropped, and whoever asked hears of that.
            for (reply, answer) in answered.unwrap_or_default() {
                // Whoever asked may have left.
                let _ = reply.send(answer);
            }
        }
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

    /// Leaves all who wait to another, unless too many have done so.
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
mod tests {
    use std::sync::Barrier;

    use super::*;

    /// Doubles what it is given, and notes how many it is given at a time.
    #[derive(Default)]
    struct Double {
        batches: Mutex<Vec<usize>>,
    }

    impl Work<u32, u32> for Double {
        fn work(self: &Arc<Self>, batch: Vec<Asked<u32, u32>>) -> Vec<Answered<u32>> {
            self.batches.lock().unwrap().push(batch.len());
            batch.into_iter().map(|(question, reply)| (reply, question * 2)).collect()
        }
    }

    /// Answers no batch before it has so many at the same time.
    struct Together {
        begun: AtomicUsize,
        all: Barrier,
    }

    impl Work<u32, u32> for Together {
        fn work(self: &Arc<Self>, batch: Vec<Asked<u32, u32>>) -> Vec<Answered<u32>> {
            self.begun.fetch_add(1, Ordering::Relaxed);
            self.all.wait();
            batch.into_iter().map(|(question, reply)| (reply, question * 2)).collect()
        }
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    async fn ask_all(
        queues: &Arc<Queues<u32, u32>>,
        worker: &Arc<impl Work<u32, u32>>,
        questions: std::ops::Range<u32>,
    ) {
        let mut asking = tokio::task::JoinSet::new();
        for question in questions {
            let (queues, worker) = (queues.clone(), worker.clone());
            asking.spawn(async move { assert_eq!(queues.ask(question, &worker).await, Some(question * 2)) });
        }
        asking.join_all().await;
    }

    fn is_as_new(queues: &Queues<u32, u32>) -> bool {
        queues.0.iter().all(|queue| {
            let state = queue.state();
            (state.waiting.len(), state.attended, state.late) == (0, false, 0)
        })
    }

    #[test]
    fn what_is_asked_in_one_turn_is_taken_together() {
        let (queues, worker) = (Arc::new(Queues::new(2)), Arc::new(Double::default()));
        runtime().block_on(ask_all(&queues, &worker, 0..70));
        assert_eq!(*worker.batches.lock().unwrap(), [32, 32, 6]);
        assert!(is_as_new(&queues));
    }

    #[test]
    fn whoever_asks_is_answered_whichever_thread_it_is_on() {
        let (queues, worker) = (Arc::new(Queues::new(2)), Arc::new(Double::default()));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let runtime = runtime();
                    for turn in 0..200 {
                        runtime.block_on(ask_all(&queues, &worker, turn..turn + 1 + turn % 7));
                    }
                });
            }
        });
        assert!(is_as_new(&queues));
    }

    #[test]
    fn who_comes_later_is_not_held_up_by_what_takes_for_ever() {
        let (queues, together) = (Arc::new(Queues::new(1)), LATE + 1);
        let worker = Arc::new(Together { begun: AtomicUsize::new(0), all: Barrier::new(together) });
        runtime().block_on(async {
            let mut asking = tokio::task::JoinSet::new();
            for (asked, question) in (0..together).zip(0..) {
                // Each finds those before it under way, or late.
                while worker.begun.load(Ordering::Relaxed) < asked {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                let (queues, worker) = (queues.clone(), worker.clone());
                asking.spawn(async move { ask_all(&queues, &worker, question..question + 1).await });
            }
            asking.join_all().await;
        });
        assert!(is_as_new(&queues));
    }

    #[test]
    fn a_runtime_that_ends_leaves_the_queue_to_others() {
        let (queues, worker) = (Arc::new(Queues::new(1)), Arc::new(Double::default()));
        let ending = runtime();
        ending.block_on(async {
            // It asks, and is not waited for.
            let asked = timeout(Duration::ZERO, queues.ask(1, &worker));
            let _ = asked.await;
        });
        // Who comes after it counts on its call.
        let (queues_of_other, worker_of_other) = (queues.clone(), worker.clone());
        let other = std::thread::spawn(move || runtime().block_on(queues_of_other.ask(2, &worker_of_other)));
        ending.shutdown_background();
        assert_eq!(other.join().unwrap(), Some(4));
        runtime().block_on(ask_all(&queues, &worker, 0..3));
        assert!(is_as_new(&queues));
    }
}
