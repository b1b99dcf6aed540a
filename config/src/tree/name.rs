//! Titles' names, and how they follow from files'.

use std::fmt;

use deunicode::deunicode_char;
use icu_normalizer::ComposingNormalizerBorrowed;

use super::{MPD, PLAYLIST, TITLE_JSON};

/// Most characters of a name.
const LONGEST: usize = 800;
/// Most characters of a part of it.
const LONGEST_PART: usize = 200;
/// Characters of the digest that ends a part that was cut.
const DIGEST: usize = 16;

/// A title's name: one or more parts of `a-z 0-9 . _ -`, joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TitleName(String);

/// Why a text is no title's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameError {
    /// Nothing is left of this part once unsafe characters are taken away.
    EmptyPart(String),
    /// The part is a name that the tree itself uses.
    Reserved(String),
    /// The part holds a character outside `a-z 0-9 . _ -`.
    Unsafe(String),
    /// A part is longer than a file name may be, or all of them than a path.
    TooLong,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyPart(part) => write!(f, "'{part}' has no letter or digit to make a title's name from"),
            Self::Reserved(part) => write!(f, "'{part}' is a name that the library itself uses"),
            Self::Unsafe(part) => write!(f, "'{part}' holds characters other than a-z 0-9 . _ -"),
            // Not written out: whoever tells of it has just done so.
            Self::TooLong => {
                write!(f, "a title's name has at most {LONGEST_PART} characters a part, and {LONGEST} in all")
            }
        }
    }
}

impl std::error::Error for NameError {}

impl TitleName {
    /// Reads a name as it stands in a URL or on a command line.
    ///
    /// # Errors
    /// When it is not one that [`TitleName::from_source_path`] could have made.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.len() > LONGEST {
            return Err(NameError::TooLong);
        }
        for part in text.split('/') {
            check_part(part)?;
        }
        Ok(Self(text.into()))
    }

    /// Makes the name of the title that a source below the ingest folder becomes:
    /// `Shows/Ep 1.mov` is `shows/ep-1`. `path` is relative, with `/` between its parts.
    ///
    /// # Errors
    /// When a part has nothing to make a name from, or makes a reserved one, or all of them are too long together.
    pub fn from_source_path(path: &str) -> Result<Self, NameError> {
        let (folder, file) = path.rsplit_once('/').map_or(("", path), |(d, f)| (d, f));
        let stem = match file.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => file,
        };
        let parts = folder.split('/').filter(|p| !p.is_empty()).chain([stem]);
        let safe = parts.map(safe_part).collect::<Result<Vec<_>, _>>()?;
        Self::parse(&safe.join("/"))
    }

    /// The name, parts joined by `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TitleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_part(part: &str) -> Result<(), NameError> {
    if part.is_empty() {
        return Err(NameError::EmptyPart(part.into()));
    }
    if part.len() > LONGEST_PART {
        return Err(NameError::TooLong);
    }
    if !part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-')) {
        return Err(NameError::Unsafe(part.into()));
    }
    // A leading dot hides a file and spells `.`, `..` and `.pack`.
    if part.starts_with('.') || [PLAYLIST, MPD, TITLE_JSON].contains(&part) {
        return Err(NameError::Reserved(part.into()));
    }
    Ok(())
}

/// Composes a text: the same letters are the same bytes, whichever system wrote them (Unicode's form NFC).
#[must_use]
pub fn compose(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// Lower case, in Latin letters; every run of other characters becomes one `-`, none at either end.
fn safe_part(part: &str) -> Result<String, NameError> {
    let mut safe = String::with_capacity(part.len());
    for c in compose(part).chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => safe.push(c.to_ascii_lowercase()),
            c if c.is_ascii() => separate(&mut safe),
            c => transliterate(c, &mut safe),
        }
    }
    let safe = safe.trim_matches('-').trim_start_matches('.');
    if safe.is_empty() { Err(NameError::EmptyPart(part.into())) } else { Ok(cut(safe)) }
}

/// A part that is no longer than one may be. Of a longer one the beginning is left, and a digest of all of it, so that no two
/// become one: a letter of Chinese, of which a file's name has 80, is up to six in Latin ones.
fn cut(part: &str) -> String {
    let Some(kept) = part.get(..LONGEST_PART - DIGEST - 1).filter(|_| part.len() > LONGEST_PART) else {
        return part.into();
    };
    let digest = blake3::hash(part.as_bytes()).to_hex();
    format!("{}-{}", kept.trim_end_matches('-'), &digest[..DIGEST])
}

/// Adds what stands for `c` in Latin letters and digits. Of letters, the marks that some transliterations have are left out:
/// `ъ` is `'`.
fn transliterate(c: char, safe: &mut String) {
    let Some(latin) = deunicode_char(c) else { return separate(safe) };
    for l in latin.chars() {
        match l {
            _ if l.is_ascii_alphanumeric() => safe.push(l.to_ascii_lowercase()),
            '\'' | '`' | '"' if c.is_alphabetic() => {}
            _ => separate(safe),
        }
    }
}

