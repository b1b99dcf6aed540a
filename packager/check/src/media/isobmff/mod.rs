//! A small bounded reader of ISO base media files (ISO/IEC 14496-12), independent of the one that writes them.
//!
//! `moov` and `moof` are read into memory, within limits; `mdat` is skipped but for the NAL unit headers of a
//! fragment's first sample.

pub(crate) mod bits;
pub(crate) mod codec;
pub(crate) mod fragment;
pub(crate) mod h264;
pub(crate) mod init;
pub(crate) mod sample_entry;
pub(crate) mod segment;
pub(crate) mod sidx;
mod top;

use std::fmt;

/// A four-character code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FourCc(pub(crate) [u8; 4]);

impl FourCc {
    pub(crate) fn is(self, code: &[u8; 4]) -> bool {
        self.0 == *code
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| if b.is_ascii_graphic() { write!(f, "{}", *b as char) } else { write!(f, "?") })
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{self}'")
    }
}

/// A fault in a box, and its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Malformed {
    /// Byte of the file.
    pub(crate) byte: u64,
    /// In words.
    pub(crate) what: String,
}

/// A box within one that is in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BoxRef<'a> {
    pub(crate) kind: FourCc,
    /// Byte of the file where its header starts.
    pub(crate) at: u64,
    /// Bytes after the header.
    pub(crate) body: &'a [u8],
    /// Byte of the file where `body` starts.
    pub(crate) body_at: u64,
}

impl<'a> BoxRef<'a> {
    pub(crate) fn cursor(&self) -> Cursor<'a> {
        Cursor { data: self.body, at: self.body_at, of: self.kind }
    }

    /// The boxes that it consists of.
    pub(crate) fn children(&self) -> Result<Vec<BoxRef<'a>>, Malformed> {
        boxes(self.body, self.body_at, self.kind)
    }
}

/// The boxes that `data` consists of; `at` is its place in the file, `of` the box that it is the content of.
pub(crate) fn boxes(data: &[u8], at: u64, of: FourCc) -> Result<Vec<BoxRef<'_>>, Malformed> {
    let mut found = Vec::new();
    let mut cursor = Cursor { data, at, of };
    while !cursor.data.is_empty() {
        let start = cursor.at;
        let total = cursor.data;
        let mut size = u64::from(cursor.u32()?);
        let kind = FourCc(cursor.array()?);
        if size == 1 {
            size = cursor.u64()?;
        } else if size == 0 {
            size = total.len() as u64;
        }
        let header = cursor.at - start;
        let end = usize::try_from(size).ok().filter(|&end| size >= header && end <= total.len());
        let Some(end) = end else {
            let what = format!("box '{kind}' claims {size} bytes where '{of}' has {} left", total.len());
            return Err(Malformed { byte: start, what });
        };
        let (body, rest) = (&total[total.len() - cursor.data.len()..end], &total[end..]);
        found.push(BoxRef { kind, at: start, body, body_at: cursor.at });
        cursor = Cursor { data: rest, at: start + size, of };
    }
    Ok(found)
}

/// Reads big-endian fields, never beyond the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) at: u64,
    of: FourCc,
}

impl<'a> Cursor<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let Some((taken, rest)) = self.data.split_at_checked(count) else {
            return Err(Malformed { byte: self.at, what: format!("'{}' ends {count} bytes too soon", self.of) });
        };
        self.data = rest;
        self.at += count as u64;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut out = [0; N];
        out.copy_from_slice(self.bytes(N)?);
        Ok(out)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[b]| b)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Malformed> {
        self.array().map(i32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// A field of 64 bits in version 1, of 32 in version 0.
    pub(crate) fn sized(&mut self, version: u8) -> Result<u64, Malformed> {
        if version == 1 { self.u64() } else { self.u32().map(u64::from) }
    }

    /// A full box's version and flags.
    pub(crate) fn full(&mut self) -> Result<(u8, u32), Malformed> {
        let [version, a, b, c] = self.array()?;
        Ok((version, u32::from_be_bytes([0, a, b, c])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_that_claims_more_than_there_is_is_named_with_its_byte() {
        let data = [0, 0, 0, 8, b'f', b'r', b'e', b'e', 0, 0, 0, 99, b'm', b'd', b'a', b't'];
        let error = boxes(&data, 100, FourCc(*b"moov")).map(|_| ());
        let what = "box 'mdat' claims 99 bytes where 'moov' has 8 left".to_owned();
        assert_eq!(error, Err(Malformed { byte: 108, what }));
    }

    #[test]
    fn sizes_of_0_and_1_are_understood() {
        let data =
            [0, 0, 0, 1, b'f', b'r', b'e', b'e', 0, 0, 0, 0, 0, 0, 0, 17, 7, 0, 0, 0, 0, b's', b'k', b'i', b'p', 1];
        let found = boxes(&data, 0, FourCc(*b"file")).unwrap();
        let bodies: Vec<(String, &[u8])> = found.iter().map(|b| (b.kind.to_string(), b.body)).collect();
        assert_eq!(bodies, [("free".to_owned(), &[7u8][..]), ("skip".to_owned(), &[1][..])]);
    }
}
