//! Work that waits for the file system or takes long, off the reactor.

use std::io;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use crate::library::error::StoreError;

/// Work on the pool. Dropped before its turn, it is not done at all: nobody reads for a client that has left.
pub(crate) type Pooled<T> = AbortOnDropHandle<Result<T, StoreError>>;

/// Has the pool of the calling reactor do `work`.
pub(crate) fn begin<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Pooled<T> {
    AbortOnDropHandle::new(tokio::task::spawn_blocking(work))
}

/// Waits for `work`.
///
/// # Errors
/// Those of the work; that it panicked or its reactor ended.
pub(crate) async fn end<T>(work: Pooled<T>) -> Result<T, StoreError> {
    work.await.unwrap_or_else(|join| Err(StoreError::Io(io::Error::other(join))))
}

/// Turns for work that keeps a processor busy: compressing, and digests of whole files. There is one for each processor,
/// so that reads always find a thread of the pool.
#[derive(Debug, Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from))))
    }
}

impl Turns {
    /// Has the pool do `work` when it is its turn.
    ///
    /// # Errors
    /// Those of the work.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        // The semaphore is never closed.
        let turn = self.0.clone().acquire_owned().await.map_err(io::Error::other)?;
        // Over when the work is, though nobody waits for it any more.
        end(begin(move || {
            let _turn = turn;
            work()
        }))
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_turn_ends_with_its_work_and_not_with_who_waits_for_it() {
        let turns = Turns(Arc::new(Semaphore::new(1)));
        let ((began, has_begun), (end, ends)) = (tokio::sync::oneshot::channel(), mpsc::channel::<()>());
        let abandoned = turns.take(move || {
            let _ = began.send(());
            let _ = ends.recv();
            Ok(())
        });
        tokio::select! {
            _ = abandoned => panic!("it ends when it is told to"),
            begun = has_begun => begun.unwrap(),
        }
        let next = turns.take(|| Ok(7));
        tokio::pin!(next);
        assert!(timeout(Duration::from_millis(200), &mut next).await.is_err(), "it is not its turn");
        drop(end);
        assert_eq!(next.await.unwrap(), 7);
    }
}
