//! The state of a title on its way to viewers.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The state of a title on its way to viewers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TitleState {
    /// Its last byte came.
    Received,
    /// It waits for its turn.
    Waiting,
    /// Its source is read.
    Probing,
    /// It is encoded.
    Encoding,
    /// All is made, and is compared with the source.
    Proving,
    /// It can be watched.
    Published,
    /// It was given up.
    Failed,
}

impl TitleState {
    const ALL: [Self; 7] =
        [Self::Received, Self::Waiting, Self::Probing, Self::Encoding, Self::Proving, Self::Published, Self::Failed];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Waiting => "waiting",
            Self::Probing => "probing",
            Self::Encoding => "encoding",
            Self::Proving => "proving",
            Self::Published => "published",
            Self::Failed => "failed",
        }
    }

    /// True if nothing more happens by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Published | Self::Failed)
    }
}

impl FromStr for TitleState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or(())
    }
}
