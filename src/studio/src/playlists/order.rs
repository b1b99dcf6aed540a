//! The items of playlists and their order.

use sqlx::AnyConnection;

use super::edit::{later, to_edit};
use super::see::{Key, is_shown};
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::etag::IfMatch;
use crate::http::problem::Problem;
use crate::model::{Id, Permit, Who};
use crate::store::playlists::{self, Playlist};
use crate::store::titles;

/// Most titles of a playlist.
const MOST: usize = 2000;

/// Gives a playlist the order of `named`. What it has and who asks can't see keeps its place.
///
/// # Errors
/// 404 and 403 when who asks may not, 404 for a title that they may not see, 412 when it was changed meanwhile.
pub async fn arrange(app: &App, signed_in: &SignedIn, key: &Key, seen: &IfMatch, named: &[Id]) -> Result<(), Problem> {
    if named.iter().enumerate().any(|(place, id)| named.iter().skip(place + 1).any(|other| other == id)) {
        return Err(Problem::invalid("items", "a title is in a playlist once"));
    }
    change(app, signed_in, key, seen, |before| {
        let hidden = before.iter().enumerate().filter(|(_, item)| !item.is_shown);
        let hidden: Vec<(usize, Id)> = hidden.map(|(place, item)| (place, item.id.clone())).collect();
        // To name what one can't see is to name what is not there.
        if let Some(id) = named.iter().find(|id| hidden.iter().any(|(_, known)| known == *id)) {
            return Err(no_title(id));
        }
        Ok(merged(named, &hidden))
    })
    .await
}

/// Adds a title at the end; one that is there already stays where it is.
///
/// # Errors
/// As [`arrange`].
pub async fn add(app: &App, signed_in: &SignedIn, key: &Key, title: &Id) -> Result<(), Problem> {
    change(app, signed_in, key, &IfMatch::default(), |before| {
        let mut ids: Vec<Id> = before.iter().map(|item| item.id.clone()).collect();
        if !ids.contains(title) {
            ids.push(title.clone());
        }
        Ok(ids)
    })
    .await
}

/// Takes a title out.
///
/// # Errors
/// As [`arrange`], and 404 when it has none such.
pub async fn remove(app: &App, signed_in: &SignedIn, key: &Key, title: &Id) -> Result<(), Problem> {
    change(app, signed_in, key, &IfMatch::default(), |before| {
        if !before.iter().any(|item| item.is_shown && item.id == *title) {
            return Err(Problem::not_found());
        }
        Ok(before.iter().filter(|item| item.id != *title).map(|item| item.id.clone()).collect())
    })
    .await
}

/// An item of a playlist, before a change of it.
struct Item {
    id: Id,
    /// True if who asks sees it.
    is_shown: bool,
}

/// Changes the items of a playlist to what `decide` makes of them, in one transaction.
async fn change(
    app: &App,
    signed_in: &SignedIn,
    key: &Key,
    seen: &IfMatch,
    decide: impl FnOnce(&[Item]) -> Result<Vec<Id>, Problem>,
) -> Result<(), Problem> {
    let playlist = match key {
        Key::Later => later(app, &signed_in.account).await?,
        Key::Id(_) => to_edit(app, signed_in, key).await?,
    };
    let mut db = app.store.write().await?;
    playlists::lock(&mut db, &playlist.id).await?;
    let playlist = playlists::by_id(&mut db, &playlist.id).await?.ok_or_else(Problem::not_found)?;
    seen.allows(playlist.version)?;
    let before = items(&mut db, signed_in, &playlist).await?;
    let after = decide(&before)?;
    if after.len() > MOST {
        return Err(Problem::invalid("items", &format!("a playlist has at most {MOST} titles")));
    }
    let added: Vec<&Id> = after.iter().filter(|id| !before.iter().any(|item| item.id == **id)).collect();
    may_add(&mut db, signed_in.who(), &signed_in.account.id, &added).await?;
    playlists::set_items(&mut db, &playlist.id, &after).await?;
    Ok(db.commit().await?)
}

async fn items(db: &mut AnyConnection, signed_in: &SignedIn, playlist: &Playlist) -> Result<Vec<Item>, Problem> {
    let who = signed_in.who();
    let items = playlists::items(db, &playlist.id, Some(&signed_in.account.id)).await?;
    let item = |whole: titles::Whole| Item { is_shown: is_shown(who, playlist, whole.subject()), id: whole.title.id };
    Ok(items.into_iter().map(item).collect())
}

/// Refuses titles that who asks may not see, and those that are not there, which are the same to them.
async fn may_add(db: &mut AnyConnection, who: Who<'_>, own: &Id, added: &[&Id]) -> Result<(), Problem> {
    let found = titles::whole(db, added.iter().copied(), Some(own)).await?;
    let may_see = |id: &Id| {
        let whole = found.iter().find(|whole| whole.title.id == *id);
        whole.is_some_and(|whole| who.permit(whole.subject()) > Permit::Nothing)
    };
    match added.iter().find(|id| !may_see(id)) {
        Some(id) => Err(no_title(id)),
        None => Ok(()),
    }
}

fn no_title(id: &Id) -> Problem {
    Problem { detail: format!("there is no title '{id}'"), ..Problem::not_found() }
}

/// `named` in its order, with each of `hidden`, which are sorted, at the place that it had.
fn merged(named: &[Id], hidden: &[(usize, Id)]) -> Vec<Id> {
    let mut order = named.to_vec();
    for (place, id) in hidden {
        order.insert((*place).min(order.len()), id.clone());
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_keeps_its_place() {
        let id = |letter: &str| letter.repeat(16).parse::<Id>().unwrap();
        let ids = |letters: &str| letters.chars().map(|c| id(&c.to_string())).collect::<Vec<_>>();
        for (named, hidden, expected) in [
            ("cab", vec![], "cab"),
            ("ba", vec![(1, id("x"))], "bxa"),
            ("ba", vec![(0, id("x")), (1, id("y"))], "xyba"),
            ("a", vec![(5, id("x"))], "ax"),
            ("", vec![(0, id("x")), (3, id("y"))], "xy"),
        ] {
            assert_eq!(merged(&ids(named), &hidden), ids(expected), "{named} {hidden:?}");
        }
    }
}
