//! `/`: what is new.

use askama::Template;
use axum::extract::State;

use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::cursor::Paging;
use crate::http::path::Asked;
use crate::model::TitleState;
use crate::pages::frame::Frame;
use crate::pages::view::{Card, Empty, more};
use crate::pages::{Page, html};
use crate::store::search;
use crate::store::titles::listing::Sort;
use crate::titles::list::{self, Wanted};

/// Tags above the titles.
const TAGS: i64 = 16;
/// Titles of a page: full rows of one to five.
const TITLES: u32 = 60;

/// The start.
#[derive(Debug, Template)]
#[template(path = "find/home.html")]
pub(in crate::pages) struct HomePage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) tags: Vec<String>,
    pub(in crate::pages) newest: Vec<Card>,
    pub(in crate::pages) more: Option<String>,
    pub(in crate::pages) empty: Empty,
}

/// `GET /`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    page: Frame,
    viewer: Viewer,
    Asked(paging): Asked<Paging>,
) -> Page {
    let wanted = Wanted { state: Some(TitleState::Published), sort: Sort::Newest, ..Wanted::default() };
    let paging = Paging { limit: paging.limit.or(Some(TITLES)), ..paging };
    let found = list::page(&app, &viewer, wanted, &paging).await?;
    let tags = search::counted(&mut *app.store.read().await?, search::Kind::Tag, TAGS).await?;
    let upload = page.viewer.as_ref().is_some_and(|viewer| viewer.may_upload).then_some("/upload");
    html(&HomePage {
        tags: tags.into_iter().map(|tag| tag.name).collect(),
        newest: found.items.into_iter().map(|title| Card::of(title, &page)).collect(),
        more: more(&page.path, found.next.as_deref()),
        empty: Empty::new("film", "empty.home", upload),
        page,
    })
}
