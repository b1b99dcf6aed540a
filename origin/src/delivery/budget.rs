//! The memory that contents take, whether the cache holds them or an answer that is still being sent.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use memmap2::MmapMut;

/// A bound on memory: contents count until the last answer that sends them has ended, not until the cache lets them go.
#[derive(Debug)]
pub(crate) struct Budget {
    /// Bytes.
    limit: u64,
    held: AtomicU64,
}

/// Counted memory.
#[derive(Debug)]
struct Share {
    budget: Arc<Budget>,
    bytes: u64,
}

/// A content with the memory that it counts for.
struct CountedBytes<M> {
    bytes: M,
    _share: Share,
}

impl Budget {
    /// A budget of `limit` bytes.
    #[must_use]
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, held: AtomicU64::new(0) }
    }

    /// Bytes held now.
    #[must_use]
    pub(crate) fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// True if there is room for `bytes` more.
    pub(crate) fn has_room(&self, bytes: u64) -> bool {
        self.held().saturating_add(bytes) <= self.limit
    }

    /// Counts `bytes` for as long as any clone or part of them lives; `None` if there is no room.
    pub(crate) fn count(self: &Arc<Self>, mut bytes: Vec<u8>) -> Option<Bytes> {
        bytes.shrink_to_fit();
        let share = self.take(bytes.len() as u64)?;
        Some(Bytes::from_owner(CountedBytes { bytes, _share: share }))
    }

    /// A content of `length` bytes written by `fill`; `None` if there is no room. It has a mapping of its own, which
    /// the system gets back as soon as it is dropped: memory that an allocator kept would count for nobody.
    ///
    /// # Errors
    /// Those of `fill`; that there is no more memory.
    pub(crate) fn fill<E: From<io::Error>>(
        self: &Arc<Self>,
        length: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Option<Bytes>, E> {
        let Some(share) = self.take(length as u64) else { return Ok(None) };
        let mut bytes = MmapMut::map_anon(length)?;
        fill(&mut bytes)?;
        Ok(Some(Bytes::from_owner(CountedBytes { bytes, _share: share })))
    }

    fn take(self: &Arc<Self>, bytes: u64) -> Option<Share> {
        let grown = |held: u64| held.checked_add(bytes).filter(|sum| *sum <= self.limit);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown).ok()?;
        Some(Share { budget: self.clone(), bytes })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl<M: AsRef<[u8]>> AsRef<[u8]> for CountedBytes<M> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_counts_until_its_last_part_is_gone() {
        let budget = Arc::new(Budget::new(10));
        let content = budget.count(vec![7; 6]).unwrap();
        let part = content.slice(1..2);
        drop(content);
        assert_eq!(budget.held(), 6);
        assert!(budget.count(vec![7; 5]).is_none() && !budget.has_room(5));
        assert_eq!(budget.count(vec![7; 4]).map(|content| content.len()), Some(4));
        drop(part);
        assert_eq!(budget.held(), 0);
    }
}
