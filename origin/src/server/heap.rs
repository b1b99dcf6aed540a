//! Freed memory goes back to the system.
//!
//! glibc gives back the end of a heap alone, as far as nothing there is in use. Each thread has a heap of its own, and a
//! single connection that stays keeps resident all that a thousand others held before it.

use std::fs;

/// Resident memory beside the cache that nobody minds, bytes: half of what may be resident at most.
const UNMINDED: u64 = 32 << 20;

/// Gives freed memory back if much more is resident than a `cache` of so many bytes needs. It takes some milliseconds.
pub(super) fn give_back(cache: u64) {
    if resident().is_some_and(|bytes| bytes > cache.saturating_add(UNMINDED)) {
        trim();
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

    #[test]
    fn what_is_freed_before_something_in_use_is_given_back() {
        let blocks = || std::iter::repeat_with(|| vec![1u8; 16 << 10]).take(6_000).collect::<Vec<_>>();
        let (much, stays) = (blocks(), vec![1u8; 16 << 10]);
        let full = resident().unwrap();
        drop(much);
        give_back(u64::MAX);
        give_back(0);
        let left = resident().unwrap();
        assert!(left + (64 << 20) < full, "{left} of {full} bytes stay");
        drop(stays);
    }
}
