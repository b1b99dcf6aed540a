//! Lines and tags (RFC 8216bis §4.1).

use super::MAX_LINES;

/// A line that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// From 1.
    pub(crate) number: u32,
    pub(crate) content: Content<'a>,
}

/// Content of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    /// `#EXT…`: name without `#`, and what follows the colon.
    Tag(&'a str, Option<&'a str>),
    Uri(&'a str),
}

/// The tags and URIs of `text`; blank lines and comments are left out. `None` when there are too many lines.
pub(crate) fn lines(text: &str) -> Option<impl Iterator<Item = Line<'_>>> {
    let few = text.split('\n').nth(MAX_LINES).is_none();
    few.then(|| (1u32..).zip(text.split('\n')).filter_map(meaning))
}

fn meaning((number, line): (u32, &str)) -> Option<Line<'_>> {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let content = match line.strip_prefix('#') {
        Some(tag) if tag.starts_with("EXT") => {
            let (name, value) = tag.split_once(':').map_or((tag, None), |(n, v)| (n, Some(v)));
            Content::Tag(name, value)
        }
        Some(_) => return None,
        None if line.trim().is_empty() => return None,
        None => Content::Uri(line),
    };
    Some(Line { number, content })
}
