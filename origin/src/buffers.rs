//! Memory for blocks of files on their way out, used again and again: what is new from the system costs more to have, a
//! page fault every 4 KiB, than to fill.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Bytes of a buffer.
pub(crate) const BUFFER: usize = 128 << 10;
/// Buffers that are kept while nobody needs them: 8 MiB.
const SPARE: usize = 64;

static SPARES: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// The first bytes of a buffer, which goes back when they are dropped.
#[derive(Debug)]
pub(crate) struct Buffer {
    memory: Vec<u8>,
    length: usize,
}

impl Buffer {
    /// One of `length` bytes, at most [`BUFFER`], with whatever was in it last.
    pub(crate) fn new(length: usize) -> Self {
        let memory = spares().pop().unwrap_or_else(|| vec![0; BUFFER]);
        Self { memory, length: length.min(BUFFER) }
    }

    /// Its bytes, to be written over.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.memory.get_mut(..self.length).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.memory.get(..self.length).unwrap_or_default()
    }
}

impl From<Buffer> for Bytes {
    fn from(buffer: Buffer) -> Self {
        Self::from_owner(buffer)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut spares = spares();
        if spares.len() < SPARE {
            spares.push(std::mem::take(&mut self.memory));
        }
    }
}

fn spares() -> MutexGuard<'static, Vec<Vec<u8>>> {
    SPARES.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_is_nobody_elses() {
        let held: Vec<Bytes> = (0..=u8::MAX)
            .map(|fill| {
                let mut buffer = Buffer::new(usize::from(fill) * 2000);
                buffer.bytes_mut().fill(fill);
                buffer.into()
            })
            .collect();
        for (fill, bytes) in (0..=u8::MAX).zip(&held) {
            assert_eq!(bytes.len(), (usize::from(fill) * 2000).min(BUFFER));
            assert!(bytes.iter().all(|byte| *byte == fill));
        }
        drop(held);
        assert!(spares().len() <= SPARE);
    }
}
