//! Signs of life: how often the loop of each thread that serves has gone round.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The time between two beats.
const PERIOD: Duration = Duration::from_secs(1);

/// The beats of all threads.
#[derive(Debug, Clone, Default)]
pub(super) struct Pulse(Arc<Mutex<Vec<Arc<AtomicU64>>>>);

impl Pulse {
    /// Beats for as long as the calling task's loop goes round.
    pub(super) async fn beat(self) {
        let own = Arc::new(AtomicU64::new(0));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(own.clone());
        loop {
            own.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(PERIOD).await;
        }
    }

    /// The beats of each thread so far.
    pub(super) fn beats(&self) -> Vec<u64> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|own| own.load(Ordering::Relaxed)).collect()
    }
}
