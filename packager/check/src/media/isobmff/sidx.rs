//! The segment index (ISO/IEC 14496-12 §8.16.3): subsegments of a single-file Representation.

use super::{FourCc, Malformed, boxes};

/// A subsegment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subsegment {
    /// Byte of the file.
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
    /// Ticks of `Index::timescale`.
    pub(crate) time: u64,
    pub(crate) duration: u64,
}

/// Content of a `sidx`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) timescale: u32,
    pub(crate) subsegments: Vec<Subsegment>,
}

/// Reads the first `sidx` of `data`, whose place in the file is `at`. Indexes of indexes are refused.
pub(crate) fn parse(data: &[u8], at: u64) -> Result<Index, Malformed> {
    let tops = boxes(data, at, FourCc(*b"file"))?;
    let Some(sidx) = tops.iter().find(|b| b.kind.is(b"sidx")) else {
        return Err(Malformed { byte: at, what: "has no 'sidx' box where the manifest says that one is".into() });
    };
    let mut cursor = sidx.cursor();
    let (version, _) = cursor.full()?;
    cursor.u32()?;
    let timescale = cursor.u32()?;
    let mut time = cursor.sized(version)?;
    let first = cursor.sized(version)?;
    let overflow = || Malformed { byte: sidx.at, what: "'sidx' points beyond 2^64".into() };
    let mut offset = (sidx.body_at + sidx.body.len() as u64).checked_add(first).ok_or_else(overflow)?;
    cursor.u16()?;
    let mut subsegments = Vec::new();
    for _ in 0..cursor.u16()? {
        let size = cursor.u32()?;
        let (duration, _) = (cursor.u32()?, cursor.u32()?);
        if size & 0x8000_0000 != 0 {
            return Err(Malformed { byte: sidx.at, what: "'sidx' refers to another 'sidx'".into() });
        }
        let (bytes, duration) = (u64::from(size), u64::from(duration));
        subsegments.push(Subsegment { offset, bytes, time, duration });
        offset = offset.checked_add(bytes).ok_or_else(overflow)?;
        time = time.checked_add(duration).ok_or_else(overflow)?;
    }
    Ok(Index { timescale, subsegments })
}
