//! `/playlists/{playlist}`: its titles in their order.

use askama::Template;
use axum::extract::State;

use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::path::At;
use crate::model::markdown;
use crate::pages::frame::Frame;
use crate::pages::view::{Card, Empty};
use crate::pages::{Page, html};
use crate::playlists::{self, Key, Shown};

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
    /// HTML that is safe, and the Markdown that it is made of.
    pub(in crate::pages) description: String,
    pub(in crate::pages) source: String,
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

/// `GET /playlists/{playlist}`.
pub(super) async fn show(State(app): State<App>, page: Frame, viewer: Viewer, At(key): At<Key>) -> Page {
    let shown = playlists::one(&app, &viewer, &key).await?;
    let (playlist, items) = parts(shown, &page);
    html(&PlaylistPage { page, playlist, items, empty: Empty::new("list", "empty.playlist", Some("/search")) })
}

/// A playlist, and its titles as they are played one after the other.
pub(in crate::pages) fn parts(shown: Shown, page: &Frame) -> (Playlist, Vec<Card>) {
    let id = shown.about.id.to_string();
    let card = |title| {
        let card = Card::of(title, page);
        Card { href: format!("{}?list={id}", card.href), ..card }
    };
    let items: Vec<Card> = shown.items.into_iter().map(card).collect();
    let about = shown.about;
    let playlist = Playlist {
        name: about.name,
        description: markdown(&about.description),
        source: about.description,
        owner: about.owner.to_string(),
        visibility: about.visibility.name(),
        size: page.texts.count("playlist.items", items.len() as u64),
        version: shown.version,
        first: items.first().map(|card| card.href.clone()),
        mine: about.editable,
        id,
    };
    (playlist, items)
}
