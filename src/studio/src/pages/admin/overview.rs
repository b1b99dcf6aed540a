//! `/admin/overview`: the studio in figures.

use axum::extract::State;

use super::by_administrator;
use super::page::{AdminPage, Figure};
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::pages::frame::{Frame, format};
use crate::pages::{Page, html};
use crate::store::totals;

/// `GET /admin/overview`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    by_administrator(&signed_in)?;
    let totals = totals::all(&mut *app.store.read().await?).await?;
    let figure = |key, value: String| Figure { key, value };
    let figures = vec![
        figure("accounts", totals.accounts.to_string()),
        figure("pending", totals.pending.to_string()),
        figure("titles", totals.titles.to_string()),
        figure("storage", format::size(u64::try_from(totals.bytes).unwrap_or(0), page.texts)),
        figure("waiting", totals.unfinished.to_string()),
        figure("failed", totals.failed.to_string()),
    ];
    html(&AdminPage { figures, ..AdminPage::of(page, "overview") })
}
