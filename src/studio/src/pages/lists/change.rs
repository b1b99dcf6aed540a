//! Changes of a playlist by its page's forms, each made from the version that the page showed.

use axum::extract::State;
use config::access::Visibility;
use http::StatusCode;
use serde::Deserialize;

use crate::http::App;
use crate::http::caller::signed_in::{SignedIn, Viewer};
use crate::http::etag::IfMatch;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::Id;
use crate::pages::form::Form;
use crate::pages::{Page, see};
use crate::playlists::{self, Edit, Key};

/// What is told of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    version: i64,
    name: String,
    description: String,
    visibility: Visibility,
}

/// One of its titles, moved or taken out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Moved {
    version: i64,
    up: Option<Id>,
    down: Option<Id>,
    remove: Option<Id>,
}

/// `POST /playlists/{playlist}`.
pub(super) async fn about(
    State(app): State<App>,
    signed_in: SignedIn,
    At(id): At<Id>,
    Form(about): Form<About>,
) -> Page {
    let edit = Edit {
        name: Some(about.name),
        description: Some(about.description.replace("\r\n", "\n")),
        visibility: Some(about.visibility),
    };
    let seen = IfMatch::version(about.version);
    answer(&id, playlists::edit(&app, &signed_in, &Key::Id(id.clone()), &seen, &edit).await)
}

/// `POST /playlists/{playlist}/order`.
pub(super) async fn order(
    State(app): State<App>,
    signed_in: SignedIn,
    At(id): At<Id>,
    Form(moved): Form<Moved>,
) -> Page {
    let key = Key::Id(id.clone());
    let viewer = Viewer::Account(Box::new(signed_in.clone()));
    let shown = playlists::one(&app, &viewer, &key).await?;
    let order = moved.apply(shown.items.into_iter().map(|title| title.id).collect());
    let seen = IfMatch::version(moved.version);
    answer(&id, playlists::arrange(&app, &signed_in, &key, &seen, &order).await)
}

/// Back to the page; where somebody changed it meanwhile, with a word about that.
fn answer(id: &Id, done: Result<(), Problem>) -> Page {
    match done {
        Ok(()) => Ok(see(&format!("/playlists/{id}"))),
        Err(problem) if problem.status() == StatusCode::PRECONDITION_FAILED => {
            Ok(see(&format!("/playlists/{id}?did=playlist.stale")))
        }
        Err(problem) => Err(problem),
    }
}

impl Moved {
    /// The order after it.
    fn apply(&self, mut order: Vec<Id>) -> Vec<Id> {
        let place = |id: &Option<Id>| order.iter().position(|other| Some(other) == id.as_ref());
        let (up, down) = (place(&self.up), place(&self.down));
        if let Some(place) = up.filter(|place| *place > 0) {
            order.swap(place, place - 1);
        }
        if let Some(place) = down.filter(|place| place + 1 < order.len()) {
            order.swap(place, place + 1);
        }
        order.retain(|id| Some(id) != self.remove.as_ref());
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moves_by_a_place_and_stays_within() {
        let [a, b, c] =
            ["000000000000000a", "000000000000000b", "000000000000000c"].map(|id| id.parse::<Id>().unwrap());
        let order = || vec![a.clone(), b.clone(), c.clone()];
        let still = || Moved { version: 1, up: None, down: None, remove: None };
        let moves = [
            (Moved { up: Some(b.clone()), ..still() }, vec![&b, &a, &c]),
            (Moved { up: Some(a.clone()), ..still() }, vec![&a, &b, &c]),
            (Moved { down: Some(a.clone()), ..still() }, vec![&b, &a, &c]),
            (Moved { down: Some(c.clone()), ..still() }, vec![&a, &b, &c]),
            (Moved { remove: Some(b.clone()), ..still() }, vec![&a, &c]),
        ];
        for (moved, expected) in moves {
            assert_eq!(moved.apply(order()).iter().collect::<Vec<_>>(), expected, "{moved:?}");
        }
    }
}
