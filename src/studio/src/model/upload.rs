//! The state of an upload.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The state of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UploadState {
    /// Bytes are missing.
    Receiving,
    /// All bytes are there; its title is being made known to the packager.
    Received,
    /// The packager has it.
    Done,
    /// No byte came for too long; those that had come are gone.
    Expired,
    /// Its sender gave it up.
    Terminated,
}

impl UploadState {
    const ALL: [Self; 5] = [Self::Receiving, Self::Received, Self::Done, Self::Expired, Self::Terminated];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Received => "received",
            Self::Done => "done",
            Self::Expired => "expired",
            Self::Terminated => "terminated",
        }
    }
}

impl FromStr for UploadState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or(())
    }
}
