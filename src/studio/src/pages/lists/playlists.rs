//! `/playlists`: one's own, and those of others.

use askama::Template;

use crate::pages::frame::Frame;
use crate::pages::view::{Card, Empty};

/// Playlists.
#[derive(Debug, Template)]
#[template(path = "lists/playlists.html")]
pub(in crate::pages) struct PlaylistsPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) own: Vec<Card>,
    pub(in crate::pages) others: Vec<Card>,
    pub(in crate::pages) empty: Empty,
}
