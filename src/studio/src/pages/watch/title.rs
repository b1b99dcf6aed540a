//! `/watch/{title}`.

use askama::Template;
use axum::extract::State;
use config::access::Visibility;
use serde::Deserialize;

use super::proof::Proof;
use super::shown::Shown;
use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::path::{Asked, At};
use crate::http::problem::Problem;
use crate::model::{Id, TitleState};
use crate::pages::frame::Frame;
use crate::pages::lists::playlist::parts;
use crate::pages::lists::playlists;
use crate::pages::view::Card;
use crate::pages::{Page, html};
use crate::playlists::Key;
use crate::store::playlists::Kind;
use crate::store::titles::listing::Sort;
use crate::titles::list::{self, Wanted};
use crate::titles::progress::sync;
use crate::titles::{find, shown};

/// A title, played, with all that is told of it.
#[derive(Debug, Template)]
#[template(path = "watch/watch.html")]
pub(in crate::pages) struct WatchPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) title: Shown,
    pub(in crate::pages) proof: Option<Proof>,
    pub(in crate::pages) queue: Option<Queue>,
    pub(in crate::pages) related: Vec<Card>,
    pub(in crate::pages) share: Share,
    /// One's own playlists, which it can be put into.
    pub(in crate::pages) playlists: Vec<Choice>,
}

/// The playlist that it is played from.
#[derive(Debug)]
pub(in crate::pages) struct Queue {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    /// Its place, for people.
    pub(in crate::pages) place: String,
    pub(in crate::pages) items: Vec<Card>,
}

/// A playlist to choose.
#[derive(Debug)]
pub(in crate::pages) struct Choice {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
}

/// What the address asks for besides: the playlist that it is played from. The script reads the rest.
#[derive(Debug, Default, Deserialize)]
pub(in crate::pages) struct Wish {
    list: Option<String>,
}

/// How it is shared.
#[derive(Debug)]
pub(in crate::pages) struct Share {
    pub(in crate::pages) address: String,
    /// HTML for other sites' pages; none for what they can't play.
    pub(in crate::pages) embed: Option<String>,
    /// Its audience, where that is not everybody.
    pub(in crate::pages) warning: Option<&'static str>,
}

/// `GET /watch/{title}`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    page: Frame,
    viewer: Viewer,
    At(name): At<String>,
    Asked(wish): Asked<Wish>,
) -> Page {
    let found = find::one(&app, &viewer, &find::id_of(&app, &name).await?).await?;
    let described = sync::describe(&app, &found.whole.title.title).await;
    let title = shown::one(&app, found.whole, found.permit).await;
    let hls = title.playback.as_ref().map(|playback| playback.hls.as_str());
    let proof = described.filter(|_| hls.is_some()).map(|described| Proof::of(&described, hls, &page));
    let related = related(&app, &viewer, &title, &page).await?;
    let queue = match wish.list {
        Some(list) => queue(&app, &viewer, list, &title.id, &page).await,
        None => None,
    };
    let own = playlists::own(&app, &viewer).await?.into_iter().filter(|listed| listed.kind == Kind::List);
    let playlists = own.map(|listed| Choice { id: listed.id.to_string(), name: listed.name }).collect();
    let share = Share::of(&title, &page);
    html(&WatchPage { title: Shown::of(title, &page), proof, queue, related, share, playlists, page })
}

/// The playlist beside the player; none where there is none that the viewer may see.
async fn queue(app: &App, viewer: &Viewer, list: String, title: &Id, page: &Frame) -> Option<Queue> {
    let key = Key::try_from(list).ok()?;
    let (playlist, mut items) = parts(crate::playlists::one(app, viewer, &key).await.ok()?, page);
    for card in &mut items {
        card.current = card.id == title.as_str();
    }
    let place = items.iter().position(|card| card.current)?;
    let text = page.put("watch.place", "n", place + 1).replace("{all}", &items.len().to_string());
    Some(Queue { id: playlist.id, name: playlist.name, place: text, items })
}

/// Other titles of its owner.
async fn related(app: &App, viewer: &Viewer, title: &shown::Shown, page: &Frame) -> Result<Vec<Card>, Problem> {
    let Some(owner) = &title.owner else { return Ok(Vec::new()) };
    let wanted = Wanted {
        owner: Some(owner.to_string()),
        state: Some(TitleState::Published),
        sort: Sort::Newest,
        ..Wanted::default()
    };
    let found = list::page(app, viewer, wanted, &crate::http::cursor::Paging::default()).await?;
    let others = found.items.into_iter().filter(|other| other.id != title.id);
    Ok(others.map(|other| Card::of(other, page)).collect())
}

impl Share {
    fn of(title: &shown::Shown, page: &Frame) -> Self {
        let (origin, id) = (&page.origin, &title.id);
        let is_open = title.visibility != Visibility::Restricted;
        let embed = format!(
            "<iframe src=\"{origin}/embed/{id}\" width=\"640\" height=\"360\" allow=\"autoplay; fullscreen; \
             picture-in-picture\" allowfullscreen></iframe>"
        );
        Self {
            address: format!("{origin}/watch/{id}"),
            embed: is_open.then_some(embed),
            warning: (title.visibility != Visibility::Public).then(|| title.visibility.name()),
        }
    }
}
