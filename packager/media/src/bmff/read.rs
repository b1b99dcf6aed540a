//! Reading a box that is wholly in memory: its fields in order, and its children.

use super::FourCc;

/// A parsed value; the error is a box's defect, as a clause that follows "a box that …".
pub(crate) type Parsed<T> = Result<T, String>;

/// The fields that are left of a box.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Parsed<&'a [u8]> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or_else(|| format!("is {} bytes short", count - self.0.len()))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Parsed<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Parsed<u8> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Parsed<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Parsed<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn i32(&mut self) -> Parsed<i32> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Parsed<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(crate) fn four_cc(&mut self) -> Parsed<FourCc> {
        self.array().map(FourCc)
    }

    /// The version and flags that a full box starts with.
    pub(crate) fn version_and_flags(&mut self) -> Parsed<(u8, u32)> {
        let word = self.u32()?;
        let [version, ..] = word.to_be_bytes();
        Ok((version, word & 0x00ff_ffff))
    }

    /// A field that version 1 of a box made 64 bits wide.
    pub(crate) fn sized(&mut self, version: u8) -> Parsed<u64> {
        if version == 0 { self.u32().map(u64::from) } else { self.u64() }
    }

    /// The next child box.
    fn child(&mut self) -> Parsed<Option<(FourCc, Fields<'a>)>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let size = self.u32()?;
        let kind = self.four_cc()?;
        let body = usize::try_from(size).ok().and_then(|s| s.checked_sub(8));
        let body = body.ok_or_else(|| format!("has a '{kind}' in it with the impossible size {size}"))?;
        let fields = self.bytes(body).map_err(|_| format!("has a '{kind}' in it that is longer than itself"))?;
        Ok(Some((kind, Fields(fields))))
    }

    /// The first child of a kind; children before it that cannot be told apart are an error.
    pub(crate) fn find(mut self, wanted: &[u8; 4]) -> Parsed<Option<Fields<'a>>> {
        while let Some((kind, fields)) = self.child()? {
            if &kind.0 == wanted {
                return Ok(Some(fields));
            }
        }
        Ok(None)
    }

    /// As [`Fields::find`], of a child that must be there.
    pub(crate) fn need(self, wanted: &[u8; 4]) -> Parsed<Fields<'a>> {
        self.find(wanted)?.ok_or_else(|| format!("has no '{}' in it", FourCc(*wanted)))
    }

    /// The only child of a kind.
    pub(crate) fn only(mut self, wanted: &[u8; 4]) -> Parsed<Fields<'a>> {
        let first = self.need(wanted)?;
        let mut count = 0;
        while let Some((kind, _)) = self.child()? {
            count += u32::from(&kind.0 == wanted);
        }
        if count == 1 { Ok(first) } else { Err(format!("has {count} '{}' in it instead of one", FourCc(*wanted))) }
    }
}
