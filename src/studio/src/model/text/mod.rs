//! Texts that people write: bounded, and free of what no reader can see.

pub mod markdown;
pub(super) mod webvtt;
pub mod words;

/// Most tags of a title.
const TAGS: usize = 30;
/// Longest tag, characters.
const TAG: usize = 50;
/// Longest name, characters.
const NAME: usize = 200;
/// Longest description, characters.
const DESCRIPTION: usize = 10_000;
/// Longest language tag, characters: enough for all of BCP 47's usual ones (RFC 5646 §4.4.1).
const LANGUAGE: usize = 35;

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but space.
    #[error("it can't be empty")]
    Empty,
    /// Too long.
    #[error("it has at most {0} characters")]
    Long(usize),
    /// It has characters that can't be seen.
    #[error("it can't have control characters")]
    Control,
    /// A tag with a comma.
    #[error("a tag can't have a comma")]
    Comma,
    /// Too many.
    #[error("there are at most {0}")]
    Many(usize),
    /// A language that is none.
    #[error("expected a language tag, as 'en' or 'pt-BR'")]
    Language,
}

/// A name: one line of 1 to 200 characters.
///
/// # Errors
/// When it is none.
pub fn name(text: &str) -> Result<String, TextError> {
    let text = line(text, NAME)?;
    if text.is_empty() { Err(TextError::Empty) } else { Ok(text) }
}

/// A description: up to 10,000 characters of Markdown.
///
/// # Errors
/// When it is too long, or has control characters other than ends of lines and tabs.
pub fn description(text: &str) -> Result<String, TextError> {
    let text = text.replace("\r\n", "\n");
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(TextError::Control);
    }
    bounded(text.trim_end(), DESCRIPTION)
}

/// A word or two, as of a category or a licence; it may be empty.
///
/// # Errors
/// When it is too long, or has control characters.
pub fn label(text: &str) -> Result<String, TextError> {
    line(text, TAG)
}

/// A language tag (BCP 47), or nothing.
///
/// # Errors
/// When it is neither.
pub fn language(text: &str) -> Result<String, TextError> {
    let text = text.trim();
    let mut parts = text.split('-');
    let is_first = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic());
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_tag = text.len() <= LANGUAGE && parts.next().is_some_and(is_first) && parts.all(is_part);
    if is_tag || text.is_empty() { Ok(text.into()) } else { Err(TextError::Language) }
}

/// Tags in lower case, each once, in their order.
///
/// # Errors
/// When there are too many, or one breaks a rule.
pub fn tags(texts: &[String]) -> Result<Vec<String>, TextError> {
    let mut tags: Vec<String> = Vec::new();
    for text in texts {
        let tag = tag(text)?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > TAGS { Err(TextError::Many(TAGS)) } else { Ok(tags) }
}

/// A tag in lower case, without its `#`.
///
/// # Errors
/// When it breaks a rule.
pub fn tag(text: &str) -> Result<String, TextError> {
    let text = line(text, TAG)?;
    let tag = text.trim_start_matches('#').trim().to_lowercase();
    match tag.as_str() {
        "" => Err(TextError::Empty),
        comma if comma.contains(',') => Err(TextError::Comma),
        _ => bounded(&tag, TAG),
    }
}

fn line(text: &str, longest: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(TextError::Control);
    }
    bounded(text, longest)
}

fn bounded(text: &str, longest: usize) -> Result<String, TextError> {
    if text.chars().count() > longest { Err(TextError::Long(longest)) } else { Ok(text.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_and_can_be_seen() {
        assert_eq!(name("  A & B <i> "), Ok("A & B <i>".into()));
        assert_eq!(name(" "), Err(TextError::Empty));
        assert_eq!(name("a\nb"), Err(TextError::Control));
        assert_eq!(name(&"é".repeat(200)), Ok("é".repeat(200)));
        assert_eq!(name(&"é".repeat(201)), Err(TextError::Long(200)));
        assert_eq!(description("a\r\nb\tc\n\n"), Ok("a\nb\tc".into()));
        assert_eq!(description("a\0"), Err(TextError::Control));
        for (text, right) in [("", true), ("en", true), ("pt-BR", true), ("x", false), ("en_GB", false), ("e-n", false)]
        {
            assert_eq!(language(text).is_ok(), right, "{text}");
        }
    }

    #[test]
    fn tags_are_the_same_however_they_are_written() {
        let written = ["#Nature", "nature ", "C++", "Ünïcödé"].map(String::from);
        assert_eq!(tags(&written), Ok(vec!["nature".into(), "c++".into(), "ünïcödé".into()]));
        assert_eq!(tag("a,b"), Err(TextError::Comma));
        assert_eq!(tag("#"), Err(TextError::Empty));
        let many: Vec<String> = (0..31).map(|n| n.to_string()).collect();
        assert_eq!(tags(&many), Err(TextError::Many(30)));
    }
}
