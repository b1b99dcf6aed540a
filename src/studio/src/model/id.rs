//! Ids of rows, as they stand in addresses.

use std::fmt;
use std::str::FromStr;

use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};

/// Crockford's base 32 in lower case: no letter that is taken for a digit, and few words by chance.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 80 random bits.
const LENGTH: usize = 16;

/// An id: 16 digits of Crockford's base 32, drawn at random, so that none tells of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^[0-9a-hjkmnp-tv-z]{16}$")]
pub struct Id(String);

/// The system gives no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandom;

/// A text is no id.
#[derive(Debug, thiserror::Error)]
#[error("expected an id of {LENGTH} letters and digits")]
pub struct NoId;

impl Id {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn random() -> Result<Self, NoRandom> {
        Ok(Self(random_text(LENGTH)?))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `length` random digits of base 32.
///
/// # Errors
/// When the system gives no random bytes.
pub(super) fn random_text(length: usize) -> Result<String, NoRandom> {
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandom)?;
    Ok(bytes.iter().map(|byte| char::from(DIGITS[usize::from(byte % 32)])).collect())
}

impl FromStr for Id {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        let is_id = text.len() == LENGTH && text.bytes().all(|byte| DIGITS.contains(&byte));
        is_id.then(|| Self(text.into())).ok_or(NoId)
    }
}

impl TryFrom<String> for Id {
    type Error = NoId;

    fn try_from(text: String) -> Result<Self, NoId> {
        text.parse()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written_and_nothing_else_is() {
        let id = Id::random().unwrap();
        assert_eq!(id.as_str().parse::<Id>().unwrap(), id);
        assert_ne!(id, Id::random().unwrap());
        for text in ["", "0123456789abcde", "0123456789abcdefg", "0123456789abcdeI", "0123456789abcde/", "ééééééééé"]
        {
            assert!(text.parse::<Id>().is_err(), "{text}");
        }
    }
}
