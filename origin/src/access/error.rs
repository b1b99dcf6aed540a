//! Errors of keys and records, and the reasons for denying a title.

use std::path::PathBuf;

use config::access::AccessError;

/// A failure to read keys or records.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A key that a setting names can't be used.
    #[error("setting {setting}: {}: {why}", file.display())]
    Key {
        /// The setting.
        setting: &'static str,
        /// Its file.
        file: PathBuf,
        /// The fault, and what to do.
        why: String,
    },
    /// The library's records or its own key can't be read.
    #[error(transparent)]
    Library(#[from] AccessError),
}

/// Reasons for denying a restricted title, for the log alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Denied {
    #[error("there is no token")]
    Missing,
    #[error("the token is none of ours, or for another title")]
    Invalid,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    Early,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token is for other titles")]
    Elsewhere,
    #[error("the token is revoked: its epoch is not the title's")]
    Revoked,
    #[error("its record is damaged or can't be read, so that it is closed to everyone")]
    Closed,
}
