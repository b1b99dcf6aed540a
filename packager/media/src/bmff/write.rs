//! Writing boxes.

/// Bytes of boxes under construction.
#[derive(Debug, Default)]
pub(crate) struct Boxes(pub Vec<u8>);

impl Boxes {
    /// Writes a box, whose body `write` makes.
    pub(crate) fn boxed(&mut self, kind: &[u8; 4], write: impl FnOnce(&mut Self)) {
        let start = self.0.len();
        self.u32(0);
        self.bytes(kind);
        write(self);
        self.patch(start, self.0.len() - start);
    }

    /// Writes a box that begins with a version and flags.
    pub(crate) fn full(&mut self, kind: &[u8; 4], version: u8, flags: u32, write: impl FnOnce(&mut Self)) {
        self.boxed(kind, |b| {
            b.u32(u32::from(version) << 24 | flags);
            write(b);
        });
    }

    /// Puts a length or an offset into the four bytes at `at`, written before it was known.
    pub(crate) fn patch(&mut self, at: usize, value: usize) {
        let value = u32::try_from(value).unwrap_or(u32::MAX);
        if let Some(field) = self.0.get_mut(at..at + 4) {
            field.copy_from_slice(&value.to_be_bytes());
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn zeros(&mut self, count: usize) {
        self.0.resize(self.0.len() + count, 0);
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }
}
