//! The boxes at the top of a segment, as they come.

use super::{FourCc, Malformed};
use crate::fetch::{FetchError, Input};
use crate::report::rule::Rule;
use crate::report::rules::media as rules;

/// Largest `moof`, `moov` or `styp` that is read into memory.
const MAX_IN_MEMORY: u64 = 16 << 20;
/// Length of a box that goes to the end of a file whose length is not known.
pub(super) const TO_THE_END: u64 = u64::MAX;

/// Why a segment was not read to its end.
pub(super) enum Stop {
    Malformed(&'static Rule, Malformed),
    Fetch(FetchError),
}

impl From<FetchError> for Stop {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl From<Malformed> for Stop {
    fn from(error: Malformed) -> Self {
        Self::Malformed(&rules::BOXES, error)
    }
}

/// The next box's first eight bytes; `None` at the end.
pub(super) fn next_header(input: &mut Input) -> Result<Option<[u8; 8]>, Stop> {
    let at = input.at();
    let mut header = [0; 8];
    match input.fill(&mut header)? {
        0 => Ok(None),
        8 => Ok(Some(header)),
        count => {
            let what = format!("{count} bytes are left where a box should start");
            Err(Stop::Malformed(&rules::TRUNCATED, Malformed { byte: at, what }))
        }
    }
}

/// A box's type and the length of what follows its header.
pub(super) fn box_length(input: &mut Input, header: [u8; 8], at: u64) -> Result<(FourCc, u64), Stop> {
    let [a, b, c, d, kind @ ..] = header;
    let kind = FourCc(kind);
    let size = u64::from(u32::from_be_bytes([a, b, c, d]));
    let too_small = || Stop::from(Malformed { byte: at, what: format!("box '{kind}' is smaller than its header") });
    match size {
        0 => Ok((kind, input.left().unwrap_or(TO_THE_END))),
        1 => {
            let mut large = [0; 8];
            if input.fill(&mut large)? < 8 {
                return Err(too_small());
            }
            Ok((kind, u64::from_be_bytes(large).checked_sub(16).ok_or_else(too_small)?))
        }
        _ => Ok((kind, size.checked_sub(8).ok_or_else(too_small)?)),
    }
}

pub(super) fn in_memory(input: &mut Input, length: u64, at: u64, kind: FourCc) -> Result<Vec<u8>, Stop> {
    let left = input.left().unwrap_or(u64::MAX);
    if length > left {
        return Err(truncated(at, kind, length, left));
    }
    let size = usize::try_from(length).ok().filter(|_| length <= MAX_IN_MEMORY);
    let Some(size) = size else {
        let what = format!("'{kind}' has {length} bytes, more than {MAX_IN_MEMORY} are not read");
        return Err(Malformed { byte: at, what }.into());
    };
    let mut body = vec![0; size];
    let got = input.fill(&mut body)?;
    if got < size { Err(truncated(at, kind, length, got as u64)) } else { Ok(body) }
}

pub(super) fn skip(input: &mut Input, length: u64, at: u64, kind: FourCc) -> Result<(), Stop> {
    if length == TO_THE_END {
        input.finish()?;
        return Ok(());
    }
    let skipped = input.skip(length)?;
    if skipped < length { Err(truncated(at, kind, length, skipped)) } else { Ok(()) }
}

fn truncated(at: u64, kind: FourCc, claimed: u64, there: u64) -> Stop {
    let what = format!("box '{kind}' claims {claimed} bytes, {there} are there");
    Stop::Malformed(&rules::TRUNCATED, Malformed { byte: at, what })
}
