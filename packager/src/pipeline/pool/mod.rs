//! Room for jobs: of all titles at work, the one with the fewest jobs running has the next, and of its jobs the dearest
//! that waits. So a short title is not behind all the chunks of a long one.
//!
//! As many run at the same time as there are processors, and as the memory holds. What a job needs is estimated from the
//! pixels that it handles, and the estimate is corrected by what jobs turn out to need.

mod division;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tools::cancel::Cancel;

pub(super) use division::Division;

/// A job's demands on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
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
pub(crate) struct Pool {
    /// Jobs at the same time.
    pub most: usize,
    /// Bytes of memory for all of them; `None` where the system does not tell.
    memory: Option<u64>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// False while no job may start.
    open: bool,
    running: usize,
    /// Bytes of memory that those that run need.
    memory: u64,
    /// Jobs that run, by their titles.
    titles: BTreeMap<u64, usize>,
    /// Jobs that wait, in the order in which they came.
    waiting: BTreeMap<u64, Waiting>,
    tickets: u64,
    /// The memory that jobs that encode video need, in thousandths of the estimates.
    correction: u64,
}

/// A job that waits.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    title: u64,
    priority: i32,
    cost: u64,
}

/// A title's share in the pool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share<'a> {
    pub pool: &'a Pool,
    /// A number that no other title at work has.
    pub title: u64,
    /// Jobs of titles of a higher one go first.
    pub priority: i32,
}

/// A job's room; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    pool: &'a Pool,
    title: u64,
    memory: u64,
    need: Need,
}

impl Pool {
    /// The room of this machine for `jobs` jobs; 0 leaves their number to the processors: each ffmpeg keeps about one
    /// busy, as x264 has one thread a rendition. They have `memory` bytes together; 0 leaves that to what is free.
    pub(crate) fn new(jobs: u32, memory: u64) -> Self {
        let most = match usize::try_from(jobs) {
            Ok(jobs) if jobs > 0 => jobs,
            _ => thread::available_parallelism().map_or(1, std::num::NonZero::get),
        };
        Self::with(most, if memory > 0 { Some(memory) } else { free_memory() })
    }

    fn with(most: usize, memory: Option<u64>) -> Self {
        let state = State {
            open: true,
            running: 0,
            memory: 0,
            titles: BTreeMap::new(),
            waiting: BTreeMap::new(),
            tickets: 0,
            correction: EXACT,
        };
        Self { most, memory, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Lets jobs start, or none: those that run go on.
    pub(crate) fn set_open(&self, open: bool) {
        self.lock().open = open;
        self.changed.notify_all();
    }

    fn holds(&self, state: &State, memory: u64) -> bool {
        if !state.open {
            return false;
        }
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

impl<'a> Share<'a> {
    /// Waits until there is room; `None` where `cancel` came first. A job that needs more than there is runs alone.
    pub(crate) fn enter(&self, need: Need, cancel: &Cancel) -> Option<Room<'a>> {
        let (pool, title) = (self.pool, self.title);
        let mut state = pool.lock();
        state.tickets += 1;
        let ticket = state.tickets;
        state.waiting.insert(ticket, Waiting { title, priority: self.priority, cost: need.cost });
        loop {
            if cancel.is_cancelled() {
                state.waiting.remove(&ticket);
                pool.changed.notify_all();
                return None;
            }
            let correction = if need.video { state.correction } else { EXACT };
            let memory = need.memory.saturating_mul(correction) / EXACT;
            if state.next() == Some(ticket) && pool.holds(&state, memory) {
                state.waiting.remove(&ticket);
                state.running += 1;
                *state.titles.entry(title).or_default() += 1;
                state.memory += memory;
                // There may be room for the next, too.
                pool.changed.notify_all();
                return Some(Room { pool, title, memory, need });
            }
            // Nobody tells of a stop.
            state = pool.changed.wait_timeout(state, TICK).map_or_else(|e| e.into_inner().0, |(state, _)| state);
        }
    }
}

impl State {
    /// The job that is next, by its ticket.
    fn next(&self) -> Option<u64> {
        let turn = |(ticket, job): &(&u64, &Waiting)| {
            let running = self.titles.get(&job.title).copied().unwrap_or(0);
            (Reverse(job.priority), running, Reverse(job.cost), **ticket)
        };
        self.waiting.iter().min_by_key(turn).map(|(ticket, _)| *ticket)
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
        if let Some(running) = state.titles.get_mut(&self.title) {
            *running -= 1;
        }
        state.titles.retain(|_, running| *running > 0);
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

    fn share(pool: &Pool) -> Share<'_> {
        Share { pool, title: 1, priority: 0 }
    }

    /// Lets jobs wait for a pool that is taken, and gives the order in which they come in.
    fn order(pool: &Pool, needs: &[Need]) -> Vec<u64> {
        let (send, entered): (_, Receiver<u64>) = channel();
        thread::scope(|scope| {
            let taken = share(pool).enter(need(0, 0), &Cancel::default());
            for need in needs {
                let send = send.clone();
                scope.spawn(move || {
                    let room = share(pool).enter(*need, &Cancel::default());
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
    fn a_title_with_fewer_jobs_at_work_is_next_and_a_higher_priority_before_all() {
        let waiting = |title, priority, cost| Waiting { title, priority, cost };
        let mut state = Pool::with(4, None).state.into_inner().unwrap();
        state.titles = BTreeMap::from([(1, 2)]);
        state.waiting = BTreeMap::from([(1, waiting(1, 0, 900)), (2, waiting(2, 0, 5)), (3, waiting(2, 0, 7))]);
        assert_eq!(state.next(), Some(3));
        state.waiting.insert(4, waiting(1, 1, 1));
        assert_eq!(state.next(), Some(4));
    }

    #[test]
    fn nothing_starts_while_the_pool_is_closed() {
        let pool = Pool::with(2, None);
        pool.set_open(false);
        assert!(!pool.holds(&pool.lock(), 0));
        pool.set_open(true);
        assert!(pool.holds(&pool.lock(), 0));
    }

    #[test]
    fn memory_bounds_jobs_and_is_learnt() {
        let pool = Pool::with(8, Some(1000));
        let never = Cancel::default();
        never.cancel();
        let first = share(&pool).enter(need(1, 5000), &Cancel::default()).unwrap();
        assert!(share(&pool).enter(need(1, 100), &never).is_none());
        assert!(!pool.holds(&pool.lock(), 100), "one that needs more than there is runs alone");
        first.needed(500);
        drop(first);
        let second = share(&pool).enter(need(1, 5000), &Cancel::default()).unwrap();
        assert_eq!(second.memory, 500, "a tenth of the estimate");
        assert!(pool.holds(&pool.lock(), 500) && !pool.holds(&pool.lock(), 501));
    }

    #[test]
    fn the_memory_of_audio_says_nothing_of_video_s() {
        let pool = Pool::with(8, Some(10_000));
        let audio = Need { video: false, ..need(1, 4000) };
        share(&pool).enter(audio, &Cancel::default()).unwrap().needed(40);
        let video = share(&pool).enter(need(1, 5000), &Cancel::default()).unwrap();
        assert_eq!(video.memory, 5000);
        video.needed(2500);
        assert_eq!(share(&pool).enter(audio, &Cancel::default()).unwrap().memory, 4000);
    }

    #[test]
    fn free_memory_is_read() {
        let text = "MemTotal:       16318480 kB\nMemFree:          613264 kB\nMemAvailable:    9000000 kB\n";
        assert_eq!(available(text), Some(9_000_000 * 1024));
        assert_eq!(available("MemFree: 1 kB\n"), None);
    }
}
