//! `/playlists`: one's own, and those of others.

use askama::Template;
use axum::extract::State;
use config::access::Visibility;
use serde::Deserialize;

use crate::http::App;
use crate::http::caller::signed_in::{SignedIn, Viewer};
use crate::http::cursor::Paging;
use crate::http::path::{Asked, At};
use crate::http::problem::Problem;
use crate::model::Id;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::view::{Card, Empty, more};
use crate::pages::{Page, html, see};
use crate::playlists::{self, Edit, Key, Listed};

/// Own playlists on the page; there are at most ten times as many.
const OWN: u32 = 100;

/// Playlists.
#[derive(Debug, Template)]
#[template(path = "lists/playlists.html")]
pub(in crate::pages) struct PlaylistsPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) own: Vec<Card>,
    pub(in crate::pages) others: Vec<Card>,
    pub(in crate::pages) more: Option<String>,
    pub(in crate::pages) empty: Empty,
}

/// A new playlist.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    name: String,
    visibility: Visibility,
}

/// A title to be put into a playlist, or into a new one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Added {
    title: Id,
    playlist: Option<String>,
    #[serde(default)]
    name: String,
}

/// `GET /playlists`.
pub(super) async fn show(State(app): State<App>, page: Frame, viewer: Viewer, Asked(paging): Asked<Paging>) -> Page {
    let own = own(&app, &viewer).await?.into_iter().map(|listed| card(listed, &page)).collect();
    let found = playlists::page(&app, &viewer, None, &paging).await?;
    let others = found.items.into_iter().filter(|listed| !listed.editable).map(|listed| card(listed, &page)).collect();
    let more = more(&page.path, found.next.as_deref());
    html(&PlaylistsPage { page, own, others, more, empty: Empty::new("list", "empty.playlists", None) })
}

/// The playlists of who asks; none of a stranger.
pub(in crate::pages) async fn own(app: &App, viewer: &Viewer) -> Result<Vec<Listed>, Problem> {
    let Some(account) = viewer.account() else { return Ok(Vec::new()) };
    let paging = Paging { cursor: None, limit: Some(OWN) };
    Ok(playlists::page(app, viewer, Some(account.name.as_str()), &paging).await?.items)
}

fn card(listed: Listed, page: &Frame) -> Card {
    Card {
        href: format!("/playlists/{}", listed.id),
        id: listed.id.to_string(),
        name: listed.name,
        owner: (!listed.editable).then(|| listed.owner.to_string()),
        more: Some(page.texts.count("playlist.items", listed.length as u64)),
        when: Some(page.t_of("visibility", listed.visibility.name())).filter(|_| listed.editable),
        icon: "list",
        ..Card::default()
    }
}

/// `POST /playlists`.
pub(super) async fn make(State(app): State<App>, signed_in: SignedIn, Form(new): Form<New>) -> Page {
    let edit = Edit { name: Some(new.name), visibility: Some(new.visibility), ..Edit::default() };
    let key = playlists::create(&app, &signed_in, &edit).await?;
    Ok(see(&format!("{}?did=playlists.made", path(&key))))
}

/// `POST /playlists/add`.
pub(super) async fn add(State(app): State<App>, signed_in: SignedIn, Form(added): Form<Added>) -> Page {
    let key = match added.playlist {
        _ if !added.name.trim().is_empty() => {
            let edit = Edit { name: Some(added.name), ..Edit::default() };
            playlists::create(&app, &signed_in, &edit).await?
        }
        Some(key) => Key::try_from(key).map_err(|_| Problem::not_found())?,
        None => return Ok(see(&format!("/watch/{}", added.title))),
    };
    playlists::add(&app, &signed_in, &key, &added.title).await?;
    Ok(see(&format!("{}?did=playlist.added", path(&key))))
}

/// `POST /playlists/{playlist}/delete`.
pub(super) async fn delete(State(app): State<App>, signed_in: SignedIn, At(key): At<Key>) -> Page {
    playlists::delete(&app, &signed_in, &key, &crate::http::etag::IfMatch::default()).await?;
    Ok(see("/playlists?did=playlists.deleted"))
}

fn path(key: &Key) -> String {
    match key {
        Key::Id(id) => format!("/playlists/{id}"),
        Key::Later => "/playlists/later".into(),
    }
}
