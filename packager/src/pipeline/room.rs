//! Room on the library's disk: an estimate of what a title needs, and what is left to others.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use config::settings::MinFree;

use super::error::TitleError;
use super::job::Output;
use super::what::What;
use crate::plan::Plan;
use tools::cancel::Cancel;

/// Bytes of a poster, and of the manifests of a title.
const SMALL_FILES: u64 = 2 << 20;
/// The time between two looks at a disk that is too full.
const LOOK: Duration = Duration::from_secs(1);
/// The longest time until a stop is noticed.
const TICK: Duration = Duration::from_millis(100);

/// The library's disk.
#[derive(Debug)]
pub(super) struct Room {
    folder: PathBuf,
    min_free: MinFree,
    /// That it is too full was said.
    told: AtomicBool,
}

/// A look at the disk, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    free: u64,
    /// Left to others.
    reserve: u64,
}

impl Seen {
    const fn holds(self, needed: u64) -> bool {
        self.free >= self.reserve.saturating_add(needed)
    }
}

impl Room {
    pub(super) fn new(folder: &Path, min_free: MinFree) -> Self {
        Self { folder: folder.into(), min_free, told: AtomicBool::new(false) }
    }

    /// Refuses a title that needs more than there is. A disk that can't be asked is believed to have it.
    pub(super) fn refuse_less_than(&self, needed: u64) -> Result<(), TitleError> {
        match self.look() {
            Ok(Seen { free, reserve }) if !(Seen { free, reserve }).holds(needed) => {
                Err(TitleError::NoRoom { path: self.folder.clone(), needed, free, reserve })
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Waits while less is free than others are left; false where `cancel` came first.
    pub(super) fn wait(&self, cancel: &Cancel) -> bool {
        self.wait_for(|| self.look(), cancel)
    }

    fn wait_for(&self, look: impl Fn() -> io::Result<Seen>, cancel: &Cancel) -> bool {
        while !cancel.is_cancelled() {
            let seen = match look() {
                Ok(seen) if !seen.holds(0) => seen,
                Ok(_) | Err(_) => {
                    if self.told.swap(false, Ordering::Relaxed) {
                        tracing::info!("there is room again on the disk of {}: it goes on", self.folder.display());
                    }
                    return true;
                }
            };
            if !self.told.swap(true, Ordering::Relaxed) {
                let (folder, free, reserve) = (self.folder.display(), size(seen.free), size(seen.reserve));
                tracing::warn!(
                    "paused: {free} are free on the disk of {folder}, and library.min_free leaves {reserve}"
                );
            }
            let mut left = LOOK;
            while !left.is_zero() && !cancel.is_cancelled() {
                thread::sleep(TICK);
                left = left.saturating_sub(TICK);
            }
        }
        false
    }

    fn look(&self) -> io::Result<Seen> {
        let disk = rustix::fs::statvfs(&self.folder)?;
        let all = disk.f_blocks.saturating_mul(disk.f_frsize);
        Ok(Seen { free: disk.f_bavail.saturating_mul(disk.f_frsize), reserve: self.min_free.of(all) })
    }
}

/// Bytes that results will take which are still to be made, at most about, and a copy of the source of `copied` bytes.
pub(super) fn needed(pending: &[Output], plan: &Plan, copied: u64) -> u64 {
    let milliseconds = |frames: u64| plan.grid.rate.span(frames).ticks_at(1000);
    let bytes = |rate: u32, frames: u64| (u64::from(rate) / 8).saturating_mul(milliseconds(frames)) / 1000;
    let of = |output: &Output| match &output.what {
        What::Video(chunk, rung) => {
            plan.ladder.get(*rung).map_or(0, |rung| bytes(rung.bit_rate, chunk.frames.end - chunk.frames.start))
        }
        What::Audio(track) => plan.audio.get(*track).map_or(0, |track| bytes(track.bit_rate, plan.grid.frames)),
        What::Text(_) | What::Poster => SMALL_FILES,
    };
    pending.iter().map(of).fold(copied, u64::saturating_add)
}

/// Bytes for people.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_title_fits_where_it_leaves_others_their_room() {
        let seen = Seen { free: 100, reserve: 20 };
        assert_eq!([0, 80, 81, u64::MAX].map(|needed| seen.holds(needed)), [true, true, false, false]);
        assert!(!Seen { free: 19, reserve: 20 }.holds(0));
    }

    #[test]
    fn work_pauses_until_there_is_room_again_or_it_is_stopped() {
        let room = Room::new(Path::new("."), MinFree::Bytes(0));
        let looks = Cell::new(0);
        let look = || {
            looks.set(looks.get() + 1);
            Ok(Seen { free: if looks.get() < 2 { 5 } else { 50 }, reserve: 20 })
        };
        let cancel = Cancel::default();
        assert!(room.wait_for(look, &cancel));
        assert_eq!(looks.get(), 2);
        assert!(room.wait(&cancel));
        cancel.cancel();
        assert!(!room.wait_for(|| Ok(Seen { free: 0, reserve: 1 }), &cancel));
    }

    #[test]
    fn sizes_are_for_people() {
        assert_eq!([0, 1, 999_000_000, 1_250_000_000].map(size), ["0 MB", "1 MB", "999 MB", "1.2 GB"]);
    }
}
