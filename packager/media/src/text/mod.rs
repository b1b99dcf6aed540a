//! Timed text as pure values: cues, read from files that people write and written as WebVTT.
//!
//! Times are milliseconds. What a file holds that is no cue is left out and told of, by its line; a file is never refused for
//! one cue.

mod charset;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod markup;
mod merge;
mod read;
mod subrip;
mod time;
mod webvtt;
mod write;

use serde::{Deserialize, Serialize};

pub use merge::with_forced;
pub use read::{Fault, MAX_FILE, Reading, TextError, read};
pub use write::{TooMuch, Written, write};

/// A stretch of time, and what is shown in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// Milliseconds; below 0 where it begins before the title.
    pub start_ms: i64,
    /// Milliseconds, above the start.
    pub end_ms: i64,
    /// WebVTT's cue settings, such as `line:0 align:start`; empty for the usual place.
    pub settings: String,
    /// WebVTT's cue text: lines without an empty one among them.
    pub text: String,
}

/// A format of files of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// WebVTT (W3C).
    WebVtt,
    /// SubRip (`.srt`).
    SubRip,
}
