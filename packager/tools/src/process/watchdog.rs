//! Ends a process that hangs: on a network file system that is gone, in a deadlock, in an endless loop.
//!
//! Progress is what passes through the process's pipes and, where the system tells (`/proc`), what it reads. A process
//! that does neither but computes may be deciding about its first frames with a slow preset: it has ten times as long.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::Signal;

use super::{Bounds, Group, Meter};

/// Between looks. Looks are counted, not time: a program that was stopped itself (SIGSTOP, a machine that slept) has not
/// seen a process stall meanwhile.
const LOOK: Duration = Duration::from_secs(1);
/// A look at a process that computes without progress counts this many times less than at one that does nothing.
const COMPUTING: u64 = 10;

/// A thread that looks at a process until it is stopped.
#[derive(Debug)]
pub(super) struct Watchdog {
    /// Dropped, it ends the thread.
    stop: Sender<()>,
    thread: JoinHandle<()>,
    bit: Arc<AtomicBool>,
}

impl Watchdog {
    pub(super) fn start(group: Group, meter: Arc<Meter>, bounds: &Bounds) -> Self {
        let (stop, stopped) = channel::<()>();
        let bit = Arc::new(AtomicBool::new(false));
        let killed = Arc::clone(&bit);
        let (stall, peak) = (bounds.stall, Arc::clone(&bounds.peak));
        let thread = thread::spawn(move || {
            let mut patience = Patience::new(stall);
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let seen = Seen { moved: meter.total() + bytes_read(group), computed: processor_time(group) };
                peak.fetch_max(peak_memory(group), Ordering::Relaxed);
                if patience.ends(seen, meter.is_waited_for()) {
                    killed.store(true, Ordering::Relaxed);
                    group.kill(Signal::KILL);
                    return;
                }
            }
        });
        Self { stop, thread, bit }
    }

    /// Ends the thread; true if it killed the process.
    pub(super) fn stop(self) -> bool {
        drop(self.stop);
        let _ = self.thread.join();
        self.bit.load(Ordering::Relaxed)
    }
}

/// A sample of a process's progress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Seen {
    moved: u64,
    /// Ticks of the processor's time.
    computed: u64,
}

/// Decides when a process has hung for too long.
#[derive(Debug)]
struct Patience {
    last: Seen,
    /// Tenths of looks without progress.
    idle: u64,
    /// As many are too many.
    most: u64,
}

impl Patience {
    fn new(stall: Duration) -> Self {
        Self { last: Seen::default(), idle: 0, most: stall.as_secs().max(1) / LOOK.as_secs() * COMPUTING }
    }

    /// Takes a look into account; true if the process is to be ended.
    fn ends(&mut self, seen: Seen, waits_for_us: bool) -> bool {
        let last = std::mem::replace(&mut self.last, seen);
        match seen {
            _ if waits_for_us || seen.moved != last.moved => self.idle = 0,
            _ if seen.computed != last.computed => self.idle += 1,
            _ => self.idle += COMPUTING,
        }
        self.idle >= self.most
    }
}

/// Bytes that the process has read from anywhere; 0 where the system does not tell.
fn bytes_read(group: Group) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/io", group.raw())).unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix("rchar: ")?.trim().parse().ok()).unwrap_or(0)
}

/// The most memory that the process has had so far, bytes; 0 where the system does not tell.
fn peak_memory(group: Group) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/status", group.raw())).unwrap_or_default();
    let kilobytes = |line: &str| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok();
    text.lines().find_map(kilobytes).unwrap_or(0).saturating_mul(1024)
}

/// Processor time that the process has used, in the kernel's ticks; 0 where the system does not tell. proc(5): user and
/// system time are the 14th and 15th field, and the second may hold spaces in parentheses.
fn processor_time(group: Group) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/stat", group.raw())).unwrap_or_default();
    let fields = text.rsplit_once(") ").map(|(_, rest)| rest.split(' ')).into_iter().flatten();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(patience: &mut Patience, look: impl Fn(u64) -> (Seen, bool)) -> u64 {
        let ends = |n: &u64| {
            let (seen, waits_for_us) = look(*n);
            patience.ends(seen, waits_for_us)
        };
        (1..1000).find(ends).unwrap_or(0)
    }

    #[test]
    fn only_what_hangs_is_ended() {
        let seconds = Duration::from_secs(5);
        let hangs = |_| (Seen::default(), false);
        let computes = |n| (Seen { moved: 0, computed: n }, false);
        let works = |n| (Seen { moved: n / 4, computed: 0 }, false);
        let waits_for_us = |_| (Seen::default(), true);
        assert_eq!(looks(&mut Patience::new(seconds), hangs), 5);
        assert_eq!(looks(&mut Patience::new(seconds), computes), 50);
        assert_eq!(looks(&mut Patience::new(seconds), works), 0);
        assert_eq!(looks(&mut Patience::new(seconds), waits_for_us), 0);
    }
}
