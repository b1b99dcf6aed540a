//! Names of accounts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest name, characters.
const LONGEST: usize = 40;
/// Names that would be taken for the studio itself.
const RESERVED: [&str; 12] = [
    "admin",
    "administrator",
    "api",
    "help",
    "me",
    "moderator",
    "operator",
    "pack",
    "root",
    "security",
    "support",
    "system",
];

/// An account's name: 2 to 40 of `a-z 0-9 . _ -`, beginning and ending with a letter or digit. What is typed in upper case
/// is the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, min_length = 2, max_length = 40)]
pub struct AccountName(String);

/// Why a text is no account's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Too short or too long.
    #[error("a name has 2 to {LONGEST} characters")]
    Length,
    /// A character that it can't have.
    #[error(
        "a name consists of the letters a to z, digits, '.', '_' and '-', and begins and ends with a letter or digit"
    )]
    Characters,
    /// It would be taken for the studio itself.
    #[error("this name is reserved")]
    Reserved,
}

impl AccountName {
    /// The name in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a name that an administrator gives, who may take a reserved one.
    ///
    /// # Errors
    /// When it is too short, too long, or has other characters.
    pub fn parse_any(text: &str) -> Result<Self, NameError> {
        let name = text.trim().to_ascii_lowercase();
        if !(2..=LONGEST).contains(&name.chars().count()) {
            return Err(NameError::Length);
        }
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends = [name.bytes().next(), name.bytes().next_back()];
        if !name.bytes().all(|byte| is_plain(byte) || b"._-".contains(&byte))
            || !ends.into_iter().flatten().all(is_plain)
        {
            return Err(NameError::Characters);
        }
        Ok(Self(name))
    }
}

impl FromStr for AccountName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let name = Self::parse_any(text)?;
        if RESERVED.contains(&name.as_str()) { Err(NameError::Reserved) } else { Ok(name) }
    }
}

impl TryFrom<String> for AccountName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_addresses_and_unlike_the_studio() {
        for (text, name) in [("Anna", "anna"), (" b.c-d_9 ", "b.c-d_9"), ("42", "42")] {
            assert_eq!(text.parse::<AccountName>().unwrap().as_str(), name);
        }
        for (text, error) in [
            ("a", NameError::Length),
            (&"a".repeat(41), NameError::Length),
            ("-ab", NameError::Characters),
            ("ab.", NameError::Characters),
            ("a/b", NameError::Characters),
            ("žofie", NameError::Characters),
            ("Admin", NameError::Reserved),
        ] {
            assert_eq!(text.parse::<AccountName>().unwrap_err(), error, "{text}");
        }
        assert!(AccountName::parse_any("admin").is_ok());
    }
}
