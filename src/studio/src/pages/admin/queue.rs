//! `/admin/queue`: titles that are on their way, and those that failed.

use axum::extract::State;

use super::by_administrator;
use super::page::AdminPage;
use crate::http::App;
use crate::http::caller::signed_in::{SignedIn, Viewer};
use crate::http::cursor::Paging;
use crate::http::problem::Problem;
use crate::model::TitleState;
use crate::pages::frame::Frame;
use crate::pages::own::line::Line;
use crate::pages::{Page, html};
use crate::store::titles::listing::{Scope, Sort};
use crate::titles::list::{self, Wanted};

/// The states on the way, the nearest to its end first.
const WORKING: [TitleState; 5] =
    [TitleState::Proving, TitleState::Encoding, TitleState::Probing, TitleState::Waiting, TitleState::Received];

/// `GET /admin/queue`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    by_administrator(&signed_in)?;
    let viewer = Viewer::Account(Box::new(signed_in));
    let mut working = Vec::new();
    for state in WORKING {
        working.extend(lines(&app, &viewer, &page, state).await?);
    }
    let failed = lines(&app, &viewer, &page, TitleState::Failed).await?;
    html(&AdminPage { working, failed, ..AdminPage::of(page, "queue") })
}

async fn lines(app: &App, viewer: &Viewer, page: &Frame, state: TitleState) -> Result<Vec<Line>, Problem> {
    let wanted = Wanted { scope: Scope::All, state: Some(state), sort: Sort::Newest, ..Wanted::default() };
    let found = list::page(app, viewer, wanted, &Paging { cursor: None, limit: Some(50) }).await?;
    Ok(found.items.into_iter().map(|title| Line::of(title, page)).collect())
}
