//! Freed memory goes back to the system.
//!
//! glibc gives back the end of a heap alone, as far as nothing there is in use. Each thread has a heap of its own, and a
//! single connection that stays keeps resident all that a thousand others held before it.

use std::fs;

/// Resident memory that nobody minds beside the cache, bytes: half of what there may be beside it.
const UNMINDED: u64 = 32 << 20;
/// The same for each connection.
const UNMINDED_PER_CONNECTION: u64 = 16 << 10;
/// Memory is given back again once so much more is resident than after the last time, bytes: what is in use stays, however
/// often it is tried.
const GROWTH: u64 = 16 << 20;

/// Memory and connections when memory was last given back, or when it was looked at first.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Heap {
    resident: u64,
    connections: u64,
}

impl Heap {
    /// Gives freed memory back if much more is resident than a `cache` of so many bytes and so many `connections` need, and
    /// if there is something to hope for. A thread that allocates meanwhile may have to wait for some milliseconds.
    pub(super) fn give_back(&mut self, cache: u64, connections: u64) {
        let Some(resident) = resident() else { return };
        if self.is_due(resident, cache, connections) {
            trim();
            *self = Self { resident: self::resident().unwrap_or(resident), connections };
        }
    }

    fn is_due(&self, resident: u64, cache: u64, connections: u64) -> bool {
        let unminded =
            cache.saturating_add(UNMINDED).saturating_add(connections.saturating_mul(UNMINDED_PER_CONNECTION));
        let has_grown = resident >= self.resident.saturating_add(GROWTH);
        resident > unminded && (has_grown || connections < self.connections / 2)
    }
}

/// Resident memory of this process, bytes (proc_pid_statm(5)); `None` where the system does not tell.
fn resident() -> Option<u64> {
    let pages: u64 = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    pages.checked_mul(rustix::param::page_size() as u64)
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "no safe crate has malloc_trim(3)")]
fn trim() {
    // SAFETY: it takes no pointer, and locks each heap that it looks at.
    unsafe { libc::malloc_trim(0) };
}

/// Other allocators give back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHE: u64 = 64 << 20;

    #[test]
    fn memory_is_given_back_where_there_is_something_to_hope_for() {
        let last = Heap { resident: 100 << 20, connections: 1_000 };
        for (megabytes, connections, due) in [
            // A cache with its program.
            (90, 0, false),
            (300, 1_000, true),
            // In use, and so still there.
            (115, 1_000, false),
            (116, 1_000, true),
            // Unminded for so many.
            (250, 10_000, false),
            // Most have left.
            (101, 400, false),
            (103, 400, true),
        ] {
            assert_eq!(last.is_due(megabytes << 20, CACHE, connections), due, "{megabytes} MiB, {connections}");
        }
        assert!(Heap::default().is_due(150 << 20, CACHE, 1_000), "none was given back before");
    }

    #[test]
    fn what_is_freed_before_something_in_use_is_given_back() {
        let blocks = || std::iter::repeat_with(|| vec![1u8; 16 << 10]).take(16_000).collect::<Vec<_>>();
        let (much, stays) = (blocks(), vec![1u8; 16 << 10]);
        let full = resident().unwrap();
        drop(much);
        Heap::default().give_back(0, 0);
        let left = resident().unwrap();
        // Other tests of this process may allocate meanwhile.
        assert!(left + (128 << 20) < full, "{left} of {full} bytes stay");
        drop(stays);
    }
}
