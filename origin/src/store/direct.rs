//! Reading by blocks, most of it past the kernel's cache (open(2), `O_DIRECT`).
//!
//! What is asked for once in a while gains nothing by that cache, which has to find a page for every 4 KiB and throw out
//! another that somebody may want again. Measured, of what lies in no cache, 250 kB take half of the processor's time
//! that sending them through the kernel's cache takes, and 4 MB over TLS a third of what reading them through it does.

use std::io::ErrorKind;

use bytes::Bytes;
use rustix::fs::{AtFlags, OFlags, StatxFlags, fcntl_getfl, fcntl_setfl, statx};
use rustix::io::Errno;

use super::{Opened, StoreError, WINDOW};
use crate::buffers::{Buffer, LARGE, SMALL};
use crate::pipes::{Pipe, ROOM};

/// What memory, places in files and lengths are multiples of: enough for nearly all disks.
const ALIGNED: u64 = 4096;

/// What was read of a file.
#[derive(Debug)]
pub(crate) enum Block {
    /// Into memory.
    Bytes(Bytes),
    /// Into a pipe, so many bytes of what is in it.
    Piped(Pipe, usize),
}

impl Block {
    /// Bytes of the file.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Piped(_, length) => *length,
        }
    }
}

impl Opened {
    /// The first bytes of `start..end`, in a pipe if that is wanted and can be, else in memory. Of what the kernel's cache
    /// has in large folios, all that is wanted of the window is brought in there before.
    ///
    /// # Errors
    /// As [`Opened::read`].
    pub(crate) fn next_block(&self, start: u64, end: u64, piped: bool) -> Result<Block, StoreError> {
        // Whatever is wrong with it in a pipe is seen in memory again, if it is not the pipe.
        if piped && let Ok(Some(block)) = self.block_piped(start, end) {
            return Ok(block);
        }
        if self.large_folios && !self.direct {
            self.bring_in(start, end.min((start / WINDOW + 1) * WINDOW))?;
        }
        self.block(start, end).map(Block::Bytes)
    }

    /// Has the file read past the kernel's cache from here on, and reads its first block that way; into a pipe if one can
    /// be had and it is to be `piped`. Returns whether that is so: not where the file system can't, nor when all buffers
    /// are in use.
    pub(crate) fn go_direct(&mut self, piped: bool) -> bool {
        if !self.is_aligned() || self.set_direct(true).is_err() {
            return false;
        }
        match self.first_direct(piped) {
            Ok(Some(first)) => self.begin_with(first),
            // Whoever reads it in another way next sees what is the matter.
            Ok(None) | Err(_) => return self.set_direct(false).is_err(),
        }
        true
    }

    /// Reads its first block through the kernel's cache, into a pipe. Returns whether that is so: not when all are in use.
    ///
    /// To have the cache filled first, and the file sent from there then, would be to look for each page twice; and what
    /// is looked for twice the kernel keeps longer than what others asked for once.
    pub(crate) fn go_piped(&mut self) -> bool {
        // Whoever reads it in another way next sees what is the matter.
        let Ok(Some(first)) = self.block_piped(0, self.identity.size) else { return false };
        self.begin_with(first);
        true
    }

    fn begin_with(&mut self, first: Block) {
        self.first = Some(first).into();
        self.by_block = true;
    }

    fn first_direct(&self, piped: bool) -> Result<Option<Block>, StoreError> {
        let size = self.identity.size;
        if piped && let Ok(Some(block)) = self.block_piped(0, size) {
            return Ok(Some(block));
        }
        let Some(buffer) = Buffer::large(length(0, size)) else { return Ok(None) };
        Ok(Some(Block::Bytes(self.read_direct(buffer, 0, size)?)))
    }

