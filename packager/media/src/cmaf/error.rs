//! Errors in an encoder's output, with their places.

use std::fmt;
use std::io;

use crate::bmff::FourCc;

/// Why a rendition could not be packaged.
#[derive(Debug, thiserror::Error)]
#[error("{rendition}: {fault}")]
pub struct CmafError {
    /// The rendition's folder below its revision, such as `video/1080p-6000`.
    pub rendition: String,
    /// The fault, with its place.
    pub fault: Fault,
}

/// A fault in the output of an encoder, with its place.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The pipe from ffmpeg failed.
    #[error("ffmpeg's output cannot be read at byte {at}: {cause}")]
    Read {
        /// Bytes read before.
        at: u64,
        /// The system's reason.
        cause: io::Error,
    },
    /// The stream ended where it must not.
    #[error("ffmpeg's output ends at byte {at}, {inside}; see ffmpeg's own messages for the reason")]
    Cut {
        /// Bytes read before.
        at: u64,
        /// The place that it ended in, as a phrase.
        inside: &'static str,
    },
    /// A box that is not as ISO/IEC 14496-12 or ffmpeg's options have it.
    #[error("ffmpeg's output has a '{kind}' box at byte {at} that {problem}")]
    Box {
        /// The outermost box.
        kind: FourCc,
        /// The byte that it starts at.
        at: u64,
        /// The defect, as a clause.
        problem: String,
    },
    /// The track is not what the plan asked for.
    #[error("{what} should be {expected}, but ffmpeg made {found}")]
    Track {
        /// Which property.
        what: &'static str,
        /// As planned.
        expected: String,
        /// As made.
        found: String,
    },
    /// The samples do not stand on the grid.
    #[error("at {place}, {what} should be {expected}, but ffmpeg made {found}")]
    Grid {
        /// The frame or sample of the title, and its time.
        place: String,
        /// Which property.
        what: &'static str,
        /// As the grid has it.
        expected: String,
        /// As made.
        found: String,
    },
    /// A segment cannot be written.
    #[error("{segment} cannot be written: {cause}")]
    Write {
        /// Its name.
        segment: String,
        /// The system's reason.
        cause: io::Error,
    },
}

impl Fault {
    pub(super) fn track(what: &'static str, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self::Track { what, expected: expected.to_string(), found: found.to_string() }
    }

    pub(super) fn grid(
        place: String,
        what: &'static str,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        Self::Grid { place, what, expected: expected.to_string(), found: found.to_string() }
    }

    pub(super) fn of(self, rendition: String) -> CmafError {
        CmafError { rendition, fault: self }
    }
}
