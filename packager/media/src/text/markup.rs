//! Markup within a cue's text: SubRip's becomes WebVTT's, or is dropped; and a text without any.

use super::Cue;

/// The tags that both have.
const TAGS: [&str; 6] = ["i", "/i", "b", "/b", "u", "/u"];
/// Longest tag, bytes.
const MAX_TAG: usize = 200;

/// SubRip's text as WebVTT's (§4.2.2): what is bold, italic or underlined stays so; where it stands becomes a setting;
/// fonts and all else are dropped. Signs that begin markup are written as what they are.
pub(super) fn converted(text: &str) -> (String, String) {
    let (mut settings, mut out) = (String::new(), String::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', '{', '>']) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let taken = match tail.as_bytes().first() {
            Some(b'<') => tag(tail, &mut out),
            Some(b'{') => override_of(tail, &mut settings),
            Some(b'&') => entity(tail, &mut out),
            _ => None,
        };
        rest = taken.unwrap_or_else(|| {
            let (sign, after) = tail.split_at(1);
            out.push_str(match sign {
                "<" => "&lt;",
                ">" => "&gt;",
                "&" => "&amp;",
                sign => sign,
            });
            after
        });
    }
    out.push_str(rest);
    // What was dropped may have left empty lines, which would end the cue; and an arrow would begin one.
    let lines: Vec<&str> = out.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    (settings, lines.join("\n"))
}

impl Cue {
    /// The same cue as a decoder gives it that writes WebVTT without regard to signs that begin markup there.
    #[must_use]
    pub fn tidied(self) -> Self {
        let (place, text) = converted(&self.text);
        Self { settings: if self.settings.is_empty() { place } else { self.settings }, text, ..self }
    }
}

/// What follows a tag that is kept or dropped.
fn tag<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let inside = text.strip_prefix('<')?;
    let end = inside.find('>').filter(|end| *end <= MAX_TAG)?;
    let (name, after) = (inside.get(..end)?.to_ascii_lowercase(), inside.get(end + 1..)?);
    let name = name.trim();
    if TAGS.contains(&name) {
        out.push('<');
        out.push_str(name);
        out.push('>');
        return Some(after);
    }
    // `<3` is a heart.
    name.trim_start_matches('/').starts_with(|c: char| c.is_ascii_alphabetic()).then_some(after)
}

/// What follows an override as ASS has it: `{\an8}` puts the text at the top.
fn override_of<'a>(text: &'a str, settings: &mut String) -> Option<&'a str> {
    let inside = text.strip_prefix("{\\")?;
    let end = inside.find('}').filter(|end| *end <= MAX_TAG)?;
    let (names, after) = (inside.get(..end)?, inside.get(end + 1..)?);
    let place = names.split('\\').find_map(|name| name.strip_prefix("an"));
    match place.and_then(|place| place.parse::<u8>().ok()) {
        Some(7..=9) => "line:0".clone_into(settings),
        Some(4..=6) => "line:50%".clone_into(settings),
        _ => {}
    }
    Some(after)
}

/// What follows an entity that WebVTT has, which stays as it is.
fn entity<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    const ENTITIES: [&str; 6] = ["&amp;", "&lt;", "&gt;", "&nbsp;", "&lrm;", "&rlm;"];
    let entity = ENTITIES.into_iter().find(|entity| text.starts_with(entity))?;
    out.push_str(entity);
    text.get(entity.len()..)
}

/// A cue's text without markup and with single spaces: what is read.
pub(super) fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_kept_or_dropped_cleanly() {
        for (text, settings, expected) in [
            ("<b>a</b> <font size=3>c</font>", "", "<b>a</b> c"),
            ("I <3 you > all", "", "I &lt;3 you &gt; all"),
            ("{\\an5\\pos(1,2)}mid {y}", "line:50%", "mid {y}"),
            ("AT&T &amp; &x;", "", "AT&amp;T &amp; &amp;x;"),
            ("{\\i1}a{\\i0}\n<font>\n</font>\nb", "", "a\nb"),
            ("a --> b", "", "a --&gt; b"),
            ("<", "", "&lt;"),
        ] {
            assert_eq!(converted(text), (settings.into(), expected.into()), "{text}");
        }
        assert_eq!(bare("<i>Hi</i>\n  you"), "Hi you");
    }
}