    /// Whether [`ALIGNED`] is enough for its disk, or nobody says (statx(2), from Linux 6.1 on).
    fn is_aligned(&self) -> bool {
        let fits = |alignment: u32| (1..=ALIGNED).contains(&alignment.into());
        match statx(self, c"", AtFlags::EMPTY_PATH, StatxFlags::DIOALIGN) {
            Ok(found) if StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::DIOALIGN) => {
                fits(found.stx_dio_mem_align) && fits(found.stx_dio_offset_align)
            }
            Ok(_) | Err(_) => true,
        }
    }

    fn set_direct(&mut self, direct: bool) -> Result<(), Errno> {
        let mut flags = fcntl_getfl(&self.file)?;
        flags.set(OFlags::DIRECT, direct);
        fcntl_setfl(&self.file, flags)?;
        self.direct = direct;
        Ok(())
    }

    /// As [`Opened::block`], but in a pipe; `None` when all are in use.
    fn block_piped(&self, start: u64, end: u64) -> Result<Option<Block>, StoreError> {
        let Some(mut pipe) = Pipe::lend() else { return Ok(None) };
        let from = aligned(start);
        let before = before(start);
        let wanted = length(start, end).min(ROOM);
        let most = usize::try_from(end - from).unwrap_or(ROOM).min(ROOM);
        while pipe.len() < most {
            match pipe.fill(self, from + pipe.len() as u64, wanted - pipe.len()) {
                Ok(0) => return Err(StoreError::Changed { at: from + pipe.len() as u64 }),
                Ok(_) => {}
                // It takes so many pages, full or not.
                Err(error) if error.kind() == ErrorKind::WouldBlock && pipe.len() > before => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.unchanged().map_err(|_| StoreError::Changed { at: start })?;
        pipe.take(before)?;
        let length = pipe.len().min(most - before);
        Ok(Some(Block::Piped(pipe, length)))
    }

    /// As [`Opened::block`].
    pub(super) fn block_direct(&self, start: u64, end: u64) -> Result<Bytes, StoreError> {
        let length = length(start, end);
        let buffer = match Buffer::large(length) {
            Some(buffer) => buffer,
            None => Buffer::small(length.min(SMALL))?,
        };
        self.read_direct(buffer, start, end)
    }

    fn read_direct(&self, mut buffer: Buffer, start: u64, end: u64) -> Result<Bytes, StoreError> {
        let from = aligned(start);
        let room = buffer.bytes_mut();
        let wanted = usize::try_from(end - from).unwrap_or(usize::MAX).min(room.len());
        let mut read = 0;
        while read < wanted {
            match rustix::io::pread(self, room.get_mut(read..).unwrap_or_default(), from + read as u64) {
                Ok(0) => return Err(StoreError::Changed { at: from + read as u64 }),
                Ok(more) => read += more,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        self.unchanged().map_err(|_| StoreError::Changed { at: start })?;
        Ok(Bytes::from(buffer).slice(before(start)..wanted))
    }
}

/// Where the block begins that `at` lies in.
fn aligned(at: u64) -> u64 {
    at - at % ALIGNED
}

/// Bytes before `at` in its block.
fn before(at: u64) -> usize {
    (at % ALIGNED) as usize
}

/// Bytes of all blocks that `start..end` lies in.
fn length(start: u64, end: u64) -> usize {
    usize::try_from(end.next_multiple_of(ALIGNED) - aligned(start)).unwrap_or(LARGE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pipes::tests::alone;
    use crate::store::Store;

    const SIZE: u64 = 2_500_001;

    fn at(offset: u64) -> usize {
        usize::try_from(offset).unwrap()
    }

    /// A file of noise that is read directly, its folder, and its content; no file where it can't be.
    fn opened() -> (Option<Opened>, tempfile::TempDir, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let mut content = vec![0; at(SIZE)];
        blake3::Hasher::new().finalize_xof().fill(&mut content);
        std::fs::write(folder.path().join("a"), &content).unwrap();
        let mut opened = Store::new(folder.path().to_owned()).open("a").unwrap();
        if opened.set_direct(true).is_err() {
            println!("NOT TESTED: {} is on a file system that always caches", folder.path().display());
            return (None, folder, content);
        }
        (Some(opened), folder, content)
    }

    /// What the blocks of `start..end` hold, each in a pipe if it can be when they may be `piped`.
    fn blocks(opened: &Opened, mut start: u64, end: u64, piped: bool) -> Vec<u8> {
        let mut got = Vec::new();
        while start < end {
            let bytes = match opened.next_block(start, end, piped).unwrap() {
                Block::Bytes(bytes) => bytes,
                Block::Piped(mut pipe, length) => pipe.take(length).unwrap(),
            };
            assert!(!bytes.is_empty());
            start += bytes.len() as u64;
            got.extend_from_slice(&bytes);
        }
        got
    }

    #[test]
    fn any_range_is_the_slice() {
        let _alone = alone();
        let (Some(opened), _folder, content) = opened() else { return };
        proptest!(ProptestConfig::with_cases(60), |(start in 0..SIZE, length in 1..SIZE, piped: bool)| {
            let end = SIZE.min(start + length);
            prop_assert!(blocks(&opened, start, end, piped) == content[at(start)..at(end)]);
        });
        for (start, end) in [(0, SIZE), (0, 1), (4095, 4097), (4096, 8192), (SIZE - 1, SIZE), (1 << 20, SIZE)] {
            for piped in [false, true] {
                assert!(blocks(&opened, start, end, piped) == content[at(start)..at(end)], "{start}..{end}");
            }
        }
    }

    #[test]
    fn what_has_become_shorter_is_not_made_up() {
        let _alone = alone();
        let (Some(opened), folder, _) = opened() else { return };
        std::fs::File::options().write(true).open(folder.path().join("a")).unwrap().set_len(10_000).unwrap();
        for piped in [false, true] {
            for (start, end) in [(0, SIZE), (9_000, 11_000), (20_000, SIZE)] {
                let read = opened.next_block(start, end, piped);
                assert!(matches!(read, Err(StoreError::Changed { .. })), "{start}..{end}: {read:?}");
            }
        }
    }

    #[test]
    fn the_first_block_is_had_once() {
        let _alone = alone();
        let (Some(mut opened), _folder, content) = opened() else { return };
        for piped in [false, true] {
            assert!(opened.go_direct(piped));
            let first = opened.take_first(0, 100_000).unwrap();
            assert_eq!(first.len(), 100_000);
            assert!(opened.take_first(0, 100_000).is_none());
            match first {
                Block::Bytes(bytes) => assert!(!piped && bytes == content[..100_000]),
                Block::Piped(mut pipe, length) => assert!(pipe.take(length).unwrap() == content[..100_000]),
            }
        }
    }

    #[test]
    fn what_is_small_comes_through_the_kernels_cache_into_a_pipe() {
        let _alone = alone();
        let (folder, content) = (tempfile::tempdir().unwrap(), b"0123456789".repeat(10_000));
        std::fs::write(folder.path().join("a"), &content).unwrap();
        let open = || Store::new(folder.path().to_owned()).open("a").unwrap();
        let mut opened = open();
        assert!(opened.go_piped() && opened.by_block && !opened.direct);
        let Some(Block::Piped(mut pipe, length)) = opened.take_first(0, 100_000) else { panic!("it is in a pipe") };
        assert!(pipe.take(length).unwrap() == content);
        assert!(blocks(&opened, 7, 99_999, true) == content[7..99_999], "for those who share it");
        let pipes: Vec<_> = std::iter::from_fn(Pipe::lend).collect();
        let mut opened = open();
        assert!(!opened.go_piped() && !opened.by_block);
        drop(pipes);
        std::fs::write(folder.path().join("a"), "short").unwrap();
        assert!(!opened.go_piped() && !opened.by_block);
    }

    #[test]
    fn without_pipes_and_huge_buffers_it_goes_on_in_small_ones() {
        let _alone = alone();
        let (Some(opened), _folder, content) = opened() else { return };
        let pipes: Vec<_> = std::iter::from_fn(Pipe::lend).collect();
        let buffers: Vec<_> = std::iter::from_fn(|| Buffer::large(1)).collect();
        assert!(blocks(&opened, 5, SIZE, true) == content[5..]);
        drop((pipes, buffers));
        assert!(blocks(&opened, 5, SIZE, true) == content[5..]);
    }
}