fn separate(safe: &mut String) {
    if !safe.ends_with('-') {
        safe.push('-');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_source_path_becomes_a_safe_name() {
        for (path, name) in [
            ("Shows/Ep 1.mov", "shows/ep-1"),
            ("a.b.mp4", "a.b"),
            ("a - b--c_.mp4", "a--b--c_"),
            ("Ünïcode & Co.mkv", "unicode-co"),
            ("Ünïcödé été.mp4", "unicode-ete"),
            ("Видео.mp4", "video"),
            ("Подъезд.mp4", "podezd"),
            ("東京物語 (1953).mkv", "dong-jing-wu-yu-1953"),
            ("ニュース.ts", "niyusu"),
            ("한국 영화.mp4", "hangug-yeonghwa"),
            ("Straße Łódź Æ.mp4", "strasse-lodz-ae"),
            ("À l’été №5 ½.mp4", "a-l-ete-no5-1-2"),
            ("Ｆｕｌｌ.mp4", "full"),
            ("שלום/مرحبا.mp4", "shlvm/mrhb"),
            ("🎬.mp4", "clapper"),
            ("noextension", "noextension"),
            ("x/(2024) — final!!.mp4", "x/2024-final"),
        ] {
            assert_eq!(TitleName::from_source_path(path).map(|n| n.0), Ok(name.to_owned()), "{path}");
        }
    }

    #[test]
    fn names_that_the_tree_needs_are_refused() {
        assert_eq!(TitleName::from_source_path("a/index.m3u8.mp4"), Err(NameError::Reserved("index.m3u8".into())));
        assert_eq!(TitleName::from_source_path("a/(!).mp4"), Err(NameError::EmptyPart("(!)".into())));
        assert_eq!(TitleName::from_source_path("a/\u{e000}.mp4"), Err(NameError::EmptyPart("\u{e000}".into())));
        for bad in ["", "a//b", "/a", "a/", "..", "a/../b", ".pack", "A", "a b", "a%2eb", "a\\b"] {
            assert!(TitleName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_part_that_is_too_long_is_cut_and_told_apart_by_its_digest() {
        let named = |path: &str| TitleName::from_source_path(path).map(|name| name.0);
        let film = |end: &str| named(&format!("{}{end}.mp4", "床前明月光".repeat(16))).unwrap();
        let (one, other) = (film("甲"), film("乙"));
        assert!(one.starts_with("chuang-qian-ming-yue-guang-chuang") && one.len() <= LONGEST_PART, "{one}");
        assert_ne!(one, other);
        assert_eq!(one, film("甲"));
        // As long as may be, and one more.
        let long = "a".repeat(LONGEST_PART);
        assert_eq!(named(&format!("{long}.mp4")), Ok(long.clone()));
        let digest = &blake3::hash(format!("{long}b").as_bytes()).to_hex()[..DIGEST];
        assert_eq!(named(&format!("x/{long}b.mp4")), Ok(format!("x/{}-{digest}", &long[..LONGEST_PART - DIGEST - 1])));
        assert_eq!(named(&format!("{}/x.mp4", [long.as_str(); 4].join("/"))), Err(NameError::TooLong));
    }

    #[test]
    fn the_same_letters_make_the_same_name_however_they_are_encoded() {
        for (composed, decomposed) in [
            ("été", "e\u{301}te\u{301}"),
            ("한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"),
            ("が", "か\u{3099}"),
        ] {
            assert_ne!(composed, decomposed);
            assert_eq!(compose(decomposed), composed);
            assert_eq!(TitleName::from_source_path(composed), TitleName::from_source_path(decomposed));
        }
    }

    proptest! {
        #[test]
        fn any_path_makes_a_name_that_can_be_read_back_or_none(path in "\\PC{0,40}(/\\PC{0,40})?") {
            if let Ok(name) = TitleName::from_source_path(&path) {
                let read = TitleName::parse(name.as_str());
                prop_assert_eq!(read, Ok(name));
            }
        }

        /// As it always was.
        #[test]
        fn names_in_ascii_are_cleaned_alone(stem in "[ -.0-~]{1,30}") {
            let expected: String = stem.to_ascii_lowercase().chars().fold(String::new(), |mut text, c| {
                match c {
                    'a'..='z' | '0'..='9' | '.' | '_' | '-' => text.push(c),
                    _ if text.ends_with('-') => {}
                    _ => text.push('-'),
                }
                text
            });
            let expected = expected.trim_matches('-').trim_start_matches('.');
            if let Ok(name) = TitleName::from_source_path(&format!("{stem}.mp4")) {
                prop_assert_eq!(name.as_str(), expected);
            }
        }
    }
}
