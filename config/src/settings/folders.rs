//! The two folders: where recordings come from, and where titles go.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::field;

/// The folder that recordings are put into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ingest {
    /// The folder.
    #[serde(deserialize_with = "field::path")]
    pub path: PathBuf,
    /// Seconds between the two equal looks after which a file is taken for finished; `None` lets its file system decide.
    #[serde(with = "field::seconds_or_auto")]
    pub settle: Option<u32>,
    /// Files and folders that are left out, as globs.
    #[serde(deserialize_with = "field::globs")]
    pub exclude: Vec<String>,
}

/// The folder that titles are published in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// The folder.
    #[serde(deserialize_with = "field::path")]
    pub path: PathBuf,
}
