//! `/tags/{tag}` and `/@{account}`.

use askama::Template;
use axum::extract::State;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::cursor::{self, Paging};
use crate::http::path::{Asked, At};
use crate::http::problem::Problem;
use crate::model::{AccountName, TitleState};
use crate::pages::frame::{Frame, format, initial};
use crate::pages::view::{Card, Empty, more};
use crate::pages::{Page, html};
use crate::store::people::accounts;
use crate::store::titles::listing::Sort;
use crate::titles::list::{self, Wanted};
use crate::titles::shown::Shown;

/// Titles of a page.
const TITLES: u32 = 60;

/// The titles of a tag or of a person.
#[derive(Debug, Template)]
#[template(path = "find/group.html")]
pub(in crate::pages) struct GroupPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) heading: String,
    pub(in crate::pages) person: Option<Person>,
    /// Path of its feeds, whose forms lie below it.
    pub(in crate::pages) feeds: String,
    pub(in crate::pages) cards: Vec<Card>,
    pub(in crate::pages) more: Option<String>,
    pub(in crate::pages) empty: Empty,
}

/// Whose page it is.
#[derive(Debug)]
pub(in crate::pages) struct Person {
    pub(in crate::pages) name: String,
    pub(in crate::pages) detail: String,
}

impl Person {
    fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// `GET /tags/{tag}`.
pub(in crate::pages) async fn tag(
    State(app): State<App>,
    page: Frame,
    viewer: Viewer,
    At(tag): At<String>,
    Asked(paging): Asked<Paging>,
) -> Page {
    let found = published(&app, &viewer, Wanted { tag: Some(tag.clone()), ..Wanted::default() }, paging).await?;
    let feeds = format!("/feeds/tags/{}", utf8_percent_encode(&tag, NON_ALPHANUMERIC));
    html(&group(page, found, |page| page.put("group.tag", "tag", &tag), feeds, None))
}

/// `GET /@{account}`.
pub(in crate::pages) async fn person(
    State(app): State<App>,
    page: Frame,
    viewer: Viewer,
    At(name): At<String>,
    Asked(paging): Asked<Paging>,
) -> Page {
    let name = AccountName::parse_any(&name).map_err(|_| Problem::not_found())?;
    let account = accounts::by_name(&mut *app.store.read().await?, &name).await?.ok_or_else(Problem::not_found)?;
    let wanted = Wanted { owner: Some(name.to_string()), ..Wanted::default() };
    let found = published(&app, &viewer, wanted, paging).await?;
    let since = format::date(account.created.0, page.texts);
    let person = Person { name: name.to_string(), detail: page.put("group.since", "date", since) };
    html(&group(page, found, |_| account.display.clone(), format!("/feeds/people/{name}"), Some(person)))
}

async fn published(app: &App, viewer: &Viewer, wanted: Wanted, paging: Paging) -> Result<cursor::Page<Shown>, Problem> {
    let wanted = Wanted { state: Some(TitleState::Published), sort: Sort::Newest, ..wanted };
    list::page(app, viewer, wanted, &Paging { limit: paging.limit.or(Some(TITLES)), ..paging }).await
}

fn group(
    page: Frame,
    found: cursor::Page<Shown>,
    heading: impl Fn(&Frame) -> String,
    feeds: String,
    person: Option<Person>,
) -> GroupPage {
    GroupPage {
        heading: heading(&page),
        person,
        feeds,
        cards: found.items.into_iter().map(|title| Card::of(title, &page)).collect(),
        more: more(&page.path, found.next.as_deref()),
        empty: Empty::new("film", "empty.group", None),
        page,
    }
}
