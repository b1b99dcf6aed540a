//! Large folios: runs of pages that the kernel's cache handles as one, up to a huge page (Linux, transhuge.rst).
//!
//! What is read is brought in by single pages at first, and by larger folios as the reading goes on. A fault in a mapping
//! that wants huge pages brings in two of those at once: one request to the disk and one place in the cache where there
//! are 512 otherwise. Measured, that has 4 MB there for a fifth of the processor's time that reading past the cache takes,
//! and in half the time.

use std::sync::LazyLock;

use memmap2::{Advice, MmapOptions};
use rustix::fs::{StatFs, fstatfs};
use rustix::param::page_size;

use super::{Opened, WINDOW};
use crate::linux;

/// From this many bytes on, a mapping costs less than it saves.
const LARGE: u64 = 1 << 20;

/// What Linux this is; as good as older than all where it has no huge pages, or not of the size of a window: a fault then
/// brings in far more than is wanted, or far less.
static RELEASE: LazyLock<(u32, u32)> = LazyLock::new(|| {
    let size = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
    let of_window = size.is_ok_and(|size| size.trim().parse() == Ok(WINDOW));
    if of_window { *linux::RELEASE } else { (0, 0) }
});

impl Opened {
    /// Finds out whether the kernel's cache would have it in large folios.
    pub(crate) fn look_for_folios(&mut self) {
        let on = |found: StatFs| has_large_folios(found.f_type, *RELEASE);
        self.large_folios = self.identity.size >= LARGE && fstatfs(&self.file).is_ok_and(on);
    }

    /// Whether a fault is the way to have `start..end` of it brought in.
    pub(super) fn is_worth_a_fault(&self, start: u64, end: u64) -> bool {
        self.large_folios && end.saturating_sub(start) >= LARGE
    }

    /// Up to where the kernel brings it in when `start..end` is brought in, which lies in one window.
    pub(crate) fn reach(&self, start: u64, end: u64) -> u64 {
        (start / WINDOW + if self.is_worth_a_fault(start, end) { 2 } else { 1 }) * WINDOW
    }

    /// Has the kernel bring the window that `at` lies in into its cache, and begin with the next, in large folios.
    /// Returns whether the first page of it is there.
    pub(super) fn fault_in(&self, at: u64) -> bool {
        // One page is mapped, and no byte of it is touched here, so that what would be a signal where the file has become
        // shorter is an error (madvise(2)).
        let page = MmapOptions::new().offset(at - at % WINDOW).len(page_size()).map_raw_read_only(&self.file);
        page.is_ok_and(|page| page.advise(Advice::HugePage).is_ok() && page.advise(Advice::PopulateRead).is_ok())
    }
}

/// Whether a file system of that type (statfs(2)) has large folios in Linux of that release.
fn has_large_folios(file_system: impl TryInto<i64>, release: (u32, u32)) -> bool {
    const EXT4: i64 = 0xEF53;
    const XFS: i64 = 0x5846_5342;
    match file_system.try_into() {
        Ok(EXT4) => release >= (6, 16),
        // It has them from 5.18 on, but until 6.10 the cache could mix them up when they were split.
        Ok(XFS) => release >= (6, 12),
        Ok(_) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use proptest::prelude::*;
    use rustix::fs::{Advice, fadvise};

    use super::*;
    use crate::store::{Store, StoreError};

    #[test]
    fn large_folios_came_with_time() {
        for (file_system, release, expected) in [
            (0xEF53_i64, (6, 18), true),
            (0xEF53, (6, 16), true),
            (0xEF53, (6, 15), false),
            (0xEF53, (6, 1), false),
            (0xEF53, (7, 0), true),
            (0x5846_5342, (6, 12), true),
            (0x5846_5342, (6, 1), false),
            (0x0102_1994, (6, 18), false),
            (0x794C_7630, (6, 18), false),
            (0xEF53, (0, 0), false),
        ] {
            assert_eq!(has_large_folios(file_system, release), expected, "{file_system:x} {release:?}");
        }
    }

    const SIZE: u64 = 2 * WINDOW + 300_001;

    /// A file of which the kernel's cache has nothing, where that can be had, and its folder.
    fn opened() -> (Opened, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, vec![7; usize::try_from(SIZE).unwrap()]).unwrap();
        let file = File::open(&path).unwrap();
        file.sync_all().unwrap();
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        let mut opened = Store::new(folder.path().to_owned()).open("a").unwrap();
        // It does no harm where there are none.
        opened.large_folios = true;
        (opened, folder)
    }

    #[test]
    fn one_fault_brings_in_a_window() {
        let (mut opened, folder) = opened();
        opened.look_for_folios();
        if !opened.large_folios {
            println!("NOT TESTED: no large folios in {}", folder.path().display());
            return;
        }
        assert!(!opened.is_there(WINDOW), "nobody has read it");
        // Looking has begun to read a little.
        let (opened, _folder) = self::opened();
        assert!(opened.fault_in(WINDOW + 5));
        for at in [WINDOW, WINDOW + 4096, WINDOW + WINDOW / 2, 2 * WINDOW - 1] {
            assert!(opened.is_there(at), "{at}");
        }
    }

    #[test]
    fn what_is_brought_in_is_there() {
        for (start, end) in [(0, WINDOW), (WINDOW, 2 * WINDOW), (2 * WINDOW, SIZE), (2 * WINDOW + 9, SIZE), (5, 6)] {
            let (opened, _folder) = opened();
            opened.bring_in(start, end).unwrap();
            assert!(opened.is_there(start) && opened.is_there(end - 1), "{start}..{end}");
        }
        let (opened, _folder) = opened();
        assert!(!opened.is_there(SIZE), "it ends there");
    }

    #[test]
    fn a_fault_reaches_into_the_next_window() {
        let (mut opened, _folder) = opened();
        for (large_folios, start, end, expected) in [
            (false, 0, WINDOW, 1),
            (false, WINDOW, 2 * WINDOW, 2),
            (true, 0, WINDOW, 2),
            (true, 5, LARGE + 5, 2),
            (true, 5, LARGE + 4, 1),
            (true, WINDOW - 1, WINDOW, 1),
            (true, WINDOW, 2 * WINDOW, 3),
        ] {
            opened.large_folios = large_folios;
            assert_eq!(opened.reach(start, end), expected * WINDOW, "{large_folios} {start}..{end}");
        }
    }

    #[test]
    fn any_range_can_be_brought_in() {
        let (opened, _folder) = opened();
        proptest!(|(start: u64, end: u64)| prop_assert!(opened.bring_in(start, end).is_ok()));
        proptest!(|(start in 0..SIZE, end in 0..SIZE)| prop_assert!(opened.bring_in(start, end).is_ok()));
    }

    #[test]
    fn what_has_become_shorter_is_an_error() {
        let (opened, folder) = opened();
        File::options().write(true).open(folder.path().join("a")).unwrap().set_len(10).unwrap();
        assert!(!opened.fault_in(WINDOW));
        assert!(matches!(opened.bring_in(WINDOW, SIZE), Err(StoreError::Changed { at: WINDOW })));
        assert!(matches!(opened.bring_in(0, WINDOW), Err(StoreError::Changed { at: 10 })));
    }

    #[test]
    fn what_is_small_is_not_worth_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "small").unwrap();
        let mut opened = Store::new(folder.path().to_owned()).open("a").unwrap();
        opened.look_for_folios();
        assert!(!opened.large_folios);
    }
}
