//! The audit trail.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::admin::by_administrator;
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::cursor::{Page, Paging};
use crate::http::path::Asked;
use crate::http::problem::Problem;
use crate::model::Micros;
use crate::store::people::audit::{self, Filter, Line};

/// Lines that are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(super) struct Wanted {
    /// Name of the account that acted.
    #[serde(default)]
    actor: String,
    /// Beginning of the act, as `account.`.
    #[serde(default)]
    action: String,
    /// Name or id of the object.
    #[serde(default)]
    target: String,
    /// Not before this time.
    since: Option<String>,
    /// Before this time.
    until: Option<String>,
}

/// Who did what, the newest first, for administrators.
#[utoipa::path(get, path = "/audit", params(Wanted, Paging), responses(
    (status = OK, body = Page<Line>),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Asked(paging): Asked<Paging>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Line>>, Problem> {
    by_administrator(&signed_in)?;
    let clean = |text: &str| text.replace('\0', "");
    let filter = Filter {
        actor: clean(&wanted.actor),
        action: clean(&wanted.action),
        target: clean(&wanted.target),
        since: time("since", wanted.since.as_deref())?,
        until: time("until", wanted.until.as_deref())?,
    };
    let size = paging.size()?;
    let (at, id) = paging.place::<(i64, String)>()?.unwrap_or((i64::MAX, String::new()));
    let rows = audit::page(&mut *app.store.read().await?, &filter, (at, &id), size + 1).await?;
    Ok(Json(Page::of(rows, size, |line| (line.at.0, line.id.clone()))))
}

fn time(field: &str, text: Option<&str>) -> Result<Option<Micros>, Problem> {
    let read = |text: &str| text.parse::<jiff::Timestamp>().map(|time| Micros(time.as_microsecond()));
    let time = text.map(read).transpose();
    time.map_err(|_| Problem::invalid(field, "expected a time, such as 2026-09-21T14:13:20Z"))
}
