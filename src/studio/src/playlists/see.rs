//! Playlists as the API and the pages show them.

use std::str::FromStr;

use config::access::Visibility;
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::cursor::{Page, Paging};
use crate::http::problem::Problem;
use crate::model::{AccountName, Id, Micros, Permit, Role, Subject, Who};
use crate::store::StoreError;
use crate::store::playlists::{self, Kind, Place, Playlist};
use crate::store::titles::{Whole, shares};
use crate::titles::shown;

/// The name of one's own "watch later" in addresses.
const LATER: &str = "later";

/// The name of a playlist in an address: its id, or `later` for one's own "watch later".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Key {
    /// An id.
    Id(Id),
    /// One's own "watch later".
    Later,
}

/// A playlist, as who asks sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Playlist)]
pub struct Shown {
    /// The playlist.
    #[serde(flatten)]
    pub about: Listed,
    /// The titles of it that who asks may see, in their order.
    pub items: Vec<shown::Shown>,
    /// Number of changes of it: the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// A playlist in a list of them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = PlaylistListed)]
pub struct Listed {
    /// Its id.
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// Its description, in Markdown.
    pub description: String,
    /// Its audience: public, unlisted or restricted, which is its owner alone.
    #[schema(value_type = String)]
    pub visibility: Visibility,
    /// Its owner's name.
    pub owner: AccountName,
    /// When it was made.
    pub created: Micros,
    /// Number of titles of it that who asks may see.
    pub length: usize,
    /// True if who asks may change it.
    pub editable: bool,
}

/// A playlist that who asks may see.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) playlist: Playlist,
    pub(super) is_editor: bool,
}

/// The playlist `key`.
///
/// # Errors
/// 404 when there is none that `viewer` may see.
pub async fn one(app: &App, viewer: &Viewer, key: &Key) -> Result<Shown, Problem> {
    let found = find(app, viewer, key).await?;
    let account = viewer.account().map(|account| &account.id);
    let items = playlists::items(&mut *app.store.read().await?, &found.playlist.id, account).await?;
    let who = viewer.who();
    let items: Vec<Whole> = items.into_iter().filter(|item| is_shown(who, &found.playlist, item.subject())).collect();
    let version = found.playlist.version;
    let about = listed(found, items.len());
    Ok(Shown { about, items: shown::all(app, who, items).await, version })
}

/// A page of the playlists that `viewer` may find: public ones and their own; of `owner` alone where one is named.
///
/// # Errors
/// 400 when the page is none of this list.
pub async fn page(app: &App, viewer: &Viewer, owner: Option<&str>, paging: &Paging) -> Result<Page<Listed>, Problem> {
    let (size, after) = (paging.size()?, paging.place::<Place>()?);
    let (who, account) = (viewer.who(), viewer.account().map(|account| &account.id));
    let mut db = app.store.read().await?;
    let owner = match owner {
        None => None,
        Some(name) => match account_of(&mut db, name).await? {
            None => return Ok(Page { items: Vec::new(), next: None }),
            found => found,
        },
    };
    let found = playlists::page(&mut db, account, owner.as_ref(), after.as_ref(), size + 1).await?;
    let Page { items, next } = Page::of(found, size, Playlist::place);
    let titles = playlists::items_of(&mut db, items.iter().map(|playlist| &playlist.id), account).await?;
    let lists = items.into_iter().map(|playlist| {
        let own = titles.iter().filter(|item| item.playlist == playlist.id);
        let length = own.filter(|item| is_shown(who, &playlist, item.subject())).count();
        listed(Found { is_editor: is_editor(who, &playlist), playlist }, length)
    });
    Ok(Page { items: lists.collect(), next })
}

/// The playlist `key`, where `viewer` may see it.
pub(super) async fn find(app: &App, viewer: &Viewer, key: &Key) -> Result<Found, Problem> {
    let mut db = app.store.read().await?;
    let found = match (key, viewer.account()) {
        (Key::Id(id), _) => playlists::by_id(&mut db, id).await?,
        (Key::Later, Some(account)) => playlists::later(&mut db, &account.id).await?,
        (Key::Later, None) => return Err(Problem::unauthorized("sign in to have a list of what to watch later")),
    };
    let playlist = found.ok_or_else(Problem::not_found)?;
    let is_editor = is_editor(viewer.who(), &playlist);
    if playlist.visibility == Visibility::Restricted && !is_editor {
        return Err(Problem::not_found());
    }
    Ok(Found { playlist, is_editor })
}

/// The account that is called `name`.
async fn account_of(db: &mut AnyConnection, name: &str) -> Result<Option<Id>, StoreError> {
    match AccountName::parse_any(name) {
        Ok(name) => shares::account(db, &name).await,
        Err(_) => Ok(None),
    }
}

/// True if an item of a playlist is shown to `who`. An unlisted title is shown to those who have its address: whoever put it
/// there, and whoever may change it.
pub(super) fn is_shown(who: Who<'_>, playlist: &Playlist, item: Subject<'_>) -> bool {
    match who.permit(item) {
        Permit::Nothing => false,
        Permit::Edits => true,
        Permit::Sees => item.visibility != Visibility::Unlisted || is_owner(who, playlist),
    }
}

fn is_owner(who: Who<'_>, playlist: &Playlist) -> bool {
    matches!(who, Who::Account { id, .. } if *id == playlist.owner)
}

fn is_editor(who: Who<'_>, playlist: &Playlist) -> bool {
    is_owner(who, playlist) || matches!(who, Who::Account { role, .. } if role >= Role::Moderator)
}

fn listed(found: Found, length: usize) -> Listed {
    let Found { playlist, is_editor } = found;
    Listed {
        id: playlist.id,
        kind: playlist.kind,
        name: playlist.name,
        description: playlist.description,
        visibility: playlist.visibility,
        owner: playlist.owner_name,
        created: playlist.created,
        length,
        editable: is_editor,
    }
}

impl TryFrom<String> for Key {
    type Error = <Id as FromStr>::Err;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == LATER { Ok(Self::Later) } else { text.parse().map(Self::Id) }
    }
}
