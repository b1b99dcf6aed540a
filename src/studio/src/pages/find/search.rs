//! `/search`.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::cursor::Paging;
use crate::http::path::Asked;
use crate::model::TitleState;
use crate::pages::frame::Frame;
use crate::pages::view::{Card, Empty, more};
use crate::pages::{Page, html};
use crate::search;
use crate::store::titles::listing::Sort;
use crate::titles::list::Wanted;

/// The search, with what it found.
#[derive(Debug, Template)]
#[template(path = "find/search.html")]
pub(in crate::pages) struct SearchPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) sort: String,
    pub(in crate::pages) results: Vec<Card>,
    pub(in crate::pages) more: Option<String>,
    pub(in crate::pages) empty: Empty,
}

/// What is searched for, and the order of what is found.
#[derive(Debug, Default, Deserialize)]
pub(in crate::pages) struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    sort: String,
    cursor: Option<String>,
}

/// `GET /search`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    page: Frame,
    viewer: Viewer,
    Asked(asked): Asked<Search>,
) -> Page {
    let page = Frame { query: asked.q.clone(), ..page };
    if asked.q.trim().is_empty() {
        let empty = Empty::new("search", "empty.search", None);
        return html(&SearchPage { page, sort: asked.sort, results: Vec::new(), more: None, empty });
    }
    let sort = match asked.sort.as_str() {
        "newest" => Sort::Newest,
        "name" => Sort::Name,
        "watched" => Sort::Watched,
        _ => Sort::Relevance,
    };
    let wanted = Wanted { state: Some(TitleState::Published), sort, ..Wanted::default() };
    let paging = Paging { cursor: asked.cursor, limit: None };
    let found = search::page(&app, &viewer, &asked.q, wanted, &paging).await?;
    let more = more(&page.path, found.next.as_deref());
    let results = found.items.into_iter().map(|title| Card::of(title, &page)).collect();
    html(&SearchPage { page, sort: asked.sort, results, more, empty: Empty::new("search", "empty.found", None) })
}
