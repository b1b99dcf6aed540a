//! `/titles`: one's own titles, and what becomes of them.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::line::Line;
use super::room::Room;
use crate::http::App;
use crate::http::caller::signed_in::{SignedIn, Viewer};
use crate::http::cursor::Paging;
use crate::http::path::Asked;
use crate::model::TitleState;
use crate::pages::frame::Frame;
use crate::pages::view::{Empty, more};
use crate::pages::{Page, html};
use crate::store::titles::listing::Sort;
use crate::titles::list::{self, Wanted};

/// One's own titles.
#[derive(Debug, Template)]
#[template(path = "own/titles.html")]
pub(in crate::pages) struct TitlesPage {
    pub(in crate::pages) page: Frame,
    /// The room that they take, for people.
    pub(in crate::pages) room: String,
    pub(in crate::pages) filter: Filter,
    pub(in crate::pages) lines: Vec<Line>,
    pub(in crate::pages) more: Option<String>,
    pub(in crate::pages) empty: Empty,
}

/// Which of them, and in which order. An empty field asks for nothing.
#[derive(Debug, Default, Deserialize)]
pub(in crate::pages) struct Filter {
    #[serde(default)]
    pub(in crate::pages) tag: String,
    #[serde(default)]
    pub(in crate::pages) state: String,
    #[serde(default)]
    pub(in crate::pages) sort: String,
    pub(in crate::pages) cursor: Option<String>,
}

/// `GET /titles`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    Asked(filter): Asked<Filter>,
) -> Page {
    let is_filtered = !filter.tag.is_empty() || !filter.state.is_empty();
    let wanted = Wanted {
        owner: Some(signed_in.account.name.to_string()),
        tag: Some(filter.tag.clone()).filter(|tag| !tag.is_empty()),
        state: filter.state.parse::<TitleState>().ok(),
        sort: sort(&filter.sort),
        ..Wanted::default()
    };
    let room = Room::of(&app, &signed_in.account).text(&page);
    let paging = Paging { cursor: filter.cursor.clone(), limit: None };
    let found = list::page(&app, &Viewer::Account(Box::new(signed_in)), wanted, &paging).await?;
    let empty = match is_filtered {
        true => Empty::new("search", "empty.filtered", Some("/titles")),
        false => Empty::new("film", "empty.titles", Some("/upload")),
    };
    let more = more(&page.path, found.next.as_deref());
    let lines = found.items.into_iter().map(|title| Line::of(title, &page)).collect();
    html(&TitlesPage { page, room, filter, lines, more, empty })
}

fn sort(name: &str) -> Sort {
    match name {
        "name" => Sort::Name,
        "watched" => Sort::Watched,
        _ => Sort::Newest,
    }
}
