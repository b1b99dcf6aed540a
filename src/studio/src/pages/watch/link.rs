//! `/link/{secret}`: what a link opens, for people without an account, too.

use axum::extract::State;
use axum::response::IntoResponse as _;
use http::StatusCode;
use serde::Deserialize;

use super::embed::EmbedPage;
use super::shown::Shown;
use crate::http::App;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::Secret;
use crate::pages::entry::reset::{AskPage, Field};
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html};
use crate::titles::sharing::links;
use crate::titles::shown;

/// The field of the form that asks for the link's password.
const PASSWORD: Field = Field { name: "password", kind: "password", complete: "off" };

/// The form that opens it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Answer {
    password: Option<String>,
}

/// `GET /link/{secret}`. Following a link uses nothing up: messengers follow it for their previews, too.
pub(in crate::pages) async fn show(State(app): State<App>, page: Frame, At(secret): At<String>) -> Page {
    answer(page, links::look(&app, &Secret::shown(&secret)).await, false)
}

/// `POST /link/{secret}`. This counts as a use.
pub(in crate::pages) async fn send(
    State(app): State<App>,
    page: Frame,
    At(secret): At<String>,
    Form(given): Form<Answer>,
) -> Page {
    let is_answer = given.password.is_some();
    answer(page, links::open(&app, &Secret::shown(&secret), given.password).await, is_answer)
}

fn answer(page: Frame, opened: Result<shown::Shown, Problem>, is_answer: bool) -> Page {
    match opened {
        Ok(title) => html(&EmbedPage { title: Shown::of(title, &page), page }),
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => ask(page, is_answer),
        Err(problem) if problem.is(links::USE) => html(&AskPage { page, key: "link_use", field: None, wrong: None }),
        Err(problem) => Err(problem),
    }
}

fn ask(page: Frame, is_wrong: bool) -> Page {
    let wrong = is_wrong.then(|| page.t("link.wrong").to_owned());
    let page = html(&AskPage { page, key: "link", field: Some(PASSWORD), wrong })?;
    Ok((StatusCode::UNAUTHORIZED, page).into_response())
}
