//! `POST /titles`: several of one's own titles changed or deleted at once, and brought back.

use std::str::FromStr as _;

use axum::extract::State;
use config::access::Visibility;

use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::Asked;
use crate::http::problem::Problem;
use crate::model::Id;
use crate::pages::form::Form;
use crate::pages::{Page, see};
use crate::people::trail::Actor;
use crate::titles::edit::{self, Edit};
use crate::titles::remove;

/// Most titles at once, as in the API.
const MOST: usize = 100;

/// `POST /titles`. The field `title` is there once for each.
pub(in crate::pages) async fn send(
    State(app): State<App>,
    signed_in: SignedIn,
    client: Client,
    Form(fields): Form<Vec<(String, String)>>,
) -> Page {
    let field =
        |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim()).unwrap_or_default();
    let ids = fields.iter().filter(|(key, _)| key == "title").map(|(_, id)| Id::from_str(id));
    let ids = ids.collect::<Result<Vec<_>, _>>().map_err(|_| Problem::not_found())?;
    if ids.is_empty() || ids.len() > MOST {
        return Ok(see("/titles"));
    }
    if field("act") == "delete" {
        for id in &ids {
            remove::delete(&app, &signed_in, id, &Actor::of(&signed_in, &client)).await?;
        }
        let joined = ids.iter().map(Id::as_str).collect::<Vec<_>>().join(",");
        return Ok(see(&format!("/titles?did=titles.deleted&ids={joined}")));
    }
    let change = Edit {
        visibility: Visibility::ALL.into_iter().find(|visibility| visibility.name() == field("visibility")),
        add_tags: Some(field("tag")).filter(|tag| !tag.is_empty()).map(|tag| vec![tag.to_owned()]),
        ..Edit::default()
    };
    edit::many(&app, &signed_in, &ids, &change, &Actor::of(&signed_in, &client)).await?;
    Ok(see("/titles?did=edit.saved"))
}

/// The titles to bring back.
#[derive(Debug, serde::Deserialize)]
pub(in crate::pages) struct Deleted {
    ids: String,
}

/// `POST /titles/restore`.
pub(in crate::pages) async fn restore(
    State(app): State<App>,
    signed_in: SignedIn,
    client: Client,
    Asked(deleted): Asked<Deleted>,
) -> Page {
    for id in deleted.ids.split(',').take(MOST) {
        let id = Id::from_str(id).map_err(|_| Problem::not_found())?;
        remove::restore(&app, &signed_in, &id, &Actor::of(&signed_in, &client)).await?;
    }
    Ok(see("/titles?did=titles.restored"))
}
