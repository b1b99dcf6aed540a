//! The published tree: which names it has, and what kind of object each path is.
//!
//! ```text
//! LIBRARY/<title>/index.m3u8                                 multivariant playlist
//! LIBRARY/<title>/manifest.mpd                               DASH MPD
//! LIBRARY/<title>/title.json                                 what was packaged
//! LIBRARY/<title>/<revision>/video/<rendition>/init.mp4      init segment
//! LIBRARY/<title>/<revision>/video/<rendition>/00001.m4s     media segments, numbered from 1
//! LIBRARY/<title>/<revision>/video/<rendition>/index.m3u8    media playlist
//! LIBRARY/<title>/<revision>/video/<rendition>/iframes.m3u8  I-frame playlist
//! LIBRARY/<title>/<revision>/audio/<rendition>/…             the same without I-frames
//! LIBRARY/<title>/<revision>/text/<rendition>/00001.vtt      WebVTT segments, numbered from 1, with their index.m3u8
//! LIBRARY/<title>/<revision>/text/<rendition>/text.vtt       the same cues in one file, for DASH
//! LIBRARY/<title>/<revision>/poster.jpg
//! LIBRARY/.pack/…                                            private, never served
//! ```

mod name;

use std::fmt;

pub use name::{NameError, TitleName, compose};

/// File name of a title's multivariant playlist, and of each media playlist.
pub const PLAYLIST: &str = "index.m3u8";
/// File name of a rendition's I-frame playlist.
pub const IFRAME_PLAYLIST: &str = "iframes.m3u8";
/// File name of a title's DASH MPD.
pub const MPD: &str = "manifest.mpd";
/// File name of a title's description, see [`crate::title::Title`].
pub const TITLE_JSON: &str = "title.json";
/// File name of every init segment.
pub const INIT: &str = "init.mp4";
/// File name of a title's poster, below its revision.
pub const POSTER: &str = "poster.jpg";
/// Folder of the library that holds everything private. Never served.
pub const PRIVATE: &str = ".pack";
/// Folder of a revision that holds its video renditions.
pub const VIDEO: &str = "video";
/// Folder of a revision that holds its audio renditions.
pub const AUDIO: &str = "audio";

/// Folder of a revision that holds its text renditions.
pub const TEXT: &str = "text";
/// File name of all cues of a text rendition.
pub const WHOLE_TEXT: &str = "text.vtt";

/// File name of text segment `number` (from 1).
#[must_use]
pub fn text_segment_name(number: u32) -> String {
    format!("{number:05}.vtt")
}

/// File name of media segment `number` (from 1).
#[must_use]
pub fn segment_name(number: u32) -> String {
    format!("{number:05}.m4s")
}

/// A revision's name: `R` and 16 lower-case hexadecimal digits. The capital keeps it apart from every part of a title's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(String);

impl Revision {
    /// Names a revision by the first 64 bits of a digest of all that decides its bytes.
    #[must_use]
    pub fn from_digest(digest: u64) -> Self {
        Self(format!("R{digest:016x}"))
    }

