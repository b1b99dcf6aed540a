//! What an account may do, and the state it is in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an account may do; each may do all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Watches, and makes playlists.
    Viewer,
    /// Uploads, too.
    Creator,
    /// Judges what others do, too.
    Moderator,
    /// Manages accounts and the studio, too.
    Administrator,
}

/// State of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccountState {
    /// It can sign in.
    Active,
    /// An administrator has to let it in.
    Pending,
    /// An administrator shut it out.
    Disabled,
}

/// A text names neither.
#[derive(Debug, thiserror::Error)]
#[error("expected {0}")]
pub struct Unknown(&'static str);

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Creator, Self::Moderator, Self::Administrator];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Creator => "creator",
            Self::Moderator => "moderator",
            Self::Administrator => "administrator",
        }
    }
}

impl AccountState {
    const ALL: [Self; 3] = [Self::Active, Self::Pending, Self::Disabled];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Disabled => "disabled",
        }
    }
}

impl FromStr for Role {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let found = Self::ALL.into_iter().find(|role| role.name() == text);
        found.ok_or(Unknown("viewer, creator, moderator or administrator"))
    }
}

impl FromStr for AccountState {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or(Unknown("active, pending or disabled"))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
