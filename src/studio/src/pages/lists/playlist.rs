//! `/playlists/{playlist}`: its titles in their order.

use askama::Template;

use crate::pages::frame::Frame;
use crate::pages::view::{Card, Empty};

/// A playlist.
#[derive(Debug, Template)]
#[template(path = "lists/playlist.html")]
pub(in crate::pages) struct PlaylistPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) playlist: Playlist,
    pub(in crate::pages) items: Vec<Card>,
    pub(in crate::pages) empty: Empty,
}

/// What is told of it.
#[derive(Debug)]
pub(in crate::pages) struct Playlist {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) description: String,
    pub(in crate::pages) owner: String,
    pub(in crate::pages) visibility: &'static str,
    /// How many titles it has, for people.
    pub(in crate::pages) size: String,
    /// Counts its changes.
    pub(in crate::pages) version: i64,
    /// Where playing all of it begins.
    pub(in crate::pages) first: Option<String>,
    /// True for its owner.
    pub(in crate::pages) mine: bool,
}
