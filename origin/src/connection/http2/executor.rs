//! The executor of hyper's tasks, of which HTTP/2 has one a request.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use hyper::rt::Executor;
use tokio::task::coop;

/// Does what can be done at once there and then, and spawns a task for the rest.
///
/// Most answers are in memory and small. As tasks of their own they would be queued and woken one by one, and have the
/// connection write them on another turn; measured, an answer of 2 KB over 2,000 connections cost a quarter more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtOnce;

impl<F> Executor<F> for AtOnce
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, work: F) {
        let mut work: Pin<Box<F>> = Box::pin(work);
        // Nobody is to be woken for what is pending here: a task begins by looking itself.
        let cx = &mut Context::from_waker(Waker::noop());
        // A client that asks for much at once takes turns with others.
        let done = match coop::poll_proceed(cx) {
            Poll::Ready(turn) => {
                turn.made_progress();
                work.as_mut().poll(cx).is_ready()
            }
            Poll::Pending => false,
        };
        if !done {
            tokio::spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_can_be_done_is_done_and_the_rest_comes_later() {
        let (done, (sender, receiver)) = (Arc::new(AtomicUsize::new(0)), tokio::sync::oneshot::channel());
        let one = |done: &Arc<AtomicUsize>| {
            let done = done.clone();
            async move {
                done.fetch_add(1, Ordering::Relaxed);
            }
        };
        AtOnce.execute(one(&done));
        assert_eq!(done.load(Ordering::Relaxed), 1);
        AtOnce.execute(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            sender.send(()).unwrap();
        });
        receiver.await.unwrap();
        // Not all of so many in one turn.
        (0..1000).for_each(|_| AtOnce.execute(one(&done)));
        let in_one_turn = done.load(Ordering::Relaxed);
        assert!((2..1001).contains(&in_one_turn), "{in_one_turn}");
        while done.load(Ordering::Relaxed) < 1001 {
            tokio::task::yield_now().await;
        }
    }
}
