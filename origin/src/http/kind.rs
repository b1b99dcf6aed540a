//! The kinds of object that metrics and the access log tell apart.

use config::tree::Object;

/// The kinds of object that metrics are labelled by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Multivariant playlist or MPD.
    Manifest,
    /// Media or I-frame playlist.
    Playlist,
    /// Video segment.
    Video,
    /// Audio segment.
    Audio,
    /// WebVTT.
    Text,
    /// Image.
    Image,
    /// JSON.
    Api,
    /// Page, or a file that pages load.
    Page,
    /// Anything else: health, preflights, 404s.
    Other,
}

impl Kind {
    /// All kinds, in the order of their numbers.
    pub(crate) const ALL: [Self; 9] = [
        Self::Manifest,
        Self::Playlist,
        Self::Video,
        Self::Audio,
        Self::Text,
        Self::Image,
        Self::Api,
        Self::Page,
        Self::Other,
    ];

    /// Its label.
    #[must_use]
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Playlist => "playlist",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Text => "text",
            Self::Image => "image",
            Self::Api => "api",
            Self::Page => "page",
            Self::Other => "other",
        }
    }
}

impl From<Object> for Kind {
    fn from(object: Object) -> Self {
        match object {
            Object::Multivariant | Object::Mpd => Self::Manifest,
            Object::MediaPlaylist => Self::Playlist,
            Object::VideoSegment => Self::Video,
            Object::AudioSegment => Self::Audio,
            Object::Text => Self::Text,
            Object::Image => Self::Image,
            Object::TitleJson => Self::Api,
        }
    }
}
