//! Making room without room: what takes something out of a full disk has to write a little first.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;

use blake3::Hasher;

use crate::library::{Library, LibraryError};

/// Bytes that are kept back.
const KEPT_BACK: usize = 2 << 20;

impl Library {
    /// Keeps some room back, where there is any, for when the disk is full.
    pub(in crate::library) fn keep_room_back(&self) {
        let path = self.kept_back();
        if path.exists() {
            return;
        }
        // Zeros would take no room on some file systems.
        let mut block = vec![0; KEPT_BACK];
        Hasher::new().finalize_xof().fill(&mut block);
        let kept = File::create(&path).and_then(|mut file| file.write_all(&block).and_then(|()| file.sync_all()));
        if kept.is_err() {
            let _ = fs::remove_file(&path);
        }
    }

    /// Does what makes room. Where the disk is full it is done again in the room that was kept back.
    pub(in crate::library) fn making_room<T>(
        &self,
        work: impl Fn() -> Result<T, LibraryError>,
    ) -> Result<T, LibraryError> {
        let done = match work() {
            Err(error) if error.is_full() => {
                let _ = fs::remove_file(self.kept_back());
                work()
            }
            done => done,
        };
        self.keep_room_back();
        done
    }

    fn kept_back(&self) -> PathBuf {
        self.private("room")
    }
}
