//! Memory for blocks of files on their way out, used again and again: what is new from the system costs more to have, a
//! page fault every 4 KiB, than to fill.

use std::io;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use memmap2::{Advice, MmapMut};

/// Bytes of a small buffer.
pub(crate) const SMALL: usize = 128 << 10;
/// Bytes of a large one: a huge page (Linux, transhuge.rst), which a disk fills in one go.
pub(crate) const LARGE: usize = 2 << 20;

/// As many as are needed; 8 MiB are kept while nobody needs them.
static SMALLS: Pool = Pool::new(SMALL, usize::MAX, 64);
/// 32 MiB and no more, since whoever reads slowly holds one for as long as that takes. With half of them, 4 MB over TLS
/// cost half as much again for 64 clients at once.
static LARGES: Pool = Pool::new(LARGE, 16, 16);

/// Buffers of one size.
#[derive(Debug)]
struct Pool {
    size: usize,
    most: usize,
    kept: usize,
    stock: Mutex<Stock>,
}

#[derive(Debug)]
struct Stock {
    spares: Vec<MmapMut>,
    lent: usize,
}

impl Pool {
    const fn new(size: usize, most: usize, kept: usize) -> Self {
        Self { size, most, kept, stock: Mutex::new(Stock { spares: Vec::new(), lent: 0 }) }
    }

    fn stock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One to be filled with `length` bytes, unless all are lent.
    fn lend(&'static self, length: usize) -> io::Result<Option<Buffer>> {
        let mut stock = self.stock();
        if stock.lent >= self.most {
            return Ok(None);
        }
        let memory = match stock.spares.pop() {
            Some(memory) => memory,
            None => self.map()?,
        };
        stock.lent += 1;
        Ok(Some(Buffer { memory: Some(memory), length: length.min(self.size), pool: self }))
    }

    fn map(&self) -> io::Result<MmapMut> {
        if self.size < LARGE {
            return MmapMut::map_anon(self.size);
        }
        // Twice as much lies somewhere with room for a huge page; what is not used is no memory.
        let memory = MmapMut::map_anon(2 * self.size)?;
        // Without, it is as many small pages.
        let _ = memory.advise_range(Advice::HugePage, self.start(&memory), self.size);
        Ok(memory)
    }

    /// Where a buffer begins in its memory.
    fn start(&self, memory: &MmapMut) -> usize {
        if self.size < LARGE { 0 } else { memory.as_ptr().align_offset(LARGE).min(LARGE) }
    }

    fn take_back(&self, memory: MmapMut) {
        let mut stock = self.stock();
        stock.lent -= 1;
        if stock.spares.len() < self.kept {
            stock.spares.push(memory);
        }
    }
}

/// The first bytes of a buffer, which goes back when they are dropped. They begin with a page.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// Until it is dropped.
    memory: Option<MmapMut>,
    length: usize,
    pool: &'static Pool,
}

impl Buffer {
    /// One of `length` bytes, at most [`SMALL`], with whatever was in it last.
    ///
    /// # Errors
    /// When there is no more memory.
    pub(crate) fn small(length: usize) -> io::Result<Self> {
        SMALLS.lend(length)?.ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    /// One of `length` bytes, at most [`LARGE`], with whatever was in it last; `None` when all are in use.
    pub(crate) fn large(length: usize) -> Option<Self> {
        LARGES.lend(length).ok().flatten()
    }

    fn range(&self) -> Range<usize> {
        let start = self.memory.as_ref().map_or(0, |memory| self.pool.start(memory));
        start..start + self.length
    }

    /// Its bytes, to be written over.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        let range = self.range();
        self.memory.as_mut().and_then(|memory| memory.get_mut(range)).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.memory.as_ref().and_then(|memory| memory.get(self.range())).unwrap_or_default()
    }
}

impl From<Buffer> for Bytes {
    fn from(buffer: Buffer) -> Self {
        Self::from_owner(buffer)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(memory) = self.memory.take() {
            self.pool.take_back(memory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_is_nobody_elses() {
        let held: Vec<Bytes> = (0..=u8::MAX)
            .map(|fill| {
                let mut buffer = Buffer::small(usize::from(fill) * 2000).unwrap();
                buffer.bytes_mut().fill(fill);
                buffer.into()
            })
            .collect();
        for (fill, bytes) in (0..=u8::MAX).zip(&held) {
            assert_eq!(bytes.len(), (usize::from(fill) * 2000).min(SMALL));
            assert!(bytes.iter().all(|byte| *byte == fill));
        }
        drop(held);
        assert!(SMALLS.stock().spares.len() <= SMALLS.kept);
    }

    #[test]
    fn a_large_one_lies_where_a_huge_page_does() {
        static ONE: Pool = Pool::new(LARGE, 1, 1);
        let mut buffer = ONE.lend(LARGE).unwrap().unwrap();
        assert_eq!(buffer.bytes_mut().len(), LARGE);
        assert_eq!(buffer.bytes_mut().as_ptr().align_offset(LARGE), 0);
    }

    #[test]
    fn no_more_are_lent_than_there_are() {
        static FEW: Pool = Pool::new(SMALL, 2, 1);
        let lend = || FEW.lend(1).unwrap();
        let held = [lend(), lend()];
        assert!(held.iter().all(Option::is_some));
        assert!(lend().is_none());
        drop(held);
        assert_eq!(FEW.stock().spares.len(), 1);
        assert!(lend().is_some());
    }
}
