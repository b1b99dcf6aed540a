//! Secrets that whoever has them is let in by: of sessions, tokens, links and invitations.

pub(super) mod password;

use std::fmt;

use super::id::{NoRandom, random_text};

/// A secret of 160 bits, as 32 digits of base 32. The database has only its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// BLAKE3 of a secret, hexadecimal. A plain hash is enough: the secret is random, so nobody can try them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretHash(String);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn random() -> Result<Self, NoRandom> {
        Ok(Self(random_text(32)?))
    }

    /// A secret that somebody shows.
    #[must_use]
    pub fn shown(text: &str) -> Self {
        Self(text.into())
    }

    /// Its text, to be handed out once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The hash that the database knows it by.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(blake3::hash(self.0.as_bytes()).to_hex().to_string())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl SecretHash {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
