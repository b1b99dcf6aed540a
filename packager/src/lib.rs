//! From a recording to a published title.
//!
//! ffmpeg decodes, filters and encodes; this crate packages. See `plan` for what is decided before anything is encoded,
//! `cmaf` for how ffmpeg's bytes become media segments, `presentation` for the one model that the manifests render.

pub mod cancel;
pub mod check;
pub mod cmaf;
pub mod color;
pub mod dash;
pub mod event;
pub mod ffmpeg;
pub mod hls;
pub mod ingest;
pub mod ladder;
pub mod language;
pub mod library;
pub mod pipeline;
pub mod plan;
pub mod presentation;
pub mod probe;
pub mod process;
pub mod source;
pub mod steering;
pub mod time;
pub mod tools;
