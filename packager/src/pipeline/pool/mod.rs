//! Room for jobs: of all titles at work, the dearest job that waits is the next to run.
//!
//! As many run at the same time as there are processors, and as the memory holds. What a job needs is estimated from the
//! pixels that it handles, and the estimate is corrected by what jobs turn out to need.

mod division;

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tools::cancel::Cancel;

pub(super) use division::Division;

/// A job's demands on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    /// Its cost, in no unit: the dearest goes first.
    pub cost: u64,
    /// Bytes of memory, as estimated.
    pub memory: u64,
    /// True if it encodes video: its estimate is corrected by what others of its kind needed. That of audio is nothing
    /// to learn from, nor of a copy.
    pub video: bool,
}

/// The machine's room.
#[derive(Debug)]
pub(super) struct Pool {
    /// Jobs at the same time.
    pub most: usize,
    /// Bytes of memory for all of them; `None` where the system does not tell.
    memory: Option<u64>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    running: usize,
    /// Bytes of memory that those that run need.
    memory: u64,
    /// By cost, and of the same the first that came.
    waiting: BTreeSet<(u64, std::cmp::Reverse<u64>)>,
    tickets: u64,
    /// The memory that jobs that encode video need, in thousandths of the estimates.
    correction: u64,
}

/// A job's room; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Room<'a> {
    pool: &'a Pool,
    memory: u64,
    need: Need,
}

impl Pool {
    /// The room of this machine for `jobs` jobs; 0 leaves their number to the processors: each ffmpeg keeps about one
    /// busy, as x264 has one thread a rendition. They have `memory` bytes together; 0 leaves that to what is free.
    pub(super) fn new(jobs: u32, memory: u64) -> Self {
        let most = match usize::try_from(jobs) {
            Ok(jobs) if jobs > 0 => jobs,
            _ => thread::available_parallelism().map_or(1, std::num::NonZero::get),
        };
        Self::with(most, if memory > 0 { Some(memory) } else { free_memory() })
    }

    fn with(most: usize, memory: Option<u64>) -> Self {
        let state = State { running: 0, memory: 0, waiting: BTreeSet::new(), tickets: 0, correction: EXACT };
        Self { most, memory, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Waits until there is room; `None` where `cancel` came first. A job that needs more than there is runs alone.
    pub(super) fn enter(&self, need: Need, cancel: &Cancel) -> Option<Room<'_>> {
        let mut state = self.lock();
        state.tickets += 1;
        let ticket = (need.cost, std::cmp::Reverse(state.tickets));
        state.waiting.insert(ticket);
        loop {
            if cancel.is_cancelled() {
                state.waiting.remove(&ticket);
                self.changed.notify_all();
                return None;
            }
            let correction = if need.video { state.correction } else { EXACT };
            let memory = need.memory.saturating_mul(correction) / EXACT;
            if state.waiting.last() == Some(&ticket) && self.holds(&state, memory) {
                state.waiting.remove(&ticket);
                state.running += 1;
                state.memory += memory;
                // There may be room for the next, too.
                self.changed.notify_all();
                return Some(Room { pool: self, memory, need });
            }
            // Nobody tells of a stop.
            state = self.changed.wait_timeout(state, TICK).map_or_else(|e| e.into_inner().0, |(state, _)| state);
        }
    }

    fn holds(&self, state: &State, memory: u64) -> bool {
        let fits = self.memory.is_none_or(|all| state.memory.saturating_add(memory) <= all);
        state.running == 0 || (state.running < self.most && fits)
    }

    /// Jobs that wait for room.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room<'_> {
    /// Learns from the most memory that the job needed, 0 where it was too short to be measured.
    pub(super) fn needed(&self, bytes: u64) {
        if bytes > 0 && self.need.memory > 0 && self.need.video {
            let correction = bytes.saturating_mul(EXACT) / self.need.memory;
            let mut state = self.pool.lock();
            // The first that is measured counts, and then the one that was estimated worst.
            let known = state.correction != EXACT;
            state.correction = if known { state.correction.max(correction) } else { correction.max(1) };
        }
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.running -= 1;
        state.memory -= self.memory;
        self.pool.changed.notify_all();
    }
}

/// A correction that corrects nothing, in thousandths.
const EXACT: u64 = 1000;
/// The longest time until a stop is noticed.
const TICK: Duration = Duration::from_millis(100);

/// Most bytes of memory that jobs may take: four fifths of what is free now, and of what the control group allows.
fn free_memory() -> Option<u64> {
    let free = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    [free, group].into_iter().flatten().min().map(|bytes: u64| bytes / 5 * 4)
}

/// `MemAvailable` of proc(5)'s meminfo, bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    fn need(cost: u64, memory: u64) -> Need {
        Need { cost, memory, video: true }
    }

    /// Lets jobs wait for a pool that is taken, and gives the order in which they come in.
    fn order(pool: &Pool, needs: &[Need]) -> Vec<u64> {
        let (send, entered): (_, Receiver<u64>) = channel();
        thread::scope(|scope| {
            let taken = pool.enter(need(0, 0), &Cancel::default());
            for need in needs {
                let send = send.clone();
                scope.spawn(move || {
                    let room = pool.enter(*need, &Cancel::default());
                    send.send(need.cost).unwrap();
                    drop(room);
                });
            }
            while pool.waiting() < needs.len() {
                thread::yield_now();
            }
            drop(taken);
        });
        drop(send);
        entered.into_iter().collect()
    }

    #[test]
    fn the_dearest_job_is_next() {
        let pool = Pool::with(1, None);
        assert_eq!(order(&pool, &[need(3, 0), need(9, 0), need(1, 0), need(5, 0)]), [9, 5, 3, 1]);
    }

    #[test]
    fn memory_bounds_jobs_and_is_learnt() {
        let pool = Pool::with(8, Some(1000));
        let never = Cancel::default();
        never.cancel();
        let first = pool.enter(need(1, 5000), &Cancel::default()).unwrap();
        assert!(pool.enter(need(1, 100), &never).is_none());
        assert!(!pool.holds(&pool.lock(), 100), "one that needs more than there is runs alone");
        first.needed(500);
        drop(first);
        let second = pool.enter(need(1, 5000), &Cancel::default()).unwrap();
        assert_eq!(second.memory, 500, "a tenth of the estimate");
        assert!(pool.holds(&pool.lock(), 500) && !pool.holds(&pool.lock(), 501));
    }

    #[test]
    fn the_memory_of_audio_says_nothing_of_video_s() {
        let pool = Pool::with(8, Some(10_000));
        let audio = Need { video: false, ..need(1, 4000) };
        pool.enter(audio, &Cancel::default()).unwrap().needed(40);
        let video = pool.enter(need(1, 5000), &Cancel::default()).unwrap();
        assert_eq!(video.memory, 5000);
        video.needed(2500);
        assert_eq!(pool.enter(audio, &Cancel::default()).unwrap().memory, 4000);
    }

    #[test]
    fn free_memory_is_read() {
        let text = "MemTotal:       16318480 kB\nMemFree:          613264 kB\nMemAvailable:    9000000 kB\n";
        assert_eq!(available(text), Some(9_000_000 * 1024));
        assert_eq!(available("MemFree: 1 kB\n"), None);
    }
}
