use std::collections::HashSet;
use std::sync::Condvar;

use super::*;

/// Doubles what it is given, and notes how many it is given at a time.
#[derive(Default)]
struct Double {
    batches: Mutex<Vec<usize>>,
}

impl Work<u32, u32> for Double {
    fn work(self: &Arc<Self>, batch: Vec<Asked<u32, u32>>, answers: &mut Answers<u32>) {
        self.batches.lock().unwrap().push(batch.len());
        for (question, reply) in batch {
            answers.give(reply, question * 2);
        }
    }
}

/// Does the same, but waits with each until it may.
#[derive(Default)]
struct Held {
    begun: AtomicUsize,
    free: Mutex<HashSet<u32>>,
    changed: Condvar,
}

impl Held {
    fn free(&self, questions: impl IntoIterator<Item = u32>) {
        self.free.lock().unwrap().extend(questions);
        self.changed.notify_all();
    }
}

impl Work<u32, u32> for Held {
    fn work(self: &Arc<Self>, batch: Vec<Asked<u32, u32>>, answers: &mut Answers<u32>) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        for (question, reply) in batch {
            drop(self.changed.wait_while(self.free.lock().unwrap(), |free| !free.contains(&question)).unwrap());
            answers.give(reply, question * 2);
        }
    }
}

/// Panics at [`Broken::AT`].
struct Broken;

impl Broken {
    const AT: u32 = 2;
}

impl Work<u32, u32> for Broken {
    fn work(self: &Arc<Self>, batch: Vec<Asked<u32, u32>>, answers: &mut Answers<u32>) {
        for (question, reply) in batch {
            assert_ne!(question, Self::AT, "this panic is meant");
            answers.give(reply, question * 2);
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn ask_all(queues: &Arc<Queues<u32, u32>>, worker: &Arc<impl Work<u32, u32>>, questions: std::ops::Range<u32>) {
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
    runtime().block_on(ask_all(&queues, &worker, 0..38));
    assert_eq!(*worker.batches.lock().unwrap(), [16, 16, 6]);
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
    let (queues, worker) = (Arc::new(Queues::new(1)), Arc::new(Held::default()));
    let ask = |question: u32| {
        let (queues, worker) = (queues.clone(), worker.clone());
        async move { ask_all(&queues, &worker, question..question + 1).await }
    };
    runtime().block_on(async {
        let mut asking = tokio::task::JoinSet::new();
        // The last finds all others late, and their number at its limit.
        let stuck = LATE + 1;
        for (number, question) in (1..=stuck).zip(0..) {
            asking.spawn(ask(question));
            while worker.begun.load(Ordering::Relaxed) < number {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        let later = tokio::spawn(ask(100));
        tokio::time::sleep(PATIENCE * 3).await;
        assert_eq!(worker.begun.load(Ordering::Relaxed), stuck);
        // Once one of these has come to its end, the next is taken, though the others never do.
        worker.free([0, 100]);
        later.await.unwrap();
        worker.free(1..100);
        asking.join_all().await;
    });
    assert!(is_as_new(&queues));
}

#[test]
fn what_is_answered_does_not_wait_for_what_takes_for_ever() {
    let (queues, worker) = (Arc::new(Queues::new(1)), Arc::new(Held::default()));
    runtime().block_on(async {
        let asked = |question: u32| {
            let (queues, worker) = (queues.clone(), worker.clone());
            tokio::spawn(async move { ask_all(&queues, &worker, question..question + 1).await })
        };
        // One batch, of which the second answer comes late.
        let [first, second, third] = [asked(0), asked(1), asked(2)];
        worker.free([0]);
        tokio::time::sleep(SOON * 2).await;
        worker.free([1]);
        first.await.unwrap();
        second.await.unwrap();
        assert_eq!(worker.begun.load(Ordering::Relaxed), 1);
        worker.free([2]);
        third.await.unwrap();
    });
    assert!(is_as_new(&queues));
}

#[test]
fn a_panic_leaves_no_question_open() {
    let (queues, worker) = (Arc::new(Queues::new(1)), Arc::new(Broken));
    let answers = runtime().block_on(async {
        let asked = [0, 1, Broken::AT, 3].map(|question| {
            let (queues, worker) = (queues.clone(), worker.clone());
            tokio::spawn(async move { queues.ask(question, &worker).await })
        });
        let mut answers = Vec::new();
        for asked in asked {
            answers.push(asked.await.unwrap());
        }
        answers
    });
    assert_eq!(answers[..3], [Some(0), Some(2), None]);
    // It asks again, and may be in one batch with the cause again.
    assert!([None, Some(6)].contains(&answers[3]), "{answers:?}");
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
