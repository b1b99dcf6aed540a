//! Readers of what manifests are written in: playlists, MPDs, and the notations of numbers, dates and languages.

pub(crate) mod date;
pub(crate) mod decimal;
pub(crate) mod language;
pub(crate) mod m3u8;
pub(crate) mod mpd;
