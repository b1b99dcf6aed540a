//! `/admin/trail`: who did what.

use axum::extract::State;
use serde::Deserialize;

use super::by_administrator;
use super::page::AdminPage;
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::cursor::{Page as Cut, Paging};
use crate::http::path::Asked;
use crate::pages::frame::Frame;
use crate::pages::view::more;
use crate::pages::{Page, html};
use crate::store::people::audit::{self, Filter, Line};

/// Lines that are looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// The name of the account that acted.
    #[serde(default)]
    q: String,
    cursor: Option<String>,
}

/// A line of the audit trail, for people.
#[derive(Debug)]
pub(in crate::pages) struct TrailLine {
    pub(in crate::pages) at: String,
    pub(in crate::pages) actor: String,
    pub(in crate::pages) action: String,
    pub(in crate::pages) target: String,
    pub(in crate::pages) detail: String,
    pub(in crate::pages) address: String,
}

/// `GET /admin/trail`.
pub(super) async fn show(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    Asked(wanted): Asked<Wanted>,
) -> Page {
    by_administrator(&signed_in)?;
    let filter = Filter { actor: wanted.q.replace('\0', ""), ..Filter::default() };
    let paging = Paging { cursor: wanted.cursor, limit: Some(50) };
    let (size, place) = (paging.size()?, paging.place::<(i64, String)>()?);
    let (at, id) = place.unwrap_or((i64::MAX, String::new()));
    let rows = audit::page(&mut *app.store.read().await?, &filter, (at, &id), size + 1).await?;
    let found = Cut::of(rows, size, |line| (line.at.0, line.id.clone()));
    let line = |line: Line| TrailLine {
        at: page.ago(line.at),
        actor: line.actor,
        action: line.action,
        target: line.target,
        detail: line.detail,
        address: line.address,
    };
    html(&AdminPage {
        trail: found.items.into_iter().map(line).collect(),
        more: more(&page.path, found.next.as_deref()),
        q: wanted.q,
        ..AdminPage::of(page.clone(), "trail")
    })
}
