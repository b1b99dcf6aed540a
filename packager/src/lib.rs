//! From a recording to a published title.
//!
//! ffmpeg decodes, filters and encodes; this crate packages. See `plan` for what is decided before anything is encoded,
//! `ffmpeg` for the commands that follow from it, `pipeline` for doing the jobs and publishing what was proven, `queue`
//! for which sources have their turn when. What
//! media are is in the crate `media`; judging them is for the crate `check`; running programs for the crate `tools`.

pub mod clock;
mod control;
pub mod event;
pub mod ffmpeg;
pub mod ingest;
pub mod ladder;
pub mod library;
pub mod pipeline;
pub mod plan;
pub mod probe;
pub mod queue;
pub mod source;
pub mod still;

pub use control::Control;