    /// Reads a path's part; `None` when it is no revision's name.
    #[must_use]
    pub fn parse(part: &str) -> Option<Self> {
        let hex = part.strip_prefix('R')?;
        let ok = hex.len() == 16 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        ok.then(|| Self(part.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kind of a file of the tree. Its cache policy and content type follow from this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Object {
    /// HLS multivariant playlist.
    Multivariant,
    /// DASH MPD.
    Mpd,
    /// A title's `title.json`.
    TitleJson,
    /// HLS media or I-frame playlist, below a revision.
    MediaPlaylist,
    /// Video init segment or media segment.
    VideoSegment,
    /// Audio init segment or media segment.
    AudioSegment,
    /// WebVTT.
    Text,
    /// JPEG image.
    Image,
}

/// A path of the tree, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreePath {
    /// The title that the object belongs to.
    pub title: TitleName,
    /// The revision that it lies below; `None` for the small files that are replaced.
    pub revision: Option<Revision>,
    /// The kind of object.
    pub object: Object,
}

impl TreePath {
    /// Takes `path`, relative to the library with `/` between its parts, apart.
    /// `None` when the tree has no such place, the private folder and hidden files among them.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        if let Some(at) = parts.iter().position(|p| p.starts_with('R')) {
            let title = TitleName::parse(&parts[..at].join("/")).ok()?;
            let revision = Revision::parse(parts[at])?;
            let object = Object::below_revision(&parts[at + 1..])?;
            return Some(Self { title, revision: Some(revision), object });
        }
        let (file, title) = parts.split_last()?;
        let title = TitleName::parse(&title.join("/")).ok()?;
        let object = match *file {
            PLAYLIST => Object::Multivariant,
            MPD => Object::Mpd,
            TITLE_JSON => Object::TitleJson,
            _ => return None,
        };
        Some(Self { title, revision: None, object })
    }
}

/// The title of `path`, relative to the library, without a look at the rest: for what [`TreePath::parse`] takes, the same
/// title; for anything else, any part of it. For paths that were parsed before, at no cost.
#[must_use]
pub fn title_of(path: &str) -> &str {
    let end = path.find("/R").or_else(|| path.rfind('/')).unwrap_or(0);
    path.get(..end).unwrap_or_default()
}

impl Object {
    fn below_revision(parts: &[&str]) -> Option<Self> {
        let (file, folders) = parts.split_last()?;
        if parts.iter().any(|p| p.is_empty() || p.starts_with('.')) {
            return None;
        }
        match file.rsplit_once('.')?.1 {
            "m3u8" => Some(Self::MediaPlaylist),
            "vtt" => Some(Self::Text),
            "jpg" => Some(Self::Image),
            "m4s" | "mp4" if folders.first() == Some(&AUDIO) => Some(Self::AudioSegment),
            "m4s" | "mp4" => Some(Self::VideoSegment),
            _ => None,
        }
    }

    /// The media type that the contract fixes.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Multivariant | Self::MediaPlaylist => "application/vnd.apple.mpegurl",
            Self::Mpd => "application/dash+xml",
            Self::TitleJson => "application/json",
            Self::VideoSegment => "video/mp4",
            Self::AudioSegment => "audio/mp4",
            Self::Text => "text/vtt; charset=utf-8",
            Self::Image => "image/jpeg",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_told_apart() {
        let object = |p: &str| TreePath::parse(p).map(|t| t.object);
        assert_eq!(object("a/b/index.m3u8"), Some(Object::Multivariant));
        assert_eq!(object("a/R0123456789abcdef/video/1080p/index.m3u8"), Some(Object::MediaPlaylist));
        assert_eq!(object("audio/R0123456789abcdef/video/x/00001.m4s"), Some(Object::VideoSegment));
        assert_eq!(object("a/R0123456789abcdef/audio/x/init.mp4"), Some(Object::AudioSegment));
        for none in [
            "index.m3u8",
            ".pack/lock",
            "a/.pack/index.m3u8",
            "a/R012/x.m4s",
            "a/other.txt",
            "a/R0123456789abcdef/../x.m4s",
            "a/R0123456789abcdef/x.sh",
        ] {
            assert_eq!(object(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn a_parsed_path_has_the_title_that_title_of_finds(
            title in "[a-zR0-9._-]{0,5}(/[a-zR0-9._-]{1,5}){0,2}",
            rest in "/(index\\.m3u8|title\\.json|R0123456789abcdef/[a-zR/]{0,9}x\\.m4s|\\PC{0,9})",
        ) {
            let path = format!("{title}{rest}");
            if let Some(parsed) = TreePath::parse(&path) {
                prop_assert_eq!(title_of(&path), parsed.title.as_str());
            }
        }
    }
}
