//! What a client says of a file: `Upload-Metadata` of tus 1.0. All of it is pure.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use config::access::Visibility;
use http::HeaderMap;

use crate::http::problem::Problem;
use crate::model::Track;
use crate::store::uploads::Goal;

/// Longest name, characters.
const LONGEST: usize = 200;

/// What a client says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The file's name on the sender's machine, for people.
    pub filename: String,
    /// The name of the title.
    pub name: String,
    /// Its audience.
    pub visibility: Visibility,
    /// What it becomes.
    pub goal: Goal,
}

/// Reads the header. Keys that are not known are left alone: clients send more than we ask for.
///
/// # Errors
/// 400 for what is no Base64, no text, or against a rule.
pub fn read(headers: &HeaderMap) -> Result<Metadata, Problem> {
    let value = |key: &str| -> Result<Option<String>, Problem> {
        let headers = headers.get_all("upload-metadata").iter();
        let pairs = headers.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
        let mut pairs = pairs.map(|pair| pair.trim().split_once(' ').unwrap_or((pair.trim(), "")));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| decode(key, value.trim())).transpose()
    };
    let filename = clean(&value("filename")?.unwrap_or_default());
    let name = clean(&value("name")?.unwrap_or_default());
    let visibility = match value("visibility")?.as_deref() {
        None | Some("") => Visibility::Restricted,
        Some(text) => text.parse().map_err(|why| Problem::invalid("visibility", why))?,
    };
    let title = |key: &str| match value(key)?.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Problem::invalid(key, "expected the id of a title")),
    };
    let goal = match (title("replace")?, title("beside")?) {
        (None, None) => Goal::Title,
        (Some(title), None) => Goal::Source(title),
        (None, Some(title)) => {
            let track = Track::audio(&value("language")?.unwrap_or_default());
            Goal::Sound(title, track.map_err(|why| Problem::invalid("language", &why.to_string()))?)
        }
        (Some(_), Some(_)) => return Err(Problem::invalid("beside", "a file replaces another, or lies beside it")),
    };
    let name = if name.is_empty() { stem(&filename) } else { name };
    Ok(Metadata { filename, name, visibility, goal })
}

/// The ending of a file's name, in lower case; empty where it has none.
#[must_use]
pub fn ending(filename: &str) -> String {
    let ending = Path::new(filename).extension().and_then(|ending| ending.to_str());
    ending.unwrap_or_default().to_ascii_lowercase()
}

fn decode(key: &str, value: &str) -> Result<String, Problem> {
    let bytes = STANDARD.decode(value).or_else(|_| STANDARD_NO_PAD.decode(value));
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| Problem::invalid(key, "Upload-Metadata holds keys with values in Base64, which are UTF-8"))
}

/// The name without its ending, or something to call it by.
fn stem(filename: &str) -> String {
    let stem = Path::new(filename).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().trim();
    if stem.is_empty() { "Untitled".into() } else { stem.into() }
}

/// The last part of a path, as a line for people: without control characters and marks that turn the text around, and not
/// too long.
fn clean(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let line: String = last.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !turns(*c)).collect();
    line.trim().chars().take(LONGEST).collect::<String>().trim_end().into()
}

/// True for marks that change the direction of text (UAX #9): a name would read otherwise than it is.
const fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Metadata, Problem> {
        let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key} {}", STANDARD.encode(value))).collect();
        let mut headers = HeaderMap::new();
        headers.insert("upload-metadata", pairs.join(", ").parse().unwrap());
        read(&headers)
    }

    #[test]
    fn a_title_is_called_as_told_or_as_its_file() {
        for (pairs, filename, name) in [
            (&[("filename", "Holiday 2026.mp4"), ("filetype", "video/mp4")][..], "Holiday 2026.mp4", "Holiday 2026"),
            (&[("filename", "a.b.mkv"), ("name", "Été")], "a.b.mkv", "Été"),
            (&[("filename", "C:\\fakepath\\x.mov")], "x.mov", "x"),
            (&[("filename", "../../etc/passwd")], "passwd", "passwd"),
            (&[("filename", "..")], "..", "Untitled"),
            (&[("filename", "a\0b\r\nc.mp4")], "a b  c.mp4", "a b  c"),
            (&[("filename", "photo\u{202e}4pm.exe")], "photo4pm.exe", "photo4pm"),
            (&[("filename", ".toml")], ".toml", ".toml"),
            (&[("name", "  ")], "", "Untitled"),
            (&[], "", "Untitled"),
        ] {
            let told = of(pairs).unwrap();
            assert_eq!((told.filename.as_str(), told.name.as_str()), (filename, name), "{pairs:?}");
            assert_eq!((told.visibility, told.goal), (Visibility::Restricted, Goal::Title));
        }
        assert_eq!(of(&[("filename", &"é".repeat(4096))]).unwrap().name, "é".repeat(200));
    }

    #[test]
    fn an_audience_and_a_title_to_replace_are_read_or_refused() {
        let id = "0123456789abcdef";
        let told = of(&[("visibility", "public"), ("replace", id)]).unwrap();
        assert_eq!((told.visibility, told.goal), (Visibility::Public, Goal::Source(id.parse().unwrap())));
        let told = of(&[("beside", id), ("language", "FR")]).unwrap();
        assert_eq!(told.goal, Goal::Sound(id.parse().unwrap(), Track::audio("fr").unwrap()));
        for (pairs, field) in [
            (&[("visibility", "everyone")][..], "visibility"),
            (&[("replace", "../x")], "replace"),
            (&[("beside", "../x"), ("language", "fr")], "beside"),
            (&[("beside", id)], "language"),
            (&[("beside", id), ("language", "../x")], "language"),
            (&[("beside", id), ("language", "fr"), ("replace", id)], "beside"),
        ] {
            assert_eq!(of(pairs).unwrap_err().field.as_deref(), Some(field), "{pairs:?}");
        }
        for bad in ["filename ?", "filename /w=="] {
            let mut headers = HeaderMap::new();
            headers.insert("upload-metadata", bad.parse().unwrap());
            assert_eq!(read(&headers).unwrap_err().status, 400, "{bad}");
        }
    }

    #[test]
    fn endings_are_told_in_lower_case() {
        for (name, expected) in
            [("a.MP4", "mp4"), ("a.b.MkV", "mkv"), ("a", ""), (".toml", ""), ("a.", ""), ("a.ф", "ф")]
        {
            assert_eq!(ending(name), expected, "{name}");
        }
    }
}
