//! How much may be kept in pipes.
//!
//! Linux counts the pages that a user's pipes have room for, and beyond a limit gives each new one but two, ffmpeg's as
//! well as ours (`pipe-user-pages-soft` in proc_sys_fs(5)). So what is kept leaves room for all others. Who may make a
//! pipe larger than others may is not held to that limit (CAP_SYS_RESOURCE, as root has it).

use std::fs;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use rustix::param::page_size;

use super::drawing;
use crate::pipes::{self, Pipe};

/// Pages left to pipes that are not the origin's.
const OTHERS: usize = 512;
/// After a failure, nothing is tried for so long.
const PAUSE: Duration = Duration::from_secs(10);

static ALL: Taken = Taken::none();
static MOST: LazyLock<usize> = LazyLock::new(most);
static FAILED: Mutex<Option<Instant>> = Mutex::new(None);

#[derive(Debug)]
struct Taken {
    pages: AtomicUsize,
    bytes: AtomicU64,
}

impl Taken {
    const fn none() -> Self {
        Self { pages: AtomicUsize::new(0), bytes: AtomicU64::new(0) }
    }
}

/// What something kept takes, until it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: &'static Taken,
    pages: usize,
    bytes: u64,
}

impl Share {
    /// For pipes with room for `pages`, which hold `bytes`; `None` when that is too much.
    pub(super) fn take(pages: usize, bytes: u64) -> Option<Self> {
        Self::of(&ALL, *MOST, pages, bytes)
    }

    fn of(of: &'static Taken, most: usize, pages: usize, bytes: u64) -> Option<Self> {
        let before = of.pages.fetch_add(pages, Ordering::Relaxed);
        of.bytes.fetch_add(bytes, Ordering::Relaxed);
        let share = Self { of, pages, bytes };
        (before + pages <= most).then_some(share)
    }

    /// For so many pages in all, which were found to be needed.
    pub(super) fn correct(&mut self, pages: usize) {
        let more = pages.saturating_sub(self.pages);
        self.of.pages.fetch_add(more, Ordering::Relaxed);
        self.pages += more;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.pages.fetch_sub(self.pages, Ordering::Relaxed);
        self.of.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Whether `pages` more may be kept, and nothing went wrong lately.
pub(super) fn has(pages: usize) -> bool {
    static TOLD: Once = Once::new();
    if ALL.pages.load(Ordering::Relaxed).saturating_add(pages) > *MOST {
        TOLD.call_once(|| {
            tracing::warn!(
                "no more pipes to keep hot objects in: what is hot besides costs more to send over HTTP/1.1; raise \
                 fs.pipe-user-pages-soft (sysctl) or give pack CAP_SYS_RESOURCE, and start it anew"
            );
        });
        return false;
    }
    let failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    failed.is_none_or(|at| at.elapsed() >= PAUSE)
}

/// Notes that something went wrong.
pub(super) fn pause() {
    *FAILED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
}

/// Bytes that are kept.
pub(super) fn bytes() -> u64 {
    ALL.bytes.load(Ordering::Relaxed)
}

fn most() -> usize {
    let limit =
        |name: &str| -> Option<usize> { fs::read_to_string(format!("/proc/sys/fs/{name}")).ok()?.trim().parse().ok() };
    let free = limit("pipe-max-size").is_some_and(|largest| Pipe::new(2 * largest).is_ok());
    match limit("pipe-user-pages-soft") {
        _ if free => usize::MAX,
        Some(0) => usize::MAX,
        Some(pages) => within(pages, page_size(), drawing::all()),
        None => 0,
    }
}

/// What `pages` leave for what is kept, where so many threads draw.
fn within(pages: usize, page: usize, threads: usize) -> usize {
    pages.saturating_sub(pipes::MOST * pipes::ROOM.div_ceil(page) + threads * drawing::PAGES + OTHERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_have_their_pipes() {
        for (pages, page, threads, expected) in [
            // Linux's own limit.
            (16_384, 4096, 2, 16_384 - 40 * 256 - 2 * 64 - 512),
            (16_384, 4096, 64, 16_384 - 40 * 256 - 64 * 64 - 512),
            (16_384, 65_536, 2, 16_384 - 40 * 16 - 2 * 64 - 512),
            (1024, 4096, 2, 0),
        ] {
            assert_eq!(within(pages, page, threads), expected);
        }
    }

    #[test]
    fn a_share_that_is_dropped_is_there_for_others() {
        static SOME: Taken = Taken::none();
        let taken = || (SOME.pages.load(Ordering::Relaxed), SOME.bytes.load(Ordering::Relaxed));
        let mut share = Share::of(&SOME, 10, 3, 100).unwrap();
        let other = Share::of(&SOME, 10, 7, 200).unwrap();
        assert!(Share::of(&SOME, 10, 1, 1).is_none());
        share.correct(5);
        share.correct(2);
        assert_eq!(taken(), (12, 300));
        drop(share);
        assert_eq!(taken(), (7, 200));
        drop(other);
        assert_eq!(taken(), (0, 0));
    }
}
