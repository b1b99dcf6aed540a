//! Feeds of what everybody may find: of a person and of a tag, as RSS 2.0 and as JSON Feed 1.1.

mod json;
mod rss;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::HeaderValue;
use http::header::CONTENT_TYPE;

use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::cursor::Paging;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::http::site::Site;
use crate::model::{AccountName, text};
use crate::store::people::accounts;
use crate::store::titles::listing::Sort;
use crate::titles::list::{self, Wanted};
use crate::titles::shown::Shown;

/// Titles of a feed.
const TITLES: u32 = 50;

/// A feed with its newest titles.
#[derive(Debug)]
struct Feed {
    /// What it is called.
    name: String,
    /// The studio's web origin.
    site: String,
    /// Path of the page that shows the same.
    page: String,
    /// Path of the feed itself.
    path: String,
    titles: Vec<Shown>,
}

/// The form of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Rss,
    Json,
}

/// All feeds.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/feeds/people/{name}/{form}", get(person)).route("/feeds/tags/{tag}/{form}", get(tag))
}

/// The titles of a person.
async fn person(
    State(app): State<App>,
    Site(site): Site,
    At((name, form)): At<(String, String)>,
) -> Result<Response, Problem> {
    let form = Form::parse(&form)?;
    let name = AccountName::parse_any(&name).map_err(|_| Problem::not_found())?;
    let found = accounts::by_name(&mut *app.store.read().await?, &name).await?;
    let account = found.ok_or_else(Problem::not_found)?;
    let wanted = Wanted { owner: Some(name.to_string()), sort: Sort::Newest, ..Wanted::default() };
    let titles = newest(&app, wanted).await?;
    let path = format!("/feeds/people/{name}/{}", form.name());
    Ok(form.answer(&Feed { name: account.display, site, page: format!("/@{name}"), path, titles }))
}

/// The titles with a tag.
async fn tag(
    State(app): State<App>,
    Site(site): Site,
    At((tag, form)): At<(String, String)>,
) -> Result<Response, Problem> {
    let form = Form::parse(&form)?;
    let tag = text::tag(&tag).map_err(|_| Problem::not_found())?;
    let wanted = Wanted { tag: Some(tag.clone()), sort: Sort::Newest, ..Wanted::default() };
    let titles = newest(&app, wanted).await?;
    let safe = percent_encoding::utf8_percent_encode(&tag, percent_encoding::NON_ALPHANUMERIC).to_string();
    let path = format!("/feeds/tags/{safe}/{}", form.name());
    Ok(form.answer(&Feed { name: format!("#{tag}"), site, page: format!("/tags/{safe}"), path, titles }))
}

/// The newest of the titles that everybody may find, whoever asks: feeds are fetched by programs and kept by services.
async fn newest(app: &App, wanted: Wanted) -> Result<Vec<Shown>, Problem> {
    let paging = Paging { cursor: None, limit: Some(TITLES) };
    Ok(list::page(app, &Viewer::Stranger, wanted, &paging).await?.items)
}

impl Form {
    fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "rss" => Ok(Self::Rss),
            "json" => Ok(Self::Json),
            _ => Err(Problem::not_found()),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Json => "json",
        }
    }

    fn answer(self, feed: &Feed) -> Response {
        let (kind, body) = match self {
            Self::Rss => ("application/rss+xml", rss::document(feed)),
            Self::Json => ("application/feed+json", json::document(feed)),
        };
        ([(CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
    }
}

impl Feed {
    /// The address of a path.
    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.site)
    }

    /// The address of a title's page.
    fn page_of(&self, title: &Shown) -> String {
        self.address(&format!("/watch/{}", title.id))
    }
}
