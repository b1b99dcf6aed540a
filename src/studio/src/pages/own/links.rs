//! `/titles/{title}/links`: links that open a title to whoever has them.

use axum::extract::State;
use axum::response::IntoResponse as _;
use serde::Deserialize;

use super::edit::{EditPage, page_of};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::{Id, Micros};
use crate::pages::form::Form;
use crate::pages::frame::{Frame, format};
use crate::pages::{Page, html, see};
use crate::people::trail::Actor;
use crate::titles::sharing::links::{self, Listed, Wanted};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A link of a title, without its address, which was shown once.
#[derive(Debug)]
pub(in crate::pages) struct LinkLine {
    pub(in crate::pages) id: String,
    /// When it was made, and what it allows, for people.
    pub(in crate::pages) made: String,
    pub(in crate::pages) ends: String,
    pub(in crate::pages) used: String,
    pub(in crate::pages) has_password: bool,
    pub(in crate::pages) is_over: bool,
}

/// A link as the form asks for it; what is empty sets no bound.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    days: String,
    uses: String,
    password: String,
}

/// The link to end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Ended {
    link: Id,
}

impl Asked {
    fn wanted(self, now: Micros) -> Result<Wanted, Problem> {
        let number = |field: &str, text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse::<i64>().map(Some).map_err(|_| Problem::invalid(field, "expected a whole number")),
        };
        let days = number("days", &self.days)?;
        Ok(Wanted {
            expires: days.map(|days| now.plus_seconds(days.saturating_mul(DAY)).to_string()),
            uses: number("uses", &self.uses)?,
            password: Some(self.password).filter(|password| !password.is_empty()),
        })
    }
}

impl LinkLine {
    pub(super) fn of(link: &Listed, page: &Frame) -> Self {
        let ends = link.expires.map(|time| page.put("links.ends", "date", format::date(time.0, page.texts)));
        let used = page.put("links.used", "n", link.used);
        Self {
            id: link.id.to_string(),
            made: page.ago(link.created),
            ends: ends.unwrap_or_else(|| page.t("links.endless").to_owned()),
            used: link.uses.map_or(used.clone(), |uses| format!("{used} / {uses}")),
            has_password: link.has_password,
            is_over: link.is_over,
        }
    }
}

/// `POST /titles/{title}/links`. The answer shows the link; it is never shown again.
pub(in crate::pages) async fn make(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    client: Client,
    At(id): At<Id>,
    Form(asked): Form<Asked>,
) -> Page {
    let made = match asked.wanted(app.now()) {
        Ok(wanted) => links::create(&app, &signed_in, &id, wanted, &Actor::of(&signed_in, &client)).await,
        Err(problem) => Err(problem),
    };
    let shown = page_of(&app, page, &signed_in, &id).await?;
    match made {
        Ok((_, secret)) => {
            let made_link = Some(format!("{}/link/{}", shown.page.origin, secret.reveal()));
            html(&EditPage { made_link, ..shown })
        }
        Err(problem) if problem.field.is_some() => {
            Ok((problem.status(), html(&EditPage { wrong: Some(problem.detail), ..shown })?).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /titles/{title}/links/end`.
pub(in crate::pages) async fn end(
    State(app): State<App>,
    signed_in: SignedIn,
    client: Client,
    At(id): At<Id>,
    Form(ended): Form<Ended>,
) -> Page {
    links::delete(&app, &signed_in, &id, &ended.link, &Actor::of(&signed_in, &client)).await?;
    Ok(see(&format!("/titles/{id}?did=links.ended#links")))
}
