//! The settings in force.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use crate::origin::Origin;

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Folder that recordings are put into.
    pub ingest: PathBuf,
    /// Folder that titles are published in.
    pub library: PathBuf,
    /// The ffmpeg that is driven.
    pub ffmpeg: Ffmpeg,
    /// How titles are made.
    pub encode: Encode,
    /// How titles are served.
    pub origin: Origin,
}

/// Where ffmpeg is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ffmpeg {
    /// The program, or its name on PATH.
    pub ffmpeg: PathBuf,
    /// The program, or its name on PATH.
    pub ffprobe: PathBuf,
}

/// How titles are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encode {
    /// x264's preset.
    pub preset: String,
    /// Length of a GOP in seconds; made a whole number of frames.
    pub gop_seconds: u32,
    /// GOPs a segment.
    pub segment_gops: u32,
    /// Segments a chunk.
    pub chunk_segments: u32,
    /// Chunks encoded at the same time; 0 lets the number of processors decide.
    pub jobs: u32,
}
