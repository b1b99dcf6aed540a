//! Boxes (ISO/IEC 14496-12 §4.2): their fields, read and written.

mod read;
mod write;

use std::fmt;

pub(crate) use read::{Fields, Parsed};
pub(crate) use write::Boxes;

/// A four-character code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FourCc(pub [u8; 4]);

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{self}'")
    }
}
