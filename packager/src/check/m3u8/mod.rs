//! Playlists of HLS, read strictly and with line numbers. m3u8-rs reads them too; where it hides what a rule is about
//! (quotes, repeated attributes, exact decimals, lines), this reader is the one that tells.

pub(super) mod attributes;
pub(super) mod lines;
pub(super) mod media;
pub(super) mod multivariant;

/// More lines in one playlist are refused: two days of one-second segments have about 350 000.
pub(super) const MAX_LINES: usize = 1_000_000;
/// More segments in one playlist are refused.
pub(super) const MAX_SEGMENTS: usize = 200_000;
