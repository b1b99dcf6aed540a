//! A bounded tree of an XML document. A document type is refused: it can expand without end or name files.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

const MAX_DEPTH: usize = 24;
const MAX_ELEMENTS: usize = 500_000;
/// More attributes of one element are refused: each is compared with those before it.
const MAX_ATTRIBUTES: usize = 256;

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// As written, prefix included.
    pub(crate) name: String,
    pub(crate) line: u32,
    /// In order; names as written.
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    /// Its own text.
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |c| c.name == name)
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }
}

/// Why a document is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct XmlError {
    pub(crate) line: u32,
    pub(crate) what: String,
    /// A limit, rather than the form.
    pub(crate) limit: bool,
}

/// Reads the document `text`; gives its root.
pub(crate) fn parse(text: &str) -> Result<Element, XmlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    let mut lines = Lines { text: text.as_bytes(), byte: 0, line: 1 };
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0;
    loop {
        let line = lines.at(reader.buffer_position());
        let error = |what: String, limit: bool| XmlError { line, what, limit };
        let wrong = |what: String| error(what, false);
        match reader.read_event().map_err(|e| wrong(e.to_string()))? {
            Event::Start(start) => {
                open.push(element(&start, line).map_err(wrong)?);
                count += 1;
            }
            Event::Empty(start) => {
                close(element(&start, line).map_err(wrong)?, &mut open, &mut root).map_err(wrong)?;
                count += 1;
            }
            Event::End(_) => {
                let element = open.pop().ok_or_else(|| wrong("an element ends that did not start".into()))?;
                close(element, &mut open, &mut root).map_err(wrong)?;
            }
            Event::Text(text) => add_text(&mut open, text.xml10_content().trim()),
            Event::CData(text) => add_text(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten();
                let name = reference.xml10_content();
                let character = character.or_else(|| predefined(&name));
                let character = character.ok_or_else(|| wrong(format!("unknown entity &{name};")))?;
                add_text(&mut open, character.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => return Err(wrong("has a document type, expected none".into())),
            Event::Eof if !open.is_empty() => return Err(wrong("ends within an element".into())),
            Event::Eof => return root.ok_or_else(|| wrong("has no element".into())),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        if open.len() > MAX_DEPTH || count > MAX_ELEMENTS {
            return Err(error(format!("more than {MAX_DEPTH} levels or {MAX_ELEMENTS} elements are not read"), true));
        }
    }
}

fn add_text(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), String> {
    match (open.last_mut(), root.is_some()) {
        (Some(parent), _) => parent.children.push(element),
        (None, false) => *root = Some(element),
        (None, true) => return Err(format!("<{}> stands behind the document element", element.name)),
    }
    Ok(())
}

fn element(start: &BytesStart<'_>, line: u32) -> Result<Element, String> {
    let mut attributes = Vec::new();
    // The iterator refuses an attribute that stands twice.
    for attribute in start.attributes() {
        if attributes.len() == MAX_ATTRIBUTES {
            return Err(format!("<{}> has more than {MAX_ATTRIBUTES} attributes", start.name().as_ref()));
        }
        let attribute = attribute.map_err(|e| e.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| e.to_string())?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element { name: start.name().as_ref().to_owned(), line, attributes, ..Element::default() })
}

/// Counts lines as reading goes on.
struct Lines<'a> {
    text: &'a [u8],
    byte: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line of `byte`, which never falls from call to call.
    fn at(&mut self, byte: u64) -> u32 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.get(self.byte..byte).unwrap_or_default();
        let newlines = passed.iter().filter(|&&b| b == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        self.byte = self.byte.max(byte);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_know_their_lines() {
        let root =
            parse("<?xml version=\"1.0\"?>\n<MPD a='1'>\n <Period/>\n <BaseURL>x&amp;y/</BaseURL>\n</MPD>").unwrap();
        let lines: Vec<(&str, u32, &str)> = root.children.iter().map(|c| (&*c.name, c.line, &*c.text)).collect();
        assert_eq!((root.line, root.get("a")), (2, Some("1")));
        assert_eq!(lines, [("Period", 3, ""), ("BaseURL", 4, "x&y/")]);
    }

    #[test]
    fn what_could_hurt_is_refused() {
        let deep = "<a>".repeat(40);
        let broad = format!("<MPD{}/>", (0..300).map(|n| format!(" a{n}=''")).collect::<String>());
        for text in [
            "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><MPD>&a;</MPD>",
            "<MPD>&unknown;</MPD>",
            "<MPD a='1' a='2'/>",
            "<MPD>",
            "<MPD></Period>",
            "<MPD/><MPD/>",
            "",
            &deep,
            &broad,
        ] {
            assert!(parse(text).is_err(), "{}", &text[..text.len().min(100)]);
        }
    }
}
