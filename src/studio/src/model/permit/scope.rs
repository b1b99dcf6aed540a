//! What a token may be used for.

use super::role::Role;
use serde::{Deserialize, Serialize};

/// A part of what an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Reads what the account may see.
    Read,
    /// Changes titles, playlists and the account's own facts.
    Write,
    /// Uploads.
    Upload,
    /// Goes live.
    Live,
    /// Judges what others do.
    Moderate,
    /// Manages accounts and the studio.
    Admin,
    /// Signs in over FTP.
    Ftp,
}

/// Scopes of a token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<Scope>);

impl Scope {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Write, Self::Upload, Self::Live, Self::Moderate, Self::Admin, Self::Ftp];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Upload => "upload",
            Self::Live => "live",
            Self::Moderate => "moderate",
            Self::Admin => "admin",
            Self::Ftp => "ftp",
        }
    }
}

impl Scopes {
    /// Each of `scopes` once.
    #[must_use]
    pub fn new(mut scopes: Vec<Scope>) -> Self {
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }

    /// Reads what [`Self::text`] wrote; what is no scope is left out.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let named = |word: &str| Scope::ALL.into_iter().find(|scope| scope.name() == word);
        Self::new(text.split(' ').filter_map(named).collect())
    }

    /// Their names, joined by spaces.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
    }

    /// True if `scope` is one of them.
    #[must_use]
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// The role of an account with `role` while it acts for these: what moderators and administrators may do beyond their own
    /// things takes a scope of its own.
    #[must_use]
    pub fn bound(&self, role: Role) -> Role {
        let most = if self.contains(Scope::Admin) {
            Role::Administrator
        } else if self.contains(Scope::Moderate) {
            Role::Moderator
        } else {
            Role::Creator
        };
        role.min(most)
    }

    /// All of them.
    #[must_use]
    pub fn list(&self) -> &[Scope] {
        &self.0
    }
}
