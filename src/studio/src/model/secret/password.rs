//! The rules of passwords: long enough, and not one of those that everybody tries (NIST SP 800-63B §3.1.1.2; ASVS 5.0
//! 6.2.1, 6.2.4, 6.2.5, 6.2.9). No rule says which characters it has to have.

use crate::model::AccountName;

/// Fewest characters.
const SHORTEST: usize = 12;
/// Most characters.
const LONGEST: usize = 1000;
/// Words and patterns that common passwords of twelve characters and more are made of.
const COMMON: &str = include_str!("common_passwords.txt");

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It is too short.
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// It is too long.
    #[error("a password has at most {LONGEST} characters")]
    Long,
    /// It is one of those that are tried first.
    #[error("this password is one of those that are tried first: take one that nobody would guess")]
    Common,
    /// It is hardly more than the name.
    #[error("this password is hardly more than the account's name")]
    Name,
}

/// Accepts `password` for the account `name`.
///
/// # Errors
/// Says which rule it breaks.
pub fn check(password: &str, name: &AccountName) -> Result<(), PasswordError> {
    let characters = password.chars().count();
    if characters < SHORTEST {
        return Err(PasswordError::Short);
    }
    if characters > LONGEST {
        return Err(PasswordError::Long);
    }
    let lower = password.to_lowercase();
    if is_common(&lower) {
        return Err(PasswordError::Common);
    }
    let rest = lower.replace(name.as_str(), "");
    if rest.len() != lower.len() && rest.chars().filter(|c| c.is_alphabetic()).count() < 4 {
        return Err(PasswordError::Name);
    }
    Ok(())
}

/// True if nothing is left of it but what everybody appends, once the words that everybody takes are gone, or if it goes
/// round in a short circle.
fn is_common(lower: &str) -> bool {
    let mut rest: String = lower.chars().map(unleet).collect();
    for word in COMMON.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        rest = rest.replace(&word.chars().map(unleet).collect::<String>(), "");
    }
    let letters = rest.chars().filter(|c| c.is_alphabetic()).count();
    letters < 2 && rest.chars().count() < 8 || repeats(lower)
}

/// The letter that a digit or sign stands for.
const fn unleet(character: char) -> char {
    match character {
        '0' => 'o',
        '@' => 'a',
        '$' => 's',
        '3' => 'e',
        other => other,
    }
}

/// True if it is one run of at most four characters over and over.
fn repeats(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    (1..=4).any(|round| characters.iter().zip(characters.iter().skip(round)).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_and_not_the_common_ones() {
        let name: AccountName = "anna.smith".parse().unwrap();
        let tried = |password: &str| check(password, &name);
        for good in [
            "correct horse battery staple",
            "zwölf Zeichen!",
            "Tr0ub4dor&3-xkcd",
            "        y  x      z",
            &"aB9-".repeat(3).replacen("aB", "qX", 1),
        ] {
            assert_eq!(tried(good), Ok(()), "{good}");
        }
        for (bad, error) in [
            ("elevenchars", PasswordError::Short),
            (&"ab3".repeat(334), PasswordError::Long),
            ("password1234", PasswordError::Common),
            ("P@ssw0rd12345", PasswordError::Common),
            ("123456789012", PasswordError::Common),
            ("qwertyuiop123", PasswordError::Common),
            ("aaaaaaaaaaaa", PasswordError::Common),
            ("abcabcabcabc", PasswordError::Common),
            ("iloveyou2026!", PasswordError::Common),
            ("anna.smith99", PasswordError::Name),
        ] {
            assert_eq!(tried(bad), Err(error), "{bad}");
        }
        assert_eq!(tried(&"x9Qr-".repeat(200)), Ok(()));
    }
}
