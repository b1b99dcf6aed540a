//! Attribute lists (RFC 8216bis §4.2).

use std::fmt::{Display, Write};

/// A tag with its attributes. Whether a value is quoted is part of the attribute's definition, so each has its method.
#[derive(Debug)]
pub(super) struct Tag(String);

impl Tag {
    /// `name` with `#` and without the colon.
    pub(super) fn new(name: &str) -> Self {
        Self(format!("{name}:"))
    }

    /// Adds an enumerated string, a number or a resolution.
    pub(super) fn plain(mut self, name: &str, value: impl Display) -> Self {
        let comma = if self.0.ends_with(':') { "" } else { "," };
        // Writing to a String does not fail.
        let _ = write!(self.0, "{comma}{name}={value}");
        self
    }

    /// Adds a quoted string. What it must not hold is replaced: there is no escape.
    pub(super) fn quoted(self, name: &str, value: &str) -> Self {
        let value: String = value
            .chars()
            .map(|c| match c {
                '"' => '\'',
                c if c.is_control() => ' ',
                c => c,
            })
            .collect();
        self.plain(name, format_args!("\"{value}\""))
    }

    /// The line, with its end.
    pub(super) fn line(self) -> String {
        self.0 + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_quotes() {
        let line = Tag::new("#EXT-X-MEDIA").plain("TYPE", "AUDIO").quoted("NAME", "a \"b\"\n#EXT, c").line();
        assert_eq!(line, "#EXT-X-MEDIA:TYPE=AUDIO,NAME=\"a 'b' #EXT, c\"\n");
    }
}
