//! Making, changing and deleting playlists.

use config::access::Visibility;
use serde::Deserialize;

use super::see::{Found, Key, find};
use crate::http::App;
use crate::http::caller::signed_in::{SignedIn, Viewer};
use crate::http::etag::IfMatch;
use crate::http::problem::Problem;
use crate::model::Id;
use crate::model::text::{self, TextError};
use crate::store::people::accounts::Account;
use crate::store::playlists::{self, Kind, Playlist};

/// Most playlists of an account.
const MOST: i64 = 1000;

/// A playlist as it is to be; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlaylistEdit)]
pub struct Edit {
    /// 1 to 200 characters.
    pub name: Option<String>,
    /// Markdown, at most 10,000 characters.
    pub description: Option<String>,
    /// public, unlisted or restricted, which is its owner alone and what a new one is.
    #[schema(value_type = Option<String>)]
    pub visibility: Option<Visibility>,
}

/// Makes a playlist.
///
/// # Errors
/// 400 when something breaks a rule.
pub async fn create(app: &App, signed_in: &SignedIn, edit: &Edit) -> Result<Key, Problem> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut playlist = new(app, &signed_in.account, Kind::List)?;
    playlist.name = ruled("name", &text(&edit.name), text::name)?;
    playlist.description = ruled("description", &text(&edit.description), text::description)?;
    playlist.visibility = edit.visibility.unwrap_or(playlist.visibility);
    let mut db = app.store.write().await?;
    if playlists::count(&mut db, &signed_in.account.id).await? >= MOST {
        return Err(Problem::invalid("name", &format!("an account has at most {MOST} playlists")));
    }
    playlists::insert(&mut db, &playlist).await?;
    db.commit().await?;
    Ok(Key::Id(playlist.id))
}

/// Changes a playlist, unless it is at another version than was seen.
///
/// # Errors
/// 404 and 403 when who asks may not, 412 when it was changed meanwhile, 400 when something breaks a rule.
pub async fn edit(app: &App, signed_in: &SignedIn, key: &Key, seen: &IfMatch, edit: &Edit) -> Result<(), Problem> {
    let id = to_edit(app, signed_in, key).await?.id;
    let mut db = app.store.write().await?;
    playlists::lock(&mut db, &id).await?;
    let before = playlists::by_id(&mut db, &id).await?.ok_or_else(Problem::not_found)?;
    seen.allows(before.version)?;
    let name = ruled("name", edit.name.as_ref().unwrap_or(&before.name), text::name)?;
    let description = edit.description.as_ref().unwrap_or(&before.description);
    let description = ruled("description", description, text::description)?;
    let visibility = edit.visibility.unwrap_or(before.visibility);
    if before.kind == Kind::Later && visibility != Visibility::Restricted {
        return Err(Problem::invalid("visibility", "what you want to watch later is yours alone"));
    }
    playlists::edit(&mut db, &id, &name, &description, visibility).await?;
    Ok(db.commit().await?)
}

/// Deletes a playlist; its titles stay.
///
/// # Errors
/// 404 and 403 when who asks may not, 412 when it was changed meanwhile.
pub async fn delete(app: &App, signed_in: &SignedIn, key: &Key, seen: &IfMatch) -> Result<(), Problem> {
    let id = to_edit(app, signed_in, key).await?.id;
    let mut db = app.store.write().await?;
    playlists::lock(&mut db, &id).await?;
    let before = playlists::by_id(&mut db, &id).await?.ok_or_else(Problem::not_found)?;
    seen.allows(before.version)?;
    playlists::delete(&mut db, &id).await?;
    Ok(db.commit().await?)
}

/// The playlist `key`, where who asks may change it.
pub(super) async fn to_edit(app: &App, signed_in: &SignedIn, key: &Key) -> Result<Playlist, Problem> {
    let viewer = Viewer::Account(Box::new(signed_in.clone()));
    match find(app, &viewer, key).await? {
        Found { playlist, is_editor: true } => Ok(playlist),
        Found { .. } => Err(Problem::forbidden("this is somebody else's playlist")),
    }
}

/// The "watch later" of an account, which is made where it is not there yet.
pub(super) async fn later(app: &App, account: &Account) -> Result<Playlist, Problem> {
    if let Some(found) = playlists::later(&mut *app.store.read().await?, &account.id).await? {
        return Ok(found);
    }
    let playlist = new(app, account, Kind::Later)?;
    let mut db = app.store.write().await?;
    match playlists::insert(&mut db, &playlist).await {
        Ok(()) => db.commit().await?,
        // Another request was faster.
        Err(error) if error.is_duplicate() => drop(db),
        Err(error) => return Err(error.into()),
    }
    let found = playlists::later(&mut *app.store.read().await?, &account.id).await?;
    found.ok_or_else(Problem::not_found)
}

fn new(app: &App, owner: &Account, kind: Kind) -> Result<Playlist, Problem> {
    Ok(Playlist {
        id: Id::random()?,
        owner: owner.id.clone(),
        owner_name: owner.name.clone(),
        kind,
        name: kind.name().into(),
        description: String::new(),
        visibility: Visibility::Restricted,
        created: app.now(),
        version: 1,
    })
}

fn ruled(field: &str, text: &str, rule: impl Fn(&str) -> Result<String, TextError>) -> Result<String, Problem> {
    rule(text).map_err(|error| Problem::invalid(field, &error.to_string()))
}
